// The text of values whose types have no form of their own in records (include.unknown.datatypes): the server's, or for
// the geometric types that of the driver's classes. Never by the session's settings: dates are ISO, times UTC, bytea is
// hexadecimal, and names are qualified as with search_path = public.
#pragma once

#include "plugin/value/column_writer.h"

namespace penstock {

// Sets column.text, and what it needs, for a column of any type that can be one of a table. Allocates in
// CurrentMemoryContext (the plan's).
void prepare_text(Column& column);

// Text by an output function, under the settings above. Server encoding, in CurrentMemoryContext. Output functions are
// the server's or made by a superuser: no other user's code runs here.
const char* settled_output(FmgrInfo* output, Datum value);

// By the type: base64, base64 of the URL alphabet, or hexadecimal of column.text, in UTF-8.
bool write_text_base64(JsonWriter& json, const Column& column, Datum value);
bool write_text_base64_url(JsonWriter& json, const Column& column, Datum value);
bool write_text_hex(JsonWriter& json, const Column& column, Datum value);

}  // namespace penstock
