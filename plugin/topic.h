// Names of topics before transforms: Debezium's naming and sanitising. ASCII, at most 249 bytes.
#pragma once

#include <string_view>

#include "plugin/options.h"
#include "plugin/pg.h"

namespace penstock {

struct Topic {
  std::string_view name;
  bool changed = false;  // sanitising replaced something: two tables can meet on one topic
};

// All results are allocated in CurrentMemoryContext. `prefix` is topic.prefix or what stands for it.
Topic table_topic(const Options& options, std::string_view prefix, std::string_view schema, std::string_view table);
// What topic.key.enforce.uniqueness puts into keys: the table's name for its topic, not sanitised, reworded by
// topic.key.field.regex where that matches.
std::string_view key_identifier(const Options& options, std::string_view prefix, std::string_view schema,
                                std::string_view table);
Topic message_topic(std::string_view prefix);
Topic transaction_topic(const Options& options, std::string_view prefix);
Topic heartbeat_topic(const Options& options, std::string_view prefix);

// The first of topic.creation.groups to which a topic belongs; empty: the default one.
std::string_view topic_group(const Options& options, std::string_view topic);

}  // namespace penstock
