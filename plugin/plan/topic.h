// Names of topics before transforms: Debezium's naming and sanitising. ASCII, at most 249 bytes.
#pragma once

#include <string_view>

#include "plugin/options/options.h"
#include "plugin/pg/pg.h"

namespace penstock {

// All results are allocated in CurrentMemoryContext. `prefix` is topic.prefix or what stands for it.
std::string_view table_topic(const Options& options, std::string_view prefix, std::string_view schema,
                             std::string_view table);
// The same before topic.regex.
std::string_view plain_topic(const Options& options, std::string_view prefix, std::string_view schema,
                             std::string_view table);
// As table_topic(), but of names that no two tables share: what a topic cannot show of them is spelled out, and nothing
// is cut. No topic is called so; it shows whether topic.regex and transforms bring two tables together on purpose.
std::string_view distinct_topic(const Options& options, std::string_view prefix, std::string_view schema,
                                std::string_view table);
// What topic.key.enforce.uniqueness puts into keys: the table's name for its topic, not sanitised, reworded by
// topic.key.field.regex where that matches.
std::string_view key_identifier(const Options& options, std::string_view prefix, std::string_view schema,
                                std::string_view table);
std::string_view message_topic(std::string_view prefix);
std::string_view transaction_topic(const Options& options, std::string_view prefix);
std::string_view heartbeat_topic(const Options& options, std::string_view prefix);

// The first of topic.creation.groups to which a topic belongs; empty: the default one.
std::string_view topic_group(const Options& options, std::string_view topic);

}  // namespace penstock
