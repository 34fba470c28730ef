// Reads the two forms of file that Kafka Connect knows: Java's .properties and connector JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/core/status.h"

namespace penstock {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// As java.util.Properties.load: comments with # and !, `=`, `:` or blanks between name and value, continued lines,
// \t \n \r \f \uXXXX; any other escaped character is itself. Accepts every text.
NamedValues parse_properties(std::string_view text);

// {"name": …, "config": {…}} or a flat object. Numbers and booleans become text, null is not set. `where` names the
// file in the problem.
Result<NamedValues> parse_connector_json(std::string_view text, std::string_view where);

// The whole of a regular file of at most 16 MiB. Never waits: a FIFO or a device is refused.
Result<std::string> read_file(const std::string& path);

}  // namespace penstock
