#include "plugin/plan/plan_cache.h"

#include "plugin/pg/compat.h"
#include "wire/frame.h"

namespace penstock {

namespace {

// The server's callbacks cannot be unregistered, so they are registered once a backend and find the cache here; null
// when nothing decodes.
PlanCache* open_cache = nullptr;

void relation_callback(Datum, Oid relid) {
  if (open_cache != nullptr) open_cache->relation_changed(relid);
}

void syscache_callback(Datum, int cache, uint32 hash) {
  if (open_cache == nullptr) return;
  if (cache == TYPEOID) {
    open_cache->type_changed(hash);
  } else if (cache == NAMESPACEOID) {
    open_cache->namespace_changed(hash);
  } else if (cache == ENUMOID) {
    open_cache->enum_changed();
  } else {
    open_cache->publication_changed();
  }
}

}  // namespace

void PlanCache::register_callbacks() {
  static bool registered = false;
  if (registered) return;
  CacheRegisterRelcacheCallback(relation_callback, Datum{0});
  CacheRegisterSyscacheCallback(TYPEOID, syscache_callback, Datum{0});
  CacheRegisterSyscacheCallback(NAMESPACEOID, syscache_callback, Datum{0});
  CacheRegisterSyscacheCallback(ENUMOID, syscache_callback, Datum{0});
  CacheRegisterSyscacheCallback(PUBLICATIONOID, syscache_callback, Datum{0});
  CacheRegisterSyscacheCallback(PUBLICATIONRELMAP, syscache_callback, Datum{0});
  register_schema_publication_callback(syscache_callback);
  registered = true;
}

// A cache whose session failed may be freed after the next one was opened.
void PlanCache::close(void* cache) {
  if (open_cache == cache) open_cache = nullptr;
}

void PlanCache::open(MemoryContext parent, const Options& options, const Naming& naming, uint32* next_id,
                     PublicationWatch* watch) {
  register_callbacks();
  context_ = AllocSetContextCreate(parent, "penstock plans", ALLOCSET_DEFAULT_SIZES);
  options_ = &options;
  naming_ = naming;
  next_id_ = next_id;
  watch_ = watch;
  HASHCTL control{};
  control.keysize = sizeof(Oid);
  control.entrysize = sizeof(Entry);
  control.hcxt = context_;
  entries_ = hash_create("penstock plans", 128, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  ContextScope scope(context_);
  owners_.open(options, naming, PlanUse::kStream);
  auto* callback = palloc_one<MemoryContextCallback>();  // after an ERROR there is no shutdown callback
  callback->func = close;
  callback->arg = this;
  MemoryContextRegisterResetCallback(context_, callback);
  open_cache = this;
}

Plan& PlanCache::find_or_build(Relation relation) {
  const Oid relid = RelationGetRelid(relation);
  bool found = false;
  auto* entry = static_cast<Entry*>(hash_search(entries_, &relid, HASH_ENTER, &found));
  if (!found) {
    entry->plan = nullptr;
    entry->context = nullptr;
  }
  if (entry->plan != nullptr && !entry->plan->stale) {
    find_owner(*entry->plan);
    return *(last_ = entry->plan);
  }

  last_ = nullptr;
  const uint64 changes = changes_;
  MemoryContext context = AllocSetContextCreate(context_, "penstock plan", ALLOCSET_SMALL_SIZES);
  Plan* plan = nullptr;
  {
    ContextScope scope(context);
    plan = build_plan(relation, *options_, naming_, PlanUse::kStream, next_id_, entry->plan, *watch_);
  }
  plan->stale = changes_ != changes;
  has_partitions_ = has_partitions_ || plan->as != plan->relid;
  has_row_types_ = has_row_types_ || !plan->row_types.empty();
  if (entry->context != nullptr) MemoryContextDelete(entry->context);
  entry->plan = plan;
  entry->context = context;
  find_owner(*plan);
  return *(last_ = plan);
}

// A table born later, or renamed, may take part in what this one's topic is: looked at again whenever any has changed.
void PlanCache::find_owner(Plan& plan) {
  const uint64 changed = tables_changed_;
  if (plan.owner_checked == changed) return;
  plan.topic_owner = plan.outputs == nullptr ? plan.as : owners_.owner_of(plan);
  plan.owner_checked = changed;
}

void PlanCache::relation_changed(Oid relid) {
  ++changes_;
  ++tables_changed_;
  owners_.relation_changed(relid);
  invalidate(relid);
}

// What a publication says of tables changes neither their names nor which there are.
void PlanCache::publication_changed() {
  ++changes_;
  ++tables_changed_;
  invalidate(InvalidOid);
}

void PlanCache::invalidate(Oid relid) {
  if (OidIsValid(relid)) {
    const auto* entry = static_cast<const Entry*>(hash_search(entries_, &relid, HASH_FIND, nullptr));
    if (entry != nullptr && entry->plan != nullptr) entry->plan->stale = true;
    if (!has_partitions_ && !has_row_types_) return;
  }
  HASH_SEQ_STATUS scan;
  hash_seq_init(&scan, entries_);
  while (const auto* entry = static_cast<const Entry*>(hash_seq_search(&scan))) {
    if (entry->plan == nullptr) continue;
    const std::span<const Oid> types = entry->plan->row_types;
    if (!OidIsValid(relid) || entry->plan->as == relid || std::find(types.begin(), types.end(), relid) != types.end()) {
      entry->plan->stale = true;
    }
  }
}

void PlanCache::type_changed(uint32 hash) {
  ++changes_;
  HASH_SEQ_STATUS scan;
  hash_seq_init(&scan, entries_);
  while (const auto* entry = static_cast<const Entry*>(hash_seq_search(&scan))) {
    if (entry->plan == nullptr) continue;
    for (uint32 type : entry->plan->type_hashes) {
      if (hash == 0 || hash == type) entry->plan->stale = true;
    }
  }
}

void PlanCache::namespace_changed(uint32 hash) {
  ++changes_;
  ++tables_changed_;
  owners_.relation_changed(InvalidOid);
  HASH_SEQ_STATUS scan;
  hash_seq_init(&scan, entries_);
  while (const auto* entry = static_cast<const Entry*>(hash_seq_search(&scan))) {
    if (entry->plan != nullptr && (hash == 0 || entry->plan->namespace_hash == hash)) entry->plan->stale = true;
  }
}

void PlanCache::enum_changed() {
  ++changes_;
  HASH_SEQ_STATUS scan;
  hash_seq_init(&scan, entries_);
  while (const auto* entry = static_cast<const Entry*>(hash_seq_search(&scan))) {
    if (entry->plan != nullptr && entry->plan->has_enum) entry->plan->stale = true;
  }
}

}  // namespace penstock
