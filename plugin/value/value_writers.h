// The writers of single types, as the table in column_types.cpp names them. Each is a WriteValue (column_writer.h).
#pragma once

#include "plugin/text/java_number.h"
#include "plugin/value/column_writer.h"

namespace penstock {

// write_number.cpp
bool write_bool(JsonWriter& json, const Column& column, Datum value);
bool write_int2(JsonWriter& json, const Column& column, Datum value);
bool write_int4(JsonWriter& json, const Column& column, Datum value);
bool write_int8(JsonWriter& json, const Column& column, Datum value);
bool write_oid(JsonWriter& json, const Column& column, Datum value);
bool write_float4(JsonWriter& json, const Column& column, Datum value);
bool write_float8(JsonWriter& json, const Column& column, Datum value);
bool write_point(JsonWriter& json, const Column& column, Datum value);

// write_numeric.cpp
bool write_numeric_decimal(JsonWriter& json, const Column& column, Datum value);         // base64 at column.scale
bool write_numeric_variable_scale(JsonWriter& json, const Column& column, Datum value);  // {"scale":…,"value":…}
bool write_numeric_number(JsonWriter& json, const Column& column, Datum value);          // decimal.format=NUMERIC
bool write_numeric_double(JsonWriter& json, const Column& column, Datum value);
bool write_numeric_string(JsonWriter& json, const Column& column, Datum value);
bool write_money_decimal(JsonWriter& json, const Column& column, Datum value);
bool write_money_number(JsonWriter& json, const Column& column, Datum value);
bool write_money_double(JsonWriter& json, const Column& column, Datum value);
bool write_money_string(JsonWriter& json, const Column& column, Datum value);

// write_datetime.cpp
bool write_date(JsonWriter& json, const Column& column, Datum value);
bool write_date_iso(JsonWriter& json, const Column& column, Datum value);
bool write_time_ms(JsonWriter& json, const Column& column, Datum value);
bool write_time_us(JsonWriter& json, const Column& column, Datum value);
bool write_time_ns(JsonWriter& json, const Column& column, Datum value);
bool write_time_iso(JsonWriter& json, const Column& column, Datum value);
bool write_timetz(JsonWriter& json, const Column& column, Datum value);
bool write_timestamp_ms(JsonWriter& json, const Column& column, Datum value);
bool write_timestamp_us(JsonWriter& json, const Column& column, Datum value);
bool write_timestamp_ns(JsonWriter& json, const Column& column, Datum value);
bool write_timestamp_iso(JsonWriter& json, const Column& column, Datum value);
bool write_timestamptz(JsonWriter& json, const Column& column, Datum value);
bool write_interval_us(JsonWriter& json, const Column& column, Datum value);
bool write_interval_iso(JsonWriter& json, const Column& column, Datum value);

// write_text.cpp
bool write_text(JsonWriter& json, const Column& column, Datum value);
bool write_name(JsonWriter& json, const Column& column, Datum value);
bool write_name_null(JsonWriter& json, const Column& column, Datum value);
bool write_char(JsonWriter& json, const Column& column, Datum value);
bool write_uuid(JsonWriter& json, const Column& column, Datum value);
bool write_jsonb(JsonWriter& json, const Column& column, Datum value);
bool write_xml(JsonWriter& json, const Column& column, Datum value);
bool write_inet(JsonWriter& json, const Column& column, Datum value);
bool write_cidr(JsonWriter& json, const Column& column, Datum value);
bool write_macaddr(JsonWriter& json, const Column& column, Datum value);
bool write_macaddr8(JsonWriter& json, const Column& column, Datum value);
bool write_enum(JsonWriter& json, const Column& column, Datum value);
// By the type's output function, for types whose text depends on no setting.
bool write_output(JsonWriter& json, const Column& column, Datum value);

// write_bytes.cpp
bool write_bytea_base64(JsonWriter& json, const Column& column, Datum value);
bool write_bytea_base64_url(JsonWriter& json, const Column& column, Datum value);
bool write_bytea_hex(JsonWriter& json, const Column& column, Datum value);
bool write_bit(JsonWriter& json, const Column& column, Datum value);   // bit(1), varbit(1): true, false
bool write_bits(JsonWriter& json, const Column& column, Datum value);  // little-endian, base64
void append_base64(JsonWriter& json, const unsigned char* bytes, size_t size, bool url_safe = false);
void append_hex(JsonWriter& json, const unsigned char* bytes, size_t size);

// write_range.cpp
bool write_range(JsonWriter& json, const Column& column, Datum value);

// write_hstore.cpp
bool write_hstore_json(JsonWriter& json, const Column& column, Datum value);
bool write_hstore_map(JsonWriter& json, const Column& column, Datum value);
void append_hstore_placeholder(JsonWriter& json, std::string_view text, bool map);

// write_extension.cpp
bool write_geometry(JsonWriter& json, const Column& column, Datum value);  // and geography: {"wkb":…,"srid":…}
bool write_double_vector(JsonWriter& json, const Column& column, Datum value);
bool write_float_vector(JsonWriter& json, const Column& column, Datum value);
bool write_sparse_vector(JsonWriter& json, const Column& column, Datum value);  // {"dimensions":…,"vector":[[i,v],…]}

// write_composite.cpp
bool write_composite(JsonWriter& json, const Column& column, Datum value);

// write_array.cpp
bool write_array(JsonWriter& json, const Column& column, Datum value);

}  // namespace penstock
