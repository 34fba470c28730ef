// Counters of the data path, for metrics, the status page and `why`. A plain struct that the loop updates and copies
// out for other threads; it lives as long as the process, over sessions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

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
  std::array<uint64_t, 4> waited_us{};  // by Waiting
  // Commit in PostgreSQL to all of the frame in Kafka, weighted by records; upper bounds in milliseconds, last: above.
  static constexpr std::array<uint32_t, 14> kLatencyBoundsMs = {1,   2,   5,    10,   20,   50,    100,
                                                                200, 500, 1000, 2000, 5000, 10000, 60000};
  std::array<uint64_t, 15> latency{};
  uint64_t latency_sum_us = 0;
  int64_t last_commit_time_us = 0;  // of the newest transaction that is wholly in Kafka
  int64_t unix_now_us = 0;          // the wall clock as the loop read it; core never reads a clock
};

}  // namespace penstock
