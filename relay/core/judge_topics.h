// Tables whose records have no topic: it is another table's, or Kafka refuses its name. Part of judge().
#pragma once

#include <vector>

#include "relay/core/facts.h"
#include "relay/core/problem.h"
#include "relay/core/settings.h"

namespace penstock {

// Appends a problem for each reason, which names the first tables: a warning, or one that stops (penstock.bad.table).
// `kafka` may be nullptr: what Kafka holds is not known.
void judge_topics(const std::vector<TableFacts>& tables, const KafkaFacts* kafka, const CoreSettings& settings,
                  std::vector<Problem>& problems);

}  // namespace penstock
