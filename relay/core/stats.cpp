#include "relay/core/stats.h"

#include <algorithm>

namespace penstock {

void Stats::count_latency(RecordTimes times, uint64_t count) {
  const int64_t end = times.acknowledged_us;
  const int64_t committed = std::min(times.committed_us, end);
  const int64_t received = std::clamp(times.received_us, committed, end);
  const int64_t sent = times.sent_us == 0 ? received : std::clamp(times.sent_us, committed, received);
  latency.add(end - committed, count);
  stages[static_cast<size_t>(Stage::kDecode)].add(sent - committed, count);
  stages[static_cast<size_t>(Stage::kTransfer)].add(received - sent, count);
  stages[static_cast<size_t>(Stage::kKafka)].add(end - received, count);
}

}  // namespace penstock
