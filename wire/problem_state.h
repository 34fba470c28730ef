// SQLSTATEs of the plugin's own: PS032 is the ERROR or WARNING behind problem PENSTOCK-PG-032. The class is none of the
// SQL standard's and none of PostgreSQL's.
#pragma once

#include <string_view>

namespace penstock::wire {

inline constexpr std::string_view kProblemState = "PS";

}  // namespace penstock::wire
