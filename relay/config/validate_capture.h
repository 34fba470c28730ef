// Properties that say what is captured and make sense only together.
#pragma once

#include <vector>

#include "relay/config/configuration.h"

namespace penstock {

// `settings` fit the table one by one.
std::vector<Problem> capture_problems(const Settings& settings);

}  // namespace penstock
