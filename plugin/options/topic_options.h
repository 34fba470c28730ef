// Options that say what topics are called and to which group of topic.creation.groups they belong.
#pragma once

#include <string_view>

#include "plugin/options/options.h"

namespace penstock {

// topic.naming.strategy, topic.regex and its like, topic.creation.*.
bool is_topic_option(std::string_view name);

// `settings` are those of is_topic_option(), checked against the table. ERROR 22023 if a strategy lacks what it needs.
void compile_topic_options(Options& options, std::span<const Setting> settings);

}  // namespace penstock
