// What the publication means for what is captured: a part of judge().
#pragma once

#include <vector>

#include "relay/core/facts.h"
#include "relay/core/problem.h"
#include "relay/core/settings.h"

namespace penstock {

void judge_publication(const ServerFacts& server, const CoreSettings& settings, std::vector<Problem>& problems);

}  // namespace penstock
