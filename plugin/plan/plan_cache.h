// Plans by relation, kept valid by the server's invalidations: of the relation itself, and of types, enums, namespaces
// and publications, which do not reach it by way of the relation.
#pragma once

#include <string_view>

#include "plugin/plan/plan.h"
#include "plugin/plan/topic_owners.h"

namespace penstock {

class PlanCache {
 public:
  // Everything lives in a context below `parent` and ends with it. One cache at a time may be open in a backend: a
  // backend decodes from one slot. `options`, the texts, `next_id` (of definitions) and `watch` must outlive it.
  void open(MemoryContext parent, const Options& options, const Naming& naming, uint32* next_id,
            PublicationWatch* watch);

  // The plan of `relation`, good until the next call. Only within a catalog snapshot.
  Plan& of(Relation relation) {
    if (last_ != nullptr && last_->relid == RelationGetRelid(relation) && !last_->stale &&
        last_->owner_checked == tables_changed_) {
      return *last_;
    }
    return find_or_build(relation);
  }

  // Called by the invalidation callbacks; they only mark, and touch no catalog. 0 stands for all.
  void relation_changed(Oid relid);
  void type_changed(uint32 hash);
  void namespace_changed(uint32 hash);
  void enum_changed();
  void publication_changed();

 private:
  struct Entry {
    Oid relid;
    Plan* plan;
    MemoryContext context;
  };

  Plan& find_or_build(Relation relation);
  void find_owner(Plan& plan);
  void invalidate(Oid relid);
  static void register_callbacks();
  static void close(void*);

  MemoryContext context_ = nullptr;
  HTAB* entries_ = nullptr;
  const Options* options_ = nullptr;
  Naming naming_;
  uint32* next_id_ = nullptr;
  PublicationWatch* watch_ = nullptr;
  Plan* last_ = nullptr;
  TopicOwners owners_;
  uint64 tables_changed_ = 1;    // invalidations of tables and schemas so far: any of them may give or take a topic
  uint64 changes_ = 0;           // invalidations so far: some may come while a plan is built
  bool has_partitions_ = false;  // plans that depend on another table, their root
  bool has_row_types_ = false;   // or of composite types as structs
};

static_assert(JumpSafe<PlanCache>);

}  // namespace penstock
