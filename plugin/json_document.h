// A JSON document in a column as a Connect struct (outbox: table.expand.json.payload): schema inferred from the
// document, and its values without what the schema has no place for.
//
// `value` is what a record would show of the column: a JSON string with the document in it, or null. It is expanded if
// it holds an object that Connect can type; otherwise, as in the connector, the string stays. All in
// CurrentMemoryContext; documents nested deeper than 200 levels, with more than 100,000 values, or longer than
// ValueOptions::document_bytes_max are not expanded.
#pragma once

#include <string_view>

#include "plugin/json_writer.h"

namespace penstock {

// Appends the object, or `value` as it is. `keep_nulls`: table.json.payload.null.behavior=optional_bytes.
void append_expanded(JsonWriter& json, std::string_view value, bool keep_nulls);

// Appends the members "type", "fields", "optional", "name" of its schema; false, and nothing, if it is not expanded.
// `name` is the name of the struct, those below it are <name>.<member>.
bool append_expanded_schema(JsonWriter& json, std::string_view value, std::string_view name, bool keep_nulls);

}  // namespace penstock
