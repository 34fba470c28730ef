// One-dimensional arrays of any type that has a writer of its own.

#include "plugin/value_writers.h"

namespace penstock {

// An element that cannot be converted fails the whole array, as in the connector. Of an array with more dimensions
// the connector keeps the number of its outermost elements, and null for each.
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
    if (i > 0) json.append(',');
    if (dimensions > 1 || (nulls != nullptr && (nulls[i / 8] & 1 << i % 8) == 0)) {
      json.append("null");
      continue;
    }
    if (!element.write(json, element, fetch_att(at, column.element_by_value, column.element_size))) return false;
    at = att_addlength_pointer(at, column.element_size, at);
    at = reinterpret_cast<const char*>(att_align_nominal(at, column.element_align));
  }
  json.append(']');
  return true;
}

}  // namespace penstock
