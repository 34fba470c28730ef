// The invariants, checked at the moment when they could break. A violation ends the run with an exception that says
// which.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/position_record.h"
#include "relay/sim/coverage.h"
#include "relay/sim/history.h"

namespace penstock::sim {

class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a record says of itself, carried in its headers through the relay.
struct Identity {
  enum Kind : uint32_t { kStream, kSnapshot } kind = kStream;
  uint32_t number = 0;   // kStream: in History::records; kSnapshot: the attempt
  uint32_t row = 0;      // kSnapshot: number in SnapshotRows::rows
  uint32_t variant = 0;  // kSnapshot: which variant it is
};

// Rows of one reading of the tables and how each must be marked.
struct SnapshotRow {
  uint32_t table = 0;
  uint32_t key = 0;
  uint32_t variant = 0;  // 0 more rows follow, 1 last of its table, 2 last of all
  bool final_of_range = false;
  bool durable = false;
  int64_t version = -1;  // the newest record of the stream, in History::records, that the row already holds
};

class Checker {
 public:
  Checker(History& history, Coverage& coverage) : history_(history), coverage_(coverage) {}

  [[noreturn]] static void violated(const std::string& invariant, const std::string& what) {
    throw Violation(invariant + ": " + what);
  }

  // A slot was made, or adopted, from which everything that commits at or after `start` must come.
  void slot_begins(uint64_t start);
  // `anew`: once all rows are in Kafka the stream may go on at `point`, where they were read; they stand for what came
  // before (snapshot.mode=always).
  void snapshot_begins(std::vector<SnapshotRow> rows, bool first, uint64_t point, bool anew);

  // Kafka has appended a record. `in_line`: nothing before it in its partition was refused. `unfenced`: it comes late,
  // from a process that was killed, and nothing that a later one does can keep it out.
  void appended(const Identity& identity, bool in_line, bool unfenced);
  // Kafka has appended a position record.
  void position_appended(const StoredPosition& stored);
  // The relay has sent a status with this flush; `received` is the largest end that the server had sent it.
  void confirmed(uint64_t flush, uint64_t received, const std::vector<PositionEntry>& in_kafka);

  // At the end: every record of the stream since the slot's begin.
  void everything_is_there() const;
  // At the end, if the mode wants rows: they were read wholly since the slot was made.
  void rows_are_there() const;
  // At the end: of every key the last record in Kafka is the newest one, for consumers that let the last one win.
  void last_is_newest() const;

 private:
  // What a key is in Kafka.
  struct Tail {
    int64_t last = -1;    // version of the last record; versions are numbers in History::records
    int64_t newest = -1;  // the highest version that came
    bool unfenced = false;
  };
  void note_tail(size_t key, int64_t version, bool unfenced);
  void check_line(const TrueRecord& record, const std::string& at);
  void durable_below(uint64_t end, const std::string& invariant);
  bool any_whole_reading() const;
  void leap(const StoredPosition& stored);

  History& history_;
  Coverage& coverage_;
  uint64_t start_ = 0;
  uint64_t confirmed_ = 0;
  size_t checked_units_ = 0;  // units before this one are known to be durable
  bool rows_needed_ = false;  // a position may only come after every row
  std::vector<std::vector<SnapshotRow>> attempts_;
  std::vector<uint64_t> leaps_;  // by attempt: where the stream may go on after it; 0: nowhere else
  size_t first_attempt_ = 0;     // of the slot that there is now
  std::vector<int64_t> newest_ = std::vector<int64_t>(kKeysOfAll, -1);  // by key: last first-seen record
  std::vector<Tail> tails_ = std::vector<Tail>(kKeysOfAll);
};

}  // namespace penstock::sim
