// Where options come from: a decoding session, or a text[] of a function.
#include "plugin/options/options.h"

namespace penstock {

std::span<const Setting> settings_of(List* options) {
  Array<Setting> settings;
  ListCell* cell;
  foreach (cell, options) {
    DefElem* element = static_cast<DefElem*>(lfirst(cell));
    const char* value = element->arg == nullptr ? "true" : defGetString(element);
    settings.add({element->defname, palloc_copy(value)});
  }
  return {settings.begin(), settings.size()};
}

std::span<const Setting> settings_of(ArrayType* names_and_values) {
  Datum* items = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(names_and_values, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &count);
  if (count % 2 != 0) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("options must be pairs of a name and a value"),
            errdetail("There are %d items.", count));
  }
  Array<Setting> settings;
  for (int i = 0; i < count; i += 2) {
    if (nulls[i]) ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("name of an option must not be null"));
    settings.add({TextDatumGetCString(items[i]), nulls[i + 1] ? "" : TextDatumGetCString(items[i + 1])});
  }
  return {settings.begin(), settings.size()};
}

}  // namespace penstock
