// From the server's encoding to UTF-8, without an ERROR on any bytes: what has no form in UTF-8 becomes U+FFFD. And to
// what may stand in a message of the server.
#pragma once

#include <string_view>

#include "plugin/pg/pg.h"
#include "plugin/text/json_writer.h"

namespace penstock {

// UTF-8 of text in the server's encoding. In a UTF-8 database it is `text` itself; otherwise it is palloc'ed in
// CurrentMemoryContext.
std::string_view to_utf8(std::string_view text);

// Whether text in the server's encoding is UTF-8 after to_utf8() without a replacement.
bool has_utf8_form(std::string_view text);

// Text that the client can be sent, itself; in any other the bytes beyond ASCII are written as \xD8. `text` is in the
// server's encoding; terminated, in CurrentMemoryContext.
const char* sendable(std::string_view text);

// For errmsg(), errdetail() and errhint(): a message that the client's encoding cannot hold is an ERROR in place of
// what it tells, and one that ends decoding at the same change again and again. So names, and all else that comes from
// data, go through one of these. As sendable(), but for 13, where nothing that may fail can be tried inside of
// ereport(): there text that would have to be converted is escaped.
const char* shown(std::string_view text);       // in the server's encoding
const char* shown_utf8(std::string_view text);  // in UTF-8: in a server of another encoding, \u0418 beyond ASCII

// Appends text in the server's encoding as a JSON string.
inline void append_server_string(JsonWriter& json, std::string_view text) {
  if (__builtin_expect(GetDatabaseEncoding() != PG_UTF8, 0)) text = to_utf8(text);
  json.append_string(text);
}

}  // namespace penstock
