// How far a snapshot is: what the metrics say of it. The loop begins it and ticks tables off; rows are those that
// Stats::tables counts anyway, so that a record costs nothing more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock {

struct TableStats;

// A table of a snapshot that is about to begin, in the order of reading.
struct SnapshotEstimate {
  uint64_t oid = 0;
  std::string schema;
  std::string table;
  double rows = 0;  // what the server's statistics say; 0: they say nothing
};

struct SnapshotProgress {
  struct Table {
    SnapshotEstimate estimate;
    uint64_t read_before = 0;  // rows that earlier snapshots of this process read
    bool done = false;         // every row is in Kafka
  };
  bool begun = false;    // at least one since the process started; the rest is about the last one
  bool running = false;  // rows are read, or are on their way to Kafka
  int64_t started_us = 0;
  std::vector<Table> tables;

  void begin(std::vector<SnapshotEstimate> estimates, const std::vector<TableStats>& stats, int64_t unix_now_us);
  // The last row of the table `oid` is in Kafka. Tables come in order, so that this is quick.
  void table_done(uint64_t oid);
  void end(bool completed);

 private:
  size_t next_ = 0;  // tables below it are done
};

struct SnapshotSummary {
  uint64_t done = 0;
  uint64_t running = 0;  // 0 or 1
  uint64_t waiting = 0;
  double ratio = 0;                         // of the rows, by estimate where a table is not done; 1: all
  std::optional<double> remaining_seconds;  // at the average speed so far; nullopt: nothing to judge by
};
SnapshotSummary summarize(const SnapshotProgress& progress, const std::vector<TableStats>& stats, int64_t unix_now_us);

}  // namespace penstock
