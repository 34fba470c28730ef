// Names and values inside SQL and replication commands. Both functions give text that means exactly their argument, in
// a session with standard_conforming_strings on (settings.cpp pins it) and UTF-8 as client encoding.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// `public` → "public", in double quotes always.
std::string quote_identifier(std::string_view name);

// `it's` → 'it''s'. The replication grammar knows neither E'' nor backslashes, nor does this.
std::string quote_literal(std::string_view value);

// The options of penstock's functions that take nothing but the configuration: an argument that no other signature fits
// as well as theirs, whatever else of the same name stands in the schema.
std::string config_argument(std::string_view plugin_config);

}  // namespace penstock
