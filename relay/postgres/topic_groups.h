// topic.creation.groups: which topic belongs to which group. The server's plugin matches the patterns.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "relay/core/status.h"
#include "relay/postgres/connection.h"

namespace penstock {

// Topic → group, of those that are in one; the others belong to the default group.
using TopicGroups = std::map<std::string, std::string, std::less<>>;

Result<TopicGroups> topic_groups(Connection& sql, const std::vector<std::string>& topics);

}  // namespace penstock
