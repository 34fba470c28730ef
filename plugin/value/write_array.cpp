// One-dimensional arrays of any type that has a writer of its own.

#include "plugin/value/value_writers.h"

namespace penstock {

// As in the connector, a numeric that is no number fails the whole array, and so does NULL in an array whose elements
// are required; other elements without a form become null. Of an array with more dimensions it keeps the number of its
// outermost elements, and null for each.
bool write_array(JsonWriter& json, const Column& column, Datum value) {
  ArrayType* array = DatumGetArrayTypeP(value);
  const Column& element = *column.element;
  const int dimensions = ARR_NDIM(array);
  const int count = dimensions == 0 ? 0 : ARR_DIMS(array)[0];
  const bits8* nulls = ARR_NULLBITMAP(array);
  const char* at = ARR_DATA_PTR(array);
  json.append('[');
  for (int i = 0; i < count; ++i) {
    if (json.over_limit()) return true;
    CHECK_FOR_INTERRUPTS();
    if (i > 0) json.append(',');
    if (dimensions > 1 || (nulls != nullptr && (nulls[i / 8] & 1 << i % 8) == 0)) {
      if (column.elements_not_null) return false;
      json.append("null");
      continue;
    }
    const size_t start = json.size();
    if (!element.write(json, element, fetch_att(at, column.element_by_value, column.element_size))) {
      if (element.type == NUMERICOID || column.elements_not_null) return false;
      write_unconvertible(json, element, start);
    }
    at = att_addlength_pointer(at, column.element_size, at);
    at = reinterpret_cast<const char*>(att_align_nominal(at, column.element_align));
  }
  json.append(']');
  return true;
}

}  // namespace penstock
