// Which of the tables whose names meet on one topic has it. A topic's name has fewer characters than a table's, and no
// border between schema and table, so that tables of different names can be given one topic; and to Kafka's metrics a
// dot is an underscore, so that it refuses a second topic that differs from another only in these. Whoever may create a
// table could write records, and tombstones, into the topic of another one: the table that was created first, which is
// the one of the smaller OID, has the topic, and the others none. That is decided by the catalogs as of the change, so
// that it is the same whenever the change is read. No table has a topic of the connector's own records.
#pragma once

#include "plugin/pg/hash_table.h"
#include "plugin/pg/memory.h"
#include "plugin/plan/plan.h"

namespace penstock {

class TopicOwners {
 public:
  // In CurrentMemoryContext, where it also grows. `options` and what `naming` refers to outlive it.
  void open(const Options& options, const Naming& naming, PlanUse use);

  // The table that has the topic of `plan`, which is captured: it itself (plan.as), or the one to which it is left;
  // InvalidOid: it is that of transaction metadata or heartbeats.
  // Tables that share a topic because a transform or topic.regex says so share it. For a snapshot, tables that are
  // streamed come before those that only a snapshot reads. Only within a catalog snapshot.
  Oid owner_of(const Plan& plan);

  // A table was made, renamed, dropped, or something else of it changed; InvalidOid: any table, or a schema. Touches no
  // catalog.
  void relation_changed(Oid relid);

 private:
  struct Bucket {
    uint64 hash;
    Array<Oid> tables;  // in order, once a table; of names that they have or had
  };

  // Of a table's records. Where rows decide the topic, or whether a transform applies, only `before` says whose it is.
  struct Topics {
    std::string_view before;  // transforms
    std::string_view after;
    bool captured = false;  // under its own name
    bool by_rows = false;

    std::string_view of(bool before_transforms) const { return before_transforms ? before : after; }
  };

  void add_own(Outputs& service, size_t record);
  bool is_own(const Plan& plan) const;
  Topics topics_of_plan(const Plan& plan) const;
  void read_all();
  void read_changed();
  void add(Oid relid, const char* schema, const char* table);
  uint64 hash_of_names(const char* schema, const char* table) const;
  Oid first_of(const Bucket& bucket, Oid table, uint64 hash, PlanUse use);
  bool meets_at(const Topics& ours, Oid table, Oid other, uint64 hash, PlanUse use);
  Topics topics_of(Oid relid, bool distinct, PlanUse use);

  const Options* options_ = nullptr;
  Naming naming_;
  PlanUse use_ = PlanUse::kStream;
  Array<Topics> own_;                // of the connector's records
  MemoryContext context_ = nullptr;  // of the index
  MemoryContext scratch_ = nullptr;
  HashTable<Bucket> buckets_;
  Array<Oid> changed_;  // whose names are to be read again
  Array<Oid> reading_;  // while that is done, as invalidations may come
  size_t names_ = 0;    // in the index, where those stay that tables had
  size_t names_max_ = 0;
  bool complete_ = false;
};

static_assert(JumpSafe<TopicOwners>);

// Who has the topic, for people: schema.table, in the server's encoding; in CurrentMemoryContext.
const char* topic_owner_name(Oid owner);
// schema.table, in the server's encoding, for people; in CurrentMemoryContext.
const char* qualified_name(Oid relid);

}  // namespace penstock
