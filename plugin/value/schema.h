// Schemas as Connect has them, and their JSON as JsonConverter writes it.
#pragma once

#include <string_view>

#include "plugin/value/column_writer.h"

namespace penstock {

// A Connect schema, but for the fields of a struct, which are the node's members.
struct Schema {
  std::string_view type;   // "struct", "int32" …
  std::string_view inner;  // members of its JSON between "type" and "optional", such as "items":{…}
  bool optional = false;
  std::string_view name;          // empty: none
  int version = 0;                // 0: none
  std::string_view doc;           // empty: none
  std::string_view parameters;    // members of "parameters"; empty: none
  std::string_view initial;       // JSON of the default; data() null: none
  std::string_view text_members;  // if not empty: all of its JSON but "default" and "field", and nothing else is set
};

inline Schema schema_type(std::string_view type, bool optional = false) {
  Schema schema;
  schema.type = type;
  schema.optional = optional;
  return schema;
}

// Schema of a column, also for the elements of an array.
Schema schema_of(const Column& column);

// Its members up to "optional", but for the fields of a struct; then those after it but "default" and "field". Nothing
// of either if it has text_members.
void append_schema_type(JsonWriter& json, const Schema& schema);
void append_schema_name(JsonWriter& json, const Schema& schema);
// "default", where there is one, and "field", unless `field` is nullptr.
void append_schema_place(JsonWriter& json, const Schema& schema, const std::string_view* field);

// The schema of a column. `as_member`: with "field".
void append_schema(JsonWriter& json, const Column& column, bool as_member);

}  // namespace penstock
