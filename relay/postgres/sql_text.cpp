#include "relay/postgres/sql_text.h"

#include "relay/core/status.h"

namespace penstock {

std::string quote_literal(std::string_view value) {
  CHECK(value.find('\0') == std::string_view::npos);
  std::string result(1, '\'');
  for (const char c : value) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result += '\'';
}

std::string config_argument(std::string_view plugin_config) {
  return "VARIADIC ARRAY['config', " + quote_literal(plugin_config) + "]::text[]";
}

}  // namespace penstock
