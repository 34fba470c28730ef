// The truth: what the model server has committed, in commit order, and which records Kafka must come to hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "relay/sim/random.h"

namespace penstock::sim {

inline constexpr uint32_t kTables = 4;      // the last one is created in mid-run
inline constexpr uint32_t kPartitions = 3;  // of every topic
inline constexpr uint32_t kKeys = 12;       // of every table
inline constexpr size_t kKeysOfAll = size_t{kTables} * kKeys;

inline size_t key_number(uint32_t table, uint32_t key) {
  return size_t{table} * kKeys + key;
}

struct Change {
  uint32_t table = 0;
  uint32_t key = 0;
  char op = 'c';
  bool captured = true;
  uint32_t records = 1;       // a delete has two: record and tombstone
  uint32_t first_record = 0;  // number in History::records, if captured
};

struct Unit {
  enum class Kind : uint8_t { kTransaction, kMessage } kind = Kind::kTransaction;
  uint64_t commit_lsn = 0;
  uint64_t end_lsn = 0;
  std::vector<Change> changes;
  bool captured() const;
};

// A record of the stream, in stream order.
struct TrueRecord {
  uint32_t unit = 0;
  uint32_t ordinal = 0;
  uint32_t part = 0;
  uint32_t table = 0;
  uint32_t key = 0;
  bool durable = false;  // in Kafka
  bool in_line = false;  // in Kafka, and not behind a hole that a refused record left
};

class History {
 public:
  std::vector<Unit> units;
  std::vector<TrueRecord> records;
  uint64_t end = 1000;  // everything up to here is flushed
  uint32_t tables = kTables - 1;

  void add_transaction(Random& random, uint32_t changes_max);
  void add_message(Random& random);
  void add_foreign(Random& random) { end += random.between(1, 300); }  // other databases, vacuum

  // End of the last unit before `unit`.
  uint64_t end_before(size_t unit) const { return unit == 0 ? 0 : units[unit - 1].end_lsn; }
  // First unit that a slot at `start` would still decode: commit records that begin at or after it.
  size_t first_from(uint64_t start) const;
  // Number of the newest record of a key, -1 if it has none.
  int64_t newest_of(uint32_t table, uint32_t key) const;
  bool is_deleted(int64_t record) const;

 private:
  void close(Random& random, Unit unit);
};

}  // namespace penstock::sim
