// From the server's encoding to UTF-8, without an ERROR on any bytes: what has no form in UTF-8 becomes U+FFFD.
#pragma once

#include <string_view>

#include "plugin/json_writer.h"
#include "plugin/pg.h"

namespace penstock {

// UTF-8 of text in the server's encoding. In a UTF-8 database it is `text` itself; otherwise it is palloc'ed in
// CurrentMemoryContext.
std::string_view to_utf8(std::string_view text);

// Appends text in the server's encoding as a JSON string.
inline void append_server_string(JsonWriter& json, std::string_view text) {
  if (__builtin_expect(GetDatabaseEncoding() != PG_UTF8, 0)) text = to_utf8(text);
  json.append_string(text);
}

}  // namespace penstock
