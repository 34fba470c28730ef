// Values inside SQL and replication commands, as sql_name.h has it for names. The text means exactly the argument in a
// session with standard_conforming_strings on and UTF-8 as client encoding: settings.cpp pins both.
#pragma once

#include <string>
#include <string_view>

#include "relay/core/sql_name.h"  // quote_identifier

namespace penstock {

// `it's` → 'it''s'. The replication grammar knows neither E'' nor backslashes, nor does this.
std::string quote_literal(std::string_view value);

// The options of penstock's functions that take nothing but the configuration: an argument that no other signature fits
// as well as theirs, whatever else of the same name stands in the schema.
std::string config_argument(std::string_view plugin_config);

}  // namespace penstock
