// Which of the tables whose names meet on one topic has it. A topic's name has fewer characters than a table's, and no
// border between schema and table, so that tables of different names can be given one topic; and to Kafka's metrics a
// dot is an underscore, so that it refuses a second topic that differs from another only in these. Whoever may create a
// table could write records, and tombstones, into the topic of another one: the table that was created first, which is
// the one of the smaller OID, has the topic, and the others none. That is decided by the catalogs as of the change, so
// that it is the same whenever the change is read.
#pragma once

#include "plugin/hash_table.h"
#include "plugin/memory.h"
#include "plugin/plan.h"

namespace penstock {

class TopicOwners {
 public:
  // In CurrentMemoryContext, where it also grows. `options` and what `naming` refers to outlive it.
  void open(const Options& options, const Naming& naming, PlanUse use);

  // The table that has the topic of `plan`, which is captured: it itself (plan.as), or the one to which it is left.
  // Tables that share a topic because a transform or topic.regex says so share it. Only within a catalog snapshot.
  Oid owner_of(const Plan& plan);

  // A table was made, renamed, dropped, or something else of it changed; InvalidOid: any table, or a schema. Touches no
  // catalog.
  void relation_changed(Oid relid);

 private:
  struct Bucket {
    uint64 hash;
    Array<Oid> tables;  // once a table; of names that they have or had
  };

  void read_all();
  void read_changed();
  void add(Oid relid, const char* schema, const char* table);
  uint64 hash_of_names(const char* schema, const char* table) const;
  bool meets(const Plan& plan, Oid other, uint64 hash);
  std::string_view topic_of(Oid relid, bool distinct);

  const Options* options_ = nullptr;
  Naming naming_;
  PlanUse use_ = PlanUse::kStream;
  MemoryContext context_ = nullptr;  // of the index
  MemoryContext scratch_ = nullptr;
  HashTable<Bucket> buckets_;
  Array<Oid> changed_;  // whose names are to be read again
  Array<Oid> reading_;  // while that is done, as invalidations may come
  size_t added_ = 0;    // since all was read: names that tables had stay in the index
  bool complete_ = false;
};

static_assert(JumpSafe<TopicOwners>);

// schema.table, in the server's encoding, for people; in CurrentMemoryContext.
const char* qualified_name(Oid relid);

}  // namespace penstock
