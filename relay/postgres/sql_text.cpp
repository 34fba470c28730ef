#include "relay/postgres/sql_text.h"

#include "relay/core/status.h"

namespace penstock {
namespace {

std::string quoted(std::string_view text, char quote) {
  CHECK(text.find('\0') == std::string_view::npos);
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result += quote;
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  return quoted(name, '"');
}

std::string quote_literal(std::string_view value) {
  return quoted(value, '\'');
}

std::string config_argument(std::string_view plugin_config) {
  return "VARIADIC ARRAY['config', " + quote_literal(plugin_config) + "]::text[]";
}

}  // namespace penstock
