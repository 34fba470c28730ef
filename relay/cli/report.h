// Problems as people read them on a terminal.
#pragma once

#include <iosfwd>
#include <vector>

#include "relay/core/problem.h"

namespace penstock {

// The reason with its code and class, the mend below it; gravest first. Says so if there is none.
void print_problems(std::ostream& to, const std::vector<Problem>& problems);

// True if one of them is more than a warning.
bool any_grave(const std::vector<Problem>& problems);

}  // namespace penstock
