// The default of a column as JSON, for SQL NULL (JsonConverter prints a null field as its schema's default) and for
// NOT NULL columns that an old tuple does not hold.
//
// Nothing is ever evaluated: a DEFAULT 1/0 would poison the stream, and a user's function would run with the rights of
// the replication role. A constant, possibly under casts that the server defines, is read by code of our own; for the
// rest stands what the connector makes of the expression's text, which it does not evaluate either.
#pragma once

#include "plugin/value/column_types.h"

namespace penstock {

// JSON of the default of `attribute`, for a column whose type, scale and writer are set; data() is null if it has
// none. Allocates in CurrentMemoryContext.
std::string_view default_json(const Column& column, Relation relation, const FormData_pg_attribute& attribute);

}  // namespace penstock
