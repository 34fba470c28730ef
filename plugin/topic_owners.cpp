#include "plugin/topic_owners.h"

#include "plugin/compat.h"
#include "plugin/encoding.h"
#include "plugin/record_drafts.h"
#include "plugin/topic.h"

namespace penstock {

namespace {

constexpr size_t kChangedMax = 256;   // beyond it all names are read again
constexpr size_t kAddedMax = 100000;  // 4 MB of index

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
  if (!complete_ || added_ > kAddedMax) read_all();
  read_changed();
  ScratchScope scratch(scratch_);
  // In the server's encoding, as the index.
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(plan.as));
  if (!HeapTupleIsValid(tuple)) return plan.as;
  const FormData_pg_class form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  const char* schema = get_namespace_name(form.relnamespace);
  if (schema == nullptr) return plan.as;
  const uint64 hash = hash_of_names(schema, NameStr(form.relname));
  const Bucket* bucket = buckets_.find(hash, [hash](const Bucket& known) { return known.hash == hash; });
  if (bucket == nullptr) return plan.as;
  Oid owner = plan.as;
  for (Oid other : bucket->tables) {
    if (other < owner && meets(plan, other, hash)) owner = other;
  }
  return owner;
}

void TopicOwners::read_all() {
  MemoryContextReset(context_);
  buckets_ = HashTable<Bucket>();
  changed_ = Array<Oid>();
  reading_ = Array<Oid>();
  added_ = 0;
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
  for (Oid known : bucket->tables) {
    if (known == relid) return;
  }
  bucket->tables.add(relid);
  ++added_;
}

// Of the topic before topic.regex and transforms.
uint64 TopicOwners::hash_of_names(const char* schema, const char* table) const {
  const std::string_view name = plain_topic(*options_, naming_.server, to_utf8(schema), to_utf8(table));
  return hash_of(without_dots(name), 0);
}

// Whether `other` is captured and its records have the topic of `plan`, or one that Kafka holds equal, and nobody has
// asked for that. `hash` is of the names of `plan`.
bool TopicOwners::meets(const Plan& plan, Oid other, uint64 hash) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(other));
  if (!HeapTupleIsValid(tuple)) return false;
  const FormData_pg_class form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  const char* schema = get_namespace_name(form.relnamespace);
  if (schema == nullptr || hash_of_names(schema, NameStr(form.relname)) != hash) return false;
  const std::string_view theirs = topic_of(other, false);
  const std::string_view ours = topic_of(plan.as, false);
  if (theirs.empty() || without_dots(theirs) != without_dots(ours)) return false;
  if (theirs != ours) return true;
  // Would they meet also if their names could not be mistaken for each other?
  return topic_of(other, true) != topic_of(plan.as, true);
}

const char* qualified_name(Oid relid) {
  const char* schema = get_namespace_name(get_rel_namespace(relid));
  const char* table = get_rel_name(relid);
  return psprintf("%s.%s", schema == nullptr ? "?" : schema, table == nullptr ? "?" : table);
}

// Of the records of a table's rows, after transforms; empty if it is not captured under its own name, or rows decide
// it.
std::string_view TopicOwners::topic_of(Oid relid, bool distinct) {
  Relation relation = RelationIdGetRelation(relid);
  if (!RelationIsValid(relation)) return {};
  Naming naming = naming_;
  naming.distinct = distinct;
  uint32 next_id = 1;
  bool told = true;
  const Plan* plan = build_plan(relation, *options_, naming, use_, &next_id, nullptr, told);
  RelationClose(relation);
  if (plan->outputs == nullptr || plan->as != relid) return {};
  if (options_->chain.empty()) return plan->topic;
  const Output* output = plan->outputs->constant(static_cast<size_t>(Variant::kCreate));
  if (output == nullptr || output->dropped) return {};
  return output->definition->relation.topic;
}

}  // namespace penstock
