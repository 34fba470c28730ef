// Names of topics: Debezium's naming, sanitising, then the RegexRouters. ASCII, at most 249 bytes before routing.
#pragma once

#include <string_view>

#include "plugin/options.h"
#include "plugin/pg.h"

namespace penstock {

struct Topic {
  std::string_view name;      // as Kafka sees it
  std::string_view unrouted;  // before transforms
  bool changed = false;       // sanitising replaced something: two tables can meet on one topic
};

// All results are allocated in CurrentMemoryContext. `prefix` is topic.prefix or what stands for it.
Topic table_topic(const Options& options, std::string_view prefix, std::string_view schema, std::string_view table);
Topic message_topic(const Options& options, std::string_view prefix);
Topic transaction_topic(const Options& options, std::string_view prefix);
Topic heartbeat_topic(const Options& options, std::string_view prefix);

}  // namespace penstock
