// What the slot costs the server, and for how long that can go on: from looks at the server that somebody takes every
// few seconds. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "relay/core/lsn.h"
#include "relay/core/ports.h"

namespace penstock {

// One look at pg_replication_slots.
struct SlotLook {
  Time at{};
  Lsn server_end;                     // end of the write-ahead log that is flushed (on a standby: replayed)
  bool exists = false;                // if not, the rest is unset
  bool active = false;                // a walsender reads from it
  Lsn restart;                        // the server keeps its log from here; 0: nowhere any more
  Lsn confirmed;                      // confirmed_flush_lsn
  std::string wal_status;             // reserved, extended, unreserved, lost
  std::optional<int64_t> safe_bytes;  // log that may still be written before the slot can be lost; nullopt: no bound
  // Until idle_replication_slot_timeout (18 and later) invalidates the slot, which nobody reads; nullopt: it never
  // does.
  std::optional<int64_t> idle_seconds_left;

  uint64_t retained_bytes() const { return restart && server_end > restart ? server_end.value - restart.value : 0; }
};

// When the slot will be lost: when safe_bytes will be used up, or nobody has read for too long. The slope of a straight
// line through the looks of two minutes: restart_lsn moves in steps, every 15 seconds or with the transactions of
// others, and a line over several of them is nearly level.
class SlotForecast {
 public:
  static constexpr Duration kWindow = std::chrono::minutes(2);
  static constexpr size_t kLooksMin = 3;

  void add(const SlotLook& look);

  // Infinity: nothing bounds it, it does not shrink, or too few looks were taken. 0: the bound is passed.
  double seconds_left() const;

 private:
  double log_seconds_left() const;

  struct Point {
    Time at;
    double safe_bytes;
  };
  std::deque<Point> points_;
  bool lost_ = false;
  std::optional<int64_t> idle_seconds_left_;
};

}  // namespace penstock
