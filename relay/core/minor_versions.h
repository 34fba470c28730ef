// Minor versions of PostgreSQL with known bugs that lose or damage changes, whatever the plugin does (reliability notes
// 1.2). Data for the judge.
#pragma once

#include <string_view>

namespace penstock {

struct MinorBug {
  int first_good[6];  // by major, 13 to 18; 0: never had it or has it no more
  std::string_view what;
};

inline constexpr MinorBug kMinorBugs[] = {
    {{22, 19, 14, 10, 6, 0}, "changes are lost after ALTER PUBLICATION or ALTER TYPE beside open transactions"},
    {{18, 15, 10, 6, 2, 0}, "the slot's restart position can go back and WAL that is needed be removed"},
    {{16, 13, 8, 4, 0, 0}, "a new slot can begin inside a transaction"},
    {{9, 6, 0, 0, 0, 0}, "a wrong catalog snapshot is used after a restart"},
};

}  // namespace penstock
