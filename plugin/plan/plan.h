// All that is known of a table's records before a row comes: built once from the catalogs as of the change, cached by
// PlanCache. A row then costs no catalog look-up, no escaping of names and no allocation.
#pragma once

#include <string_view>

#include "plugin/options/options.h"
#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"
#include "plugin/plan/publication_watch.h"
#include "plugin/plan/row_filter.h"
#include "plugin/record/inputs.h"
#include "plugin/record/record_output.h"
#include "plugin/value/column_writer.h"

namespace penstock {

enum class Operation : uint8_t { kCreate, kUpdate, kDelete, kTruncate, kRewrite };

constexpr uint8_t bit_of(Operation operation) {
  return static_cast<uint8_t>(1U << static_cast<uint8_t>(operation));
}

struct Plan {
  Oid relid = InvalidOid;        // whose tuples it reads
  Oid as = InvalidOid;           // whose name, key and columns its records have: the same, or the root of a partition
  Oid topic_owner = InvalidOid;  // that has the topic of its records: `as`, or they are left out (topic_owners.h)
  Oid rewritten = InvalidOid;    // a transient heap of ALTER TABLE: the real table, and nothing else is set
  uint8_t published = 0;         // operations, as bits
  uint8_t captured = 0;
  uint8_t skipped = 0;  // skipped.operations
  bool stale = false;
  bool full_identity = false;

  std::string_view schema;  // UTF-8
  std::string_view table;
  std::string_view server;        // topic.prefix
  std::string_view database;      // UTF-8
  std::string_view topic;         // before transforms
  std::string_view source_names;  // "public","table":"customers","txId":
  std::string_view collection;    // schema.table, escaped

  std::span<Column> columns;        // of the value
  std::span<Column> keys;           // empty: no key
  std::span<Column> header_keys;    // the same, as headers show them
  std::span<AttrNumber> toastable;  // of both, those of variable length
  std::span<bool> in_identity;      // by attribute number minus one: in a key-only old tuple
  Row old_row;
  Row new_row;
  std::span<int> from;  // of a partition with another layout than its root: place of each column in its tuples, or -1
  Row partition_row;    // room for such a tuple; without states
  Outputs* outputs = nullptr;   // its records by Variant (record_drafts.h); nullptr: it is not captured
  RowFilter* filter = nullptr;  // of the publication; null: all rows
  bool without_identity_told = false;
  uint64 owner_checked = 0;  // PlanCache: what topic_owner is good for

  // Which transaction its count of records was looked up in, and where (Transaction::count_of).
  mutable uint64 counted_in = 0;
  mutable size_t count_index = 0;
  mutable uint64 rewrite_told_in = 0;  // the transaction that has told of its rewrite

  // Hash values of the syscache entries that it was made from.
  uint32 namespace_hash = 0;
  std::span<uint32> type_hashes;
  std::span<Oid> row_types;  // relations of composite types
  bool has_enum = false;

  bool publishes(Operation operation) const { return (published & bit_of(operation)) != 0; }
  bool captures(Operation operation) const { return (captured & bit_of(operation)) != 0; }
  bool skips(Operation operation) const { return (skipped & bit_of(operation)) != 0; }
};

static_assert(JumpSafe<Plan>);

// A snapshot is not bound to the publication, as with the connector, but for the table that partitions are published
// as; and it reads unlogged tables, of which no change is ever told.
enum class PlanUse : uint8_t { kStream, kSnapshot };

// What records say of the session.
struct Naming {
  std::string_view server;              // topic.prefix or what stands for it
  std::string_view database;            // UTF-8
  std::span<const HeaderNode> headers;  // the context headers
  bool distinct = false;                // topics are those of distinct_topic()
};

// pgoutput's rule: changes of `relation` can be decoded, if it is published.
bool is_publishable(Relation relation);

// The lists of schemas and tables name it.
bool is_selected(Relation relation, const Options& options);

// In CurrentMemoryContext, where it also grows. `next_id` numbers definitions and outlives the plan; those that the
// reader has from `before`, which may be nullptr, are kept. ERROR PS032 if the publication is not there and the table
// must not be published without it (publication_watch.h).
Plan* build_plan(Relation relation, const Options& options, const Naming& naming, PlanUse use, uint32* next_id,
                 const Plan* before, PublicationWatch& watch);

}  // namespace penstock
