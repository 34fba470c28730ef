// The table of types: which writer, which Connect schema, which zero value.
#pragma once

#include "plugin/value/column_writer.h"

namespace penstock {

// How a type looks in the modes that are set.
struct Shape {
  WriteValue write = nullptr;
  const char* schema_type = nullptr;  // of Connect: "int32", "string", "bytes", "struct", "array" …
  const char* schema_name = nullptr;  // semantic name, or null
  const char* zero = nullptr;         // JSON of the value that an absent NOT NULL column has
  // Further members of the schema's JSON (JsonConverter's order): what stands between "type" and "optional", such as
  // "fields":[…], and the doc; null if there is none.
  const char* schema_inner = nullptr;
  const char* schema_doc = nullptr;
  const char* parameters = nullptr;  // members of "parameters", without braces; null if there are none
  bool always_optional = false;      // the schema is optional even where the column is not
};

// Shape of a base type, by its OID or for extensions by its name; fills scale and length of `column` from its typmod.
// `write` is null if the type has no form in records.
Shape shape_of(Column& column);

// Whether there are arrays of a type in these modes, and whether their elements' schema is optional. Only with
// kOptional may NULL stand among them: the connector fails to convert it in those of kOptionalNotNull.
enum class Elements : uint8_t { kNone, kOptional, kOptionalNotNull, kRequired };
// `array`: the column, of which options and as_struct are read.
Elements elements_of(Oid type, const Column& array);

// Takes what structs of the column's type need off `fields`; false, and nothing, if that is more than is left, or if
// they are nested deeper than 32 levels. Looks at no more attributes than that. Types without structs need none.
bool take_struct_fields(const Column& column, StructFields& fields);

// The shape of a composite type under penstock.composite.handling.mode=struct; attributes without a form are left out.
Shape composite_shape(Column& column);

// Sets writer and schema of a column whose type, typmod, options and full_name are set, and returns the shape that it
// took: of an array, or of a base type. Without a writer if it has no form in records.
Shape take_form(Column& column);

// Sets name and segment; `name` is in the server's encoding.
void take_name(Column& column, const char* name);

// JSON of the placeholder for an unchanged value that is stored out of line; null where the connector has none.
std::string_view unavailable_json(const Column& column);

}  // namespace penstock
