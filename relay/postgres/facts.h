// Gathers core's ServerFacts: what is so, without a judgement.
#pragma once

#include <string_view>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/status.h"
#include "relay/postgres/connection.h"

namespace penstock {

// `replication` must be a replication connection: IDENTIFY_SYSTEM, and then the settings that a walsender of this role
// has, which is what counts for output_plugin_libraries. Without the extension `tables` stays empty.
Result<ServerFacts> gather_facts(Connection& replication);

// Whether the comma list `setting`, as SHOW prints it, names `library`.
bool list_names(std::string_view setting, std::string_view library);

// The content of TIMELINE_HISTORY: "1\t0/3000110\tno recovery target specified\n".
std::vector<TimelineSwitch> parse_timeline_history(std::string_view content);

}  // namespace penstock
