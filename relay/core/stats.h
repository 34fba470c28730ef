// Counters of the data path, for metrics, the status page and `why`. A plain struct that the loop updates and copies
// out for other threads; it lives as long as the process, over sessions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "relay/core/histogram.h"
#include "relay/core/notices.h"
#include "relay/core/snapshot_progress.h"

namespace penstock {

struct TableStats {
  std::string schema;
  std::string table;
  std::string topic;
  // Records handed to Kafka, by operation of the envelope.
  uint64_t create = 0;
  uint64_t update = 0;
  uint64_t remove = 0;
  uint64_t read = 0;
  uint64_t truncate = 0;
  uint64_t tombstone = 0;
  uint64_t other = 0;  // messages, transaction metadata, heartbeats
  uint64_t bytes = 0;  // of keys and values
};

// Why the loop had nothing to do.
enum class Waiting : uint8_t { kPostgres, kKafka, kBudget, kNothing };

// The parts of a record's way.
enum class Stage : uint8_t {
  kDecode,    // commit → the walsender sends the frame
  kTransfer,  // → the relay has it
  kKafka,     // → all of the frame is in Kafka
};

// Where a record was when; microseconds since 1970, the first two by the server's clock.
struct RecordTimes {
  int64_t committed_us = 0;
  int64_t sent_us = 0;  // 0: not known, counted as received at once
  int64_t received_us = 0;
  int64_t acknowledged_us = 0;
};

enum class Side : uint8_t { kPostgres, kKafka };

struct Stats {
  std::vector<TableStats> tables;
  uint64_t frames = 0;
  uint64_t transactions = 0;
  uint64_t records = 0;
  uint64_t record_bytes = 0;
  uint64_t received_bytes = 0;
  uint64_t position_records = 0;
  uint64_t confirms = 0;    // times the confirmed position moved
  uint64_t queue_full = 0;  // times the producer had no room
  uint64_t in_flight_bytes = 0;
  uint64_t in_flight_frames = 0;
  Waiting waiting = Waiting::kNothing;
  std::array<uint64_t, 4> waited_us{};     // by Waiting
  LatencyHistogram latency;                // commit in PostgreSQL to all of the frame in Kafka, weighted by records
  std::array<LatencyHistogram, 3> stages;  // the parts of it, by Stage; their sums are latency's sum
  std::array<uint64_t, 2> reconnects{};    // sessions begun again after one that a Side had broken, by Side
  SnapshotProgress snapshot;
  Notices notices;
  int64_t stored_time_us = 0;       // when the stored position moved last; 0: not yet
  int64_t last_commit_time_us = 0;  // of the newest transaction that is wholly in Kafka
  int64_t unix_now_us = 0;          // the wall clock as the loop read it; core never reads a clock

  // `count` records that came this way together. A time that is not between its neighbours, because clocks differ, is
  // moved between them: no part is negative, and the parts make the whole.
  void count_latency(RecordTimes times, uint64_t count);
};

}  // namespace penstock
