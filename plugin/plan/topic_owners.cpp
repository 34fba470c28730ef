#include "plugin/plan/topic_owners.h"

#include "plugin/pg/compat.h"
#include "plugin/plan/topic.h"
#include "plugin/record/record_drafts.h"
#include "plugin/record/service_records.h"
#include "plugin/text/encoding.h"

namespace penstock {

namespace {

constexpr size_t kChangedMax = 256;    // beyond it all names are read again
constexpr size_t kOldNamesMin = 1000;  // and as many as there are tables: more of them are forgotten

bool has_topic(const FormData_pg_class& form) {
  const bool is_table = form.relkind == RELKIND_RELATION || form.relkind == RELKIND_PARTITIONED_TABLE;
  return is_table && form.oid >= FirstNormalObjectId && form.relpersistence != RELPERSISTENCE_TEMP &&
         !OidIsValid(form.relrewrite);
}

// As Kafka's metrics have it.
std::string_view without_dots(std::string_view topic) {
  const std::string_view copy = palloc_copy(topic);
  std::replace(const_cast<char*>(copy.begin()), const_cast<char*>(copy.end()), '.', '_');
  return copy;
}

}  // namespace

void TopicOwners::open(const Options& options, const Naming& naming, PlanUse use) {
  options_ = &options;
  naming_ = naming;
  use_ = use;
  context_ = AllocSetContextCreate(CurrentMemoryContext, "penstock topics", ALLOCSET_DEFAULT_SIZES);
  scratch_ = AllocSetContextCreate(CurrentMemoryContext, "penstock topics scratch", ALLOCSET_SMALL_SIZES);
  if (!options.transactions && !options.heartbeats) return;
  uint32 next_id = 1;
  Outputs& service = *service_outputs(options, naming, &next_id);
  if (options.transactions) add_own(service, static_cast<size_t>(ServiceRecord::kBegin));
  if (options.heartbeats) add_own(service, static_cast<size_t>(ServiceRecord::kHeartbeat));
}

void TopicOwners::add_own(Outputs& service, size_t record) {
  Topics topics;
  topics.before = record == static_cast<size_t>(ServiceRecord::kBegin) ? transaction_topic(*options_, naming_.server)
                                                                       : heartbeat_topic(*options_, naming_.server);
  const Output* output = service.constant(record);
  topics.by_rows = output == nullptr;
  topics.captured = topics.by_rows || !output->dropped;
  if (output != nullptr && topics.captured) topics.after = output->definition->relation.topic;
  own_.add(topics);
}

bool TopicOwners::is_own(const Plan& plan) const {
  for (const Topics& own : own_) {
    if (!own.captured || without_dots(own.before) != without_dots(plan.topic)) continue;
    const Topics ours = topics_of_plan(plan);
    if (!ours.captured) continue;
    if (own.by_rows || ours.by_rows || without_dots(own.after) == without_dots(ours.after)) return true;
  }
  return false;
}

void TopicOwners::relation_changed(Oid relid) {
  if (!complete_) return;
  if (!OidIsValid(relid) || changed_.size() >= kChangedMax) {
    complete_ = false;
    return;
  }
  if (relid < FirstNormalObjectId) return;
  for (Oid known : changed_) {
    if (known == relid) return;
  }
  ContextScope scope(context_);
  changed_.add(relid);
}

Oid TopicOwners::owner_of(const Plan& plan) {
  if (!complete_ || names_ > names_max_) read_all();
  read_changed();
  ScratchScope scratch(scratch_);
  if (is_own(plan)) return InvalidOid;
  // In the server's encoding, as the index.
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(plan.as));
  if (!HeapTupleIsValid(tuple)) return plan.as;
  const FormData_pg_class form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  const char* schema = get_namespace_name(form.relnamespace);
  if (schema == nullptr) return plan.as;
  const uint64 hash = hash_of_names(schema, NameStr(form.relname));
  const Bucket* bucket = buckets_.find(hash, [hash](const Bucket& known) { return known.hash == hash; });
  if (bucket == nullptr || bucket->tables.size() < 2) return plan.as;
  const Oid owner = first_of(*bucket, plan.as, hash, PlanUse::kStream);
  if (OidIsValid(owner)) return owner;
  const Oid reader = use_ == PlanUse::kStream ? InvalidOid : first_of(*bucket, plan.as, hash, use_);
  return OidIsValid(reader) ? reader : plan.as;
}

// The oldest of those that are captured for `use` and meet `table`, or are it; InvalidOid: there is none.
Oid TopicOwners::first_of(const Bucket& bucket, Oid table, uint64 hash, PlanUse use) {
  const Topics ours = topics_of(table, false, use_);
  const bool takes_part = use == use_ || topics_of(table, false, use).captured;
  for (Oid other : bucket.tables) {
    if (takes_part && other >= table) break;
    if (other != table && meets_at(ours, table, other, hash, use)) return other;
  }
  return takes_part ? table : InvalidOid;
}

