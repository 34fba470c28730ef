#include "relay/core/sql_name.h"

#include "relay/core/status.h"

namespace penstock {

std::string quote_identifier(std::string_view name) {
  CHECK(name.find('\0') == std::string_view::npos);
  std::string result(1, '"');
  for (const char c : name) {
    if (c == '"') result += '"';
    result += c;
  }
  return result += '"';
}

std::string quote_qualified(std::string_view schema, std::string_view name) {
  return quote_identifier(schema) + '.' + quote_identifier(name);
}

}  // namespace penstock
