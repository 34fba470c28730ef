// The records of the position topic: JSON text in key and value, one partition, compacted. The epoch is part of the
// key, so that a paused old relay that wakes up can neither lower nor replace what a newer one stored.
//
// key   := {"system_id":"7…","database":16384,"slot":"penstock","epoch":3}
// value := {"version":1,"intent":true}
//        | {"version":1,"timeline":1,"end":"0/16B3748","commit_lsn":"0/0","ordinal":0,"sequence_lsn":"0/16B3700",
//           "version_num":170011,"table_oid":16385,"table":"public.orders"}   the last three may be missing: see
//           ServerMark
//        and "snapshot":true where rows are still to be read before the stream goes on
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/status.h"

namespace penstock {

// Whether a connector is paused stands under a key of its own, which an older relay takes for a position of nobody's:
//
// key   := {"system_id":"","database":0,"slot":"","epoch":0,"connector":"shop-connector"}
// value := {"version":1,"intent":true,"state":"PAUSED","unix_ms":1785592985123} | tombstone: it runs
std::string encode_target_state_key(const std::string& connector);
// Paused, as was asked for at that wall clock in ms.
std::string encode_target_state_value(int64_t unix_ms);

std::string encode_position_key(const StreamIdentity& identity, uint64_t epoch);
std::string encode_position_value(const StoredPosition& stored);

// Folds the records of a position topic, fed in the order of their offsets, into one entry an identity.
class PositionTopic {
 public:
  // A value with a null data pointer is a tombstone. A record that cannot be read is a problem (kPosUnreadable): to
  // guess would be to lose or repeat.
  Status add(std::string_view key, std::string_view value);

  // The newest record of the highest epoch of every identity.
  const std::vector<PositionEntry>& entries() const { return entries_; }
  const std::vector<PausedConnector>& paused() const { return paused_; }

 private:
  bool add_target_state(std::string_view key, std::string_view value);

  std::vector<PositionEntry> entries_;
  std::vector<PausedConnector> paused_;
};

}  // namespace penstock
