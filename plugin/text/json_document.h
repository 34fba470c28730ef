// A JSON document in a column as a Connect struct (outbox: table.expand.json.payload): schema inferred from the
// document, and its values without what the schema has no place for.
//
// `value` is what a record would show of the column: a JSON string with the document in it, or null. It is expanded if
// it holds an object that Connect can type; otherwise, as in the connector, the string stays.
//
// Whoever writes a row decides what is in it, so that a document is measured before anything is made of it: the string
// stays too if there are more than kDocumentValuesMax values in it, if they are nested deeper than 200 levels, or if
// their structs' names, each of which repeats those above it, take more than kDocumentNamesMax bytes. What is made of a
// document takes at most 350 bytes a value beside a copy of its text and the names; it is in CurrentMemoryContext.
#pragma once

#include <string_view>

#include "plugin/text/json_writer.h"

namespace penstock {

constexpr size_t kDocumentValuesMax = 100000;
constexpr size_t kDocumentNamesMax = 8 << 20;

enum class Expansion : uint8_t {
  kObject,
  kText,    // nothing was appended: it is no object, or Connect cannot type it
  kBeyond,  // nothing was appended: a bound
};

// Appends the object. `keep_nulls`: table.json.payload.null.behavior=optional_bytes.
Expansion append_expanded(JsonWriter& json, std::string_view value, bool keep_nulls);

// Appends the members "type", "fields", "optional", "name" of its schema; false, and nothing, if append_expanded()
// would not expand it. `name` is the name of the struct, those below it are <name>.<member>.
bool append_expanded_schema(JsonWriter& json, std::string_view value, std::string_view name, bool keep_nulls);

}  // namespace penstock
