// Integers, booleans, floating point numbers and points.

#include "plugin/text/decimal_text.h"
#include "plugin/text/java_number.h"
#include "plugin/value/value_writers.h"

namespace penstock {

bool write_bool(JsonWriter& json, const Column&, Datum value) {
  json.append(DatumGetBool(value) ? std::string_view("true") : std::string_view("false"));
  return true;
}

bool write_int2(JsonWriter& json, const Column&, Datum value) {
  json.append_int(DatumGetInt16(value));
  return true;
}

bool write_int4(JsonWriter& json, const Column&, Datum value) {
  json.append_int(DatumGetInt32(value));
  return true;
}

bool write_int8(JsonWriter& json, const Column&, Datum value) {
  json.append_int(DatumGetInt64(value));
  return true;
}

bool write_oid(JsonWriter& json, const Column&, Datum value) {
  json.append_uint(DatumGetObjectId(value));
  return true;
}

bool write_float4(JsonWriter& json, const Column&, Datum value) {
  append_real(json, DatumGetFloat4(value));
  return true;
}

bool write_float8(JsonWriter& json, const Column&, Datum value) {
  append_double(json, DatumGetFloat8(value));
  return true;
}

// The struct io.debezium.data.geometry.Point; wkb is little-endian: byte order 1, type 1, x, y.
bool write_point(JsonWriter& json, const Column&, Datum value) {
  const Point* point = DatumGetPointP(value);
  json.append("{\"x\":");
  append_double(json, point->x);
  json.append(",\"y\":");
  append_double(json, point->y);
  unsigned char wkb[21] = {1, 1, 0, 0, 0};
  memcpy(wkb + 5, &point->x, 8);
  memcpy(wkb + 13, &point->y, 8);
  json.append(",\"wkb\":\"");
  append_base64(json, wkb, sizeof wkb);
  json.append("\",\"srid\":null}");
  return true;
}

}  // namespace penstock