void TopicOwners::read_all() {
  MemoryContextReset(context_);
  buckets_ = HashTable<Bucket>();
  changed_ = Array<Oid>();
  reading_ = Array<Oid>();
  names_ = 0;
  complete_ = true;
  ScratchScope scratch(scratch_);
  Relation classes = table_open(RelationRelationId, AccessShareLock);
  SysScanDesc scan = systable_beginscan(classes, InvalidOid, false, nullptr, 0, nullptr);
  HeapTuple tuple;
  while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
    const FormData_pg_class& form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    if (!has_topic(form)) continue;
    const char* schema = get_namespace_name(form.relnamespace);
    if (schema != nullptr) add(form.oid, schema, NameStr(form.relname));
  }
  systable_endscan(scan);
  table_close(classes, AccessShareLock);
  names_max_ = 2 * names_ + kOldNamesMin;
}

// A table that this snapshot does not see yet stays to be read.
void TopicOwners::read_changed() {
  if (changed_.empty()) return;
  ScratchScope scratch(scratch_);
  std::swap(changed_, reading_);
  for (Oid relid : reading_) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
    if (!HeapTupleIsValid(tuple)) {
      relation_changed(relid);
      continue;
    }
    const FormData_pg_class form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    ReleaseSysCache(tuple);
    const char* schema = has_topic(form) ? get_namespace_name(form.relnamespace) : nullptr;
    if (schema != nullptr) add(form.oid, schema, NameStr(form.relname));
  }
  reading_.clear();
}

void TopicOwners::add(Oid relid, const char* schema, const char* table) {
  const uint64 hash = hash_of_names(schema, table);
  ContextScope scope(context_);
  Bucket* bucket = buckets_.find(hash, [hash](const Bucket& known) { return known.hash == hash; });
  if (bucket == nullptr) {
    bucket = palloc_one<Bucket>();
    bucket->hash = hash;
    buckets_.add(hash, bucket);
  }
  Oid* at = std::lower_bound(bucket->tables.begin(), bucket->tables.end(), relid);
  if (at != bucket->tables.end() && *at == relid) return;
  const auto place = at - bucket->tables.begin();
  bucket->tables.add(relid);
  std::rotate(bucket->tables.begin() + place, bucket->tables.end() - 1, bucket->tables.end());
  ++names_;
}

// Of the topic before topic.regex and transforms.
uint64 TopicOwners::hash_of_names(const char* schema, const char* table) const {
  const std::string_view name = plain_topic(*options_, naming_.server, to_utf8(schema), to_utf8(table));
  return hash_of(without_dots(name), 0);
}

// Whether `other` is captured for `use` and its records have the topic of `table`, which is `ours`, or one that Kafka
// holds equal, and nobody has asked for that. `hash` is of the names of `table`.
bool TopicOwners::meets_at(const Topics& ours, Oid table, Oid other, uint64 hash, PlanUse use) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(other));
  if (!HeapTupleIsValid(tuple)) return false;
  const FormData_pg_class form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  const char* schema = get_namespace_name(form.relnamespace);
  if (schema == nullptr || hash_of_names(schema, NameStr(form.relname)) != hash) return false;
  const Topics theirs = topics_of(other, false, use);
  if (!theirs.captured) return false;
  const bool by_rows = ours.by_rows || theirs.by_rows;
  const std::string_view our_topic = ours.of(by_rows);
  const std::string_view their_topic = theirs.of(by_rows);
  if (without_dots(their_topic) != without_dots(our_topic)) return false;
  if (their_topic != our_topic) return true;
  // Would they meet also if their names could not be mistaken for each other?
  return topics_of(other, true, use).of(by_rows) != topics_of(table, true, use_).of(by_rows);
}

TopicOwners::Topics TopicOwners::topics_of(Oid relid, bool distinct, PlanUse use) {
  Topics topics;
  Relation relation = RelationIdGetRelation(relid);
  if (!RelationIsValid(relation)) return topics;
  Naming naming = naming_;
  naming.distinct = distinct;
  uint32 next_id = 1;
  PublicationWatch watch;  // a missing publication is the stream's to tell
  const Plan* plan = build_plan(relation, *options_, naming, use, &next_id, nullptr, watch);
  RelationClose(relation);
  return plan->outputs == nullptr || plan->as != relid ? topics : topics_of_plan(*plan);
}

TopicOwners::Topics TopicOwners::topics_of_plan(const Plan& plan) const {
  Topics topics;
  topics.before = topics.after = plan.topic;
  topics.captured = true;
  if (options_->chain.empty()) return topics;
  const Output* output = plan.outputs->constant(static_cast<size_t>(Variant::kCreate));
  topics.by_rows = output == nullptr;
  if (topics.by_rows) return topics;
  topics.captured = !output->dropped;
  topics.after = output->definition->relation.topic;
  return topics;
}

const char* topic_owner_name(Oid owner) {
  return OidIsValid(owner) ? qualified_name(owner) : "the connector's transaction metadata or heartbeats";
}

const char* qualified_name(Oid relid) {
  const char* schema = get_namespace_name(get_rel_namespace(relid));
  const char* table = get_rel_name(relid);
  return psprintf("%s.%s", schema == nullptr ? "?" : schema, table == nullptr ? "?" : table);
}

}  // namespace penstock
