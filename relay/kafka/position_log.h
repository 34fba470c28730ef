// Reading the position topic. Private to relay/kafka.
#pragma once

#include <vector>

#include "relay/core/facts.h"
#include "relay/kafka/admin.h"
#include "relay/kafka/client.h"

namespace penstock {

struct PositionLog {
  std::vector<PositionEntry> entries;
  std::vector<PausedConnector> paused;
  bool shortened = false;  // records at its beginning were deleted, which compaction alone never does
};

// Reads the topic, which must exist, from its beginning to its end, read_committed, without a consumer group. `client`
// is any other client: it tells where the end is. A transaction that is open at the end is a problem, because the
// newest position may be in it.
Result<PositionLog> read_positions(rd_kafka_t& client, const KafkaSettings& settings, const KafkaLog& log,
                                   const Patience& patience);

}  // namespace penstock
