// The transaction that is being decoded, or a message outside of one: what its frames say of it, the ready-made parts
// of its records' source, and the counts of provide.transaction.metadata.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"
#include "plugin/plan/plan.h"
#include "plugin/text/json_writer.h"

namespace penstock {

// Microseconds since 1970 of the server's microseconds since 2000.
constexpr int64 unix_microseconds(TimestampTz time) {
  return time + static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

// Parts of `source` between which the names of a table and the LSN of a change stand. Made once per unit.
struct SourceParts {
  std::string_view head;   // "source":{"version":… "sequence":"[…,\"
  std::string_view times;  // \"]","ts_us":…,"ts_ns":…,"schema":
  std::string_view xid;    // 742,"lsn":
  std::string_view tail;   // ,"xmin":null,"origin":null,"origin_lsn":null}
};

// Records of one table, or of all logical messages, for END.
struct CollectionCount {
  std::string_view name;  // schema.table, escaped
  uint64 count = 0;
};

struct Transaction {
  uint64 serial = 0;  // of this session, from 1
  TransactionId xid = InvalidTransactionId;
  uint64 full_xid = 0;
  XLogRecPtr commit_lsn = 0;
  XLogRecPtr end_lsn = 0;
  int64 commit_time_us = 0;  // since 1970
  RepOriginId origin = InvalidRepOriginId;
  XLogRecPtr origin_lsn = 0;

  uint64 ordinals = 0;      // changes, truncates and transactional messages so far
  bool published = false;   // at least one of them was of a published table
  bool begun = false;       // BEGIN of transaction metadata was written, or counted as written
  bool sent = false;        // a frame of it went out
  bool is_message = false;  // a message outside of transactions
  bool source_ready = false;
  SourceParts source;

  uint64 records = 0;   // that total_order counts
  uint64 messages = 0;  // of them logical messages
  Array<CollectionCount> collections;
  Array<Oid> rewritten;  // tables whose rewrite was told

  // Counts one more record of `plan` and returns its data_collection_order. Names are kept in `context`.
  uint64 count(const Plan& plan, MemoryContext context);
  // Counts a logical message that has a record. Each is a collection of its own to the connector; under one name END
  // tells them together, or it would grow with their number.
  void count_message(std::string_view name, MemoryContext context);

 private:
  size_t index_of(std::string_view name, MemoryContext context);
};

static_assert(JumpSafe<Transaction>);

// Puts collections into the order in which a Java HashMap with their names as keys gives them. `buckets` are those of
// the map, which lives as long as a session and never shrinks; `size`: entries that it had in this transaction.
void sort_as_java(Array<CollectionCount>& collections, uint64 size, uint32& buckets);
constexpr uint32 kJavaBuckets = 16;  // of a new map

}  // namespace penstock
