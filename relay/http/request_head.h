// The head of an HTTP/1.x request: bytes of a client in, what they ask for out. Pure; every input is an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/http/reply.h"

namespace penstock {

struct RequestHead {
  HttpRequest request;
  std::string host;                   // whom the client believes to ask, with the port if it wrote one; empty: nobody
  std::optional<std::string> origin;  // of the web page that sent it
  uint64_t body_bytes = 0;            // that follow
  // Whether another request may follow on the connection. False also where the end of the body is not known beforehand.
  bool keep_alive = true;
};

// Bytes up to the first byte after the head's blank line; 0: it has not come whole. Blank lines before it belong to it.
size_t head_size(std::string_view bytes);

// `head` is what head_size() found. The number is the status that refuses it: 400, 413 (a body of more than
// `body_bytes_max`), 505.
std::variant<RequestHead, int> parse_head(std::string_view head, uint64_t body_bytes_max);

// "%2F" as '/'; nullopt: a '%' without two hexadecimal digits.
std::optional<std::string> decode_percent(std::string_view text);

// The path's parts, decoded: "/connectors/a%2Fb/status" is {"connectors", "a/b", "status"}. Slashes that follow one
// another are one; what cannot be decoded stays as it is.
std::vector<std::string> path_parts(std::string_view path);

}  // namespace penstock
