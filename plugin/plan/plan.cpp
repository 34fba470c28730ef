#include "plugin/plan/plan.h"

#include "plugin/pg/compat.h"
#include "plugin/plan/key_columns.h"
#include "plugin/plan/publication.h"
#include "plugin/plan/topic.h"
#include "plugin/record/header_columns.h"
#include "plugin/record/record_drafts.h"
#include "plugin/text/encoding.h"

namespace penstock {

namespace {

bool is_users_table(Relation relation) {
  const char kind = relation->rd_rel->relkind;
  return (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
         RelationGetRelid(relation) >= FirstNormalObjectId && !IsCatalogRelation(relation);
}

// What a snapshot may read: other sessions' temporary tables it cannot.
bool is_readable(Relation relation) {
  return is_users_table(relation) && relation->rd_rel->relpersistence != RELPERSISTENCE_TEMP;
}

bool is_builtin(std::string_view schema, std::string_view table) {
  return schema == "pg_catalog" || schema == "information_schema" || schema.starts_with("pg_temp") ||
         schema.starts_with("pg_toast") || table == "spatial_ref_sys";
}

uint8_t operations(bool create, bool update, bool remove, bool truncate) {
  return static_cast<uint8_t>((create ? bit_of(Operation::kCreate) : 0) | (update ? bit_of(Operation::kUpdate) : 0) |
                              (remove ? bit_of(Operation::kDelete) : 0) |
                              (truncate ? bit_of(Operation::kTruncate) : 0));
}

Row palloc_row(size_t attributes) {
  Row row;
  row.values = palloc_span<Datum>(attributes).data();
  row.nulls = palloc_span<bool>(attributes).data();
  row.states = palloc_span<State>(attributes).data();
  return row;
}

// Operations that come for `relation`, if it is published. Rows of a partitioned table come for its leaves, which are
// tables of their own unless they are published as their root; a TRUNCATE is then told for the root alone.
uint8_t published_operations(Relation relation, const Published& published) {
  const bool as_itself = published.as == RelationGetRelid(relation);
  const bool partitioned = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
  if (partitioned && !(published.via_root && as_itself)) return 0;
  return operations(published.insert, published.update, published.remove, published.truncate && as_itself);
}

// From the columns of `leaf` to those of `root`, by name; empty if they are laid out alike.
std::span<int> map_columns(TupleDesc leaf, TupleDesc root) {
  const std::span<int> from = palloc_span<int>(static_cast<size_t>(root->natts));
  bool alike = leaf->natts == root->natts;
  for (int i = 0; i < root->natts; ++i) {
    from[static_cast<size_t>(i)] = -1;
    const FormData_pg_attribute& wanted = *TupleDescAttr(root, i);
    if (wanted.attisdropped) continue;
    for (int j = 0; j < leaf->natts; ++j) {
      const FormData_pg_attribute& found = *TupleDescAttr(leaf, j);
      if (found.attisdropped || strcmp(NameStr(found.attname), NameStr(wanted.attname)) != 0) continue;
      from[static_cast<size_t>(i)] = j;
    }
    alike = alike && from[static_cast<size_t>(i)] == i;
  }
  return alike ? std::span<int>() : from;
}

// What a plan's records are made from when they are compiled.
struct RowDrafts {
  const Plan* plan = nullptr;
  const Options* options = nullptr;
  std::span<const HeaderNode> headers;
};

// The tombstone after a delete has one header list with it, until a transform makes a record of its own.
void share_headers(const RowDrafts& drafts, Variant variant, Draft& tombstone) {
  if (drafts.options->chain.empty()) return;
  Draft deleted = row_draft(*drafts.plan, *drafts.options, drafts.headers,
                            variant == Variant::kTombstone ? Variant::kDelete : Variant::kDeleteMoved);
  deleted.shared_headers = &tombstone.headers;
  Answers none({});
  static_cast<void>(drafts.options->chain.apply(deleted, none));
}

Draft make_row_draft(const void* owner, size_t kind) {
  const auto& drafts = *static_cast<const RowDrafts*>(owner);
  const auto variant = static_cast<Variant>(kind);
  Draft draft = row_draft(*drafts.plan, *drafts.options, drafts.headers, variant);
  if (is_tombstone(variant)) share_headers(drafts, variant, draft);
  return draft;
}

class Builder {
 public:
  // `source`: whose tuples come. `relation`: as which it is published; the same, or the root of a partition.
  Builder(Relation source, Relation relation, const Options& options, PlanUse use)
      : source_(source), relation_(relation), descriptor_(RelationGetDescr(relation)), options_(options), use_(use) {}

  Plan* build(Published& published, const Naming& naming, uint32* next_id, const Plan* before,
              PublicationWatch& watch) {
    plan_ = palloc_one<Plan>();
    plan_->relid = RelationGetRelid(source_);
    plan_->as = RelationGetRelid(relation_);
    name_table();
    const bool selected = is_selected(relation_, options_);
    const bool told = before != nullptr && before->captured == 0;
    watch.apply(published, {relation_, selected, told});
    plan_->published = published_operations(source_, published);
    const uint8_t unskipped =
        operations(!options_.skip_create, !options_.skip_update, !options_.skip_delete, !options_.skip_truncate);
    // The connector makes its publication without operations that are skipped explicitly.
    if (options_.skip_is_explicit && (options_.publication.empty() || !published.found)) {
      plan_->published &= unskipped;
    }
    // A snapshot reads a partition with its root, if that is what it is published as.
    const bool elsewhere = use_ == PlanUse::kSnapshot && plan_->as != plan_->relid;
    if (published_operations(source_, published) == 0 || elsewhere || !selected) return plan_;
    plan_->skipped = static_cast<uint8_t>(~unskipped);
    plan_->captured = plan_->published & unskipped;
    plan_->captured |= bit_of(Operation::kRewrite);
    // A row filter makes inserts and deletes of updates.
    const bool becomes = !plan_->skips(Operation::kCreate) || !plan_->skips(Operation::kDelete);
    if (published.filter != nullptr && becomes && plan_->publishes(Operation::kUpdate)) {
      plan_->captured |= bit_of(Operation::kUpdate);
    }
    plan_->full_identity = source_->rd_rel->relreplident == REPLICA_IDENTITY_FULL;
    if (plan_->as != plan_->relid) build_map();
    build_columns(published);
    if (published.filter != nullptr) {
      plan_->filter = RowFilter::prepare({published.filter, options_.publication.data(), name_}, descriptor_);
    }
    build_identity();
    build_dependencies();
    build_texts(naming);
    build_outputs(naming, next_id, before);
    const size_t attributes = static_cast<size_t>(descriptor_->natts);
    plan_->old_row = palloc_row(attributes);
    plan_->new_row = palloc_row(attributes);
    return plan_;
  }

 private:
  void name_table() {
    const char* schema = get_namespace_name(RelationGetNamespace(relation_));
    schema_ = schema == nullptr ? "" : schema;
    table_ = palloc_copy(RelationGetRelationName(relation_));
    name_ = psprintf("%s.%s", schema_.data(), table_.data());
    plan_->schema = to_utf8(schema_);
    plan_->table = to_utf8(table_);
    plan_->namespace_hash = GetSysCacheHashValue1(NAMESPACEOID, ObjectIdGetDatum(RelationGetNamespace(relation_)));
  }

  // logicalrep_should_publish_column(). Generated columns are in snapshots in any case.
  bool is_in_value(const FormData_pg_attribute& attribute, const Published& published) const {
    if (attribute.attisdropped) return false;
    if (published.columns != nullptr) {
      if (!bms_is_member(attribute.attnum, published.columns)) return false;
    } else if (is_generated(attribute) && use_ == PlanUse::kStream && !published.generated) {
      return false;
    }
    if (is_virtual_generated(attribute) && use_ == PlanUse::kStream) return false;
    return options_.columns.passes(psprintf("%s.%s", name_, NameStr(attribute.attname)));
  }

  void mask(Column& column, const char* name) const {
    if (options_.masks.empty()) return;
    mask_column(column, {options_.masks.begin(), options_.masks.size()}, name_, name,
                source_type_of(column, relation_, use_ == PlanUse::kSnapshot));
  }

  void build_columns(const Published& published) {
    const size_t attributes = static_cast<size_t>(descriptor_->natts);
    std::span<Column> columns = palloc_span<Column>(attributes);
    size_t count = 0;
    StructFields value_fields;
    for (size_t i = 0; i < attributes; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, static_cast<int>(i));
      if (!is_in_value(attribute, published)) continue;
      if (prepare_column(columns[count], relation_, attribute.attnum, options_.values, value_fields)) {
        mask(columns[count], NameStr(attribute.attname));
        ++count;
      } else {
        ereport(DEBUG1, errmsg_internal("column \"%s.%s\" is left out: type %s has no form in records", shown(name_),
                                        shown(NameStr(attribute.attname)), shown(columns[count].type_name)));
        columns[count] = Column{};
      }
    }
    plan_->columns = columns.first(count);
    const Array<AttrNumber> key = key_columns(relation_, name_, options_, published.columns);
    std::span<Column> keys = palloc_span<Column>(key.size());
    count = 0;
    StructFields key_fields;
    for (AttrNumber attnum : key) {
      if (prepare_column(keys[count], relation_, attnum, options_.key_values, key_fields)) {
        ++count;
      } else {
        keys[count] = Column{};
      }
    }
    plan_->keys = keys.first(count);
    plan_->header_keys = palloc_span<Column>(count);
    for (size_t i = 0; i < count; ++i) plan_->header_keys[i] = header_column(keys[i]);
    build_toastable();
  }

  void build_toastable() {
    Array<AttrNumber> toastable;
    for (int i = 0; i < descriptor_->natts; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, i);
      if (!attribute.attisdropped && attribute.attlen == -1) toastable.add(attribute.attnum);
    }
    plan_->toastable = {toastable.begin(), toastable.size()};
  }

  void build_identity() {
    plan_->in_identity = palloc_span<bool>(static_cast<size_t>(descriptor_->natts));
    if (plan_->full_identity) return;
    const Bitmapset* columns = identity_columns(source_);
    for (size_t i = 0; i < plan_->in_identity.size(); ++i) {
      const int place = plan_->from.empty() ? static_cast<int>(i) : plan_->from[i];
      plan_->in_identity[i] = place >= 0 && bms_is_member(place + 1 - FirstLowInvalidHeapAttributeNumber, columns);
    }
  }

  void build_map() {
    plan_->from = map_columns(RelationGetDescr(source_), descriptor_);
    if (!plan_->from.empty()) plan_->partition_row = palloc_row(static_cast<size_t>(RelationGetDescr(source_)->natts));
  }

  // Attributes that are added or renamed reach us by the type's relation.
  void add_row_type(Array<uint32>& hashes, Oid type, Oid relation, int nesting) {
    if (std::find(row_types_.begin(), row_types_.end(), relation) != row_types_.end()) return;
    row_types_.add(relation);
    TupleDesc attributes = lookup_rowtype_tupdesc_copy(type, -1);
    for (int i = 0; i < attributes->natts; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(attributes, i);
      if (!attribute.attisdropped) add_type(hashes, attribute.atttypid, nesting + 1);
    }
    FreeTupleDesc(attributes);
  }

  // A change of a type that a column is made of reaches us by the type's hash value only.
  void add_type(Array<uint32>& hashes, Oid type, int nesting) {
    constexpr int kNestingMax = 200;  // far beyond what may be a struct
    while (OidIsValid(type)) {
      hashes.add(GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type)));
      HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
      if (!HeapTupleIsValid(tuple)) return;
      const FormData_pg_type form = *reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
      ReleaseSysCache(tuple);
      if (form.typtype == TYPTYPE_ENUM) plan_->has_enum = true;
      if (form.typtype == TYPTYPE_COMPOSITE && options_.values.composite_struct && nesting < kNestingMax)
        add_row_type(hashes, type, form.typrelid, nesting);
      type = form.typtype == TYPTYPE_DOMAIN ? form.typbasetype : form.typelem;
    }
  }

  void build_dependencies() {
    Array<uint32> hashes;
    for (int i = 0; i < descriptor_->natts; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, i);
      if (!attribute.attisdropped) add_type(hashes, attribute.atttypid, 0);
    }
    plan_->type_hashes = {hashes.begin(), hashes.size()};
    plan_->row_types = {row_types_.begin(), row_types_.size()};
  }

  uint32 shape() const {  // FNV-1a
    uint32 hash = 2166136261U;
    const auto mix = [&hash](const void* bytes, size_t size) {
      for (size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<const uint8*>(bytes)[i]) * 16777619U;
    };
    for (const Column& column : plan_->columns) {
      mix(column.name.data(), column.name.size());
      mix(&column.type, sizeof column.type);
      mix(&column.typmod, sizeof column.typmod);
      mix(&column.nullable, sizeof column.nullable);
    }
    return hash;
  }

  void build_texts(const Naming& naming) {
    plan_->server = naming.server;
    plan_->database = naming.database;
    const auto topic_of = naming.distinct ? distinct_topic : table_topic;
    plan_->topic = topic_of(options_, naming.server, plan_->schema, plan_->table);

    JsonWriter json;
    json.open(CurrentMemoryContext, 256);
    json.append_string(plan_->schema);
    json.append(",\"table\":");
    json.append_string(plan_->table);
    json.append(",\"txId\":");
    plan_->source_names = palloc_copy(json.view());
    json.clear();
    json.append_escaped(plan_->schema);
    json.append('.');
    json.append_escaped(plan_->table);
    plan_->collection = json.view();
  }

  void build_outputs(const Naming& naming, uint32* next_id, const Plan* before) {
    RowDrafts* drafts = palloc_one<RowDrafts>();
    *drafts = {plan_, &options_, naming.headers};
    Outputs::Facts facts;
    facts.options = &options_;
    facts.make = make_row_draft;
    facts.owner = drafts;
    facts.next_id = next_id;
    facts.relation.oid = plan_->as;
    facts.relation.shape = shape();
    facts.relation.kind = wire::RelationKind::kTable;
    facts.relation.schema = plan_->schema;
    facts.relation.table = plan_->table;
    plan_->outputs = palloc_one<Outputs>();
    plan_->outputs->open(facts);
    if (before != nullptr && before->outputs != nullptr) plan_->outputs->inherit(*before->outputs);
  }

  Relation source_;
  Relation relation_;
  TupleDesc descriptor_;
  const Options& options_;
  PlanUse use_;
  Plan* plan_ = nullptr;
  Array<Oid> row_types_;
  std::string_view schema_;  // in the server's encoding
  std::string_view table_;
  const char* name_ = nullptr;
};

// The topmost table that `relation` is a partition of, or is itself, which the lists name: what a publication for these
// lists publishes partitions as. It is made only after the tables of a snapshot are known.
Oid topmost_selected(Relation relation, const Options& options) {
  Oid topmost = RelationGetRelid(relation);
  List* ancestors = relation->rd_rel->relispartition ? get_partition_ancestors(topmost) : NIL;
  ListCell* cell;
  foreach (cell, ancestors) {
    Relation ancestor = RelationIdGetRelation(lfirst_oid(cell));
    if (!RelationIsValid(ancestor)) continue;
    if (is_selected(ancestor, options)) topmost = RelationGetRelid(ancestor);
    RelationClose(ancestor);
  }
  return topmost;
}

}  // namespace

// is_publishable_class()
bool is_publishable(Relation relation) {
  return is_users_table(relation) && relation->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT;
}

bool is_selected(Relation relation, const Options& options) {
  const char* found = get_namespace_name(RelationGetNamespace(relation));
  const char* schema = found == nullptr ? "" : found;
  const char* table = RelationGetRelationName(relation);
  if (options.ignore_builtin && is_builtin(schema, table)) return false;
  return options.schemas.passes(schema) && options.tables.passes(psprintf("%s.%s", schema, table));
}

Plan* build_plan(Relation relation, const Options& options, const Naming& naming, PlanUse use, uint32* next_id,
                 const Plan* before, PublicationWatch& watch) {
  const Oid rewritten = relation->rd_rel->relrewrite;
  const bool can_be_used = use == PlanUse::kSnapshot ? is_readable(relation) : is_publishable(relation);
  if (OidIsValid(rewritten) || !can_be_used) {
    Plan* plan = palloc_one<Plan>();
    plan->relid = plan->as = RelationGetRelid(relation);
    plan->rewritten = rewritten;
    return plan;
  }
  Published published = published_by(options.publication, options.via_root, relation);
  const bool free = options.publication.empty() || !published.found;
  if (free && options.via_root && options.publication_filtered) published.as = topmost_selected(relation, options);
  if (use == PlanUse::kSnapshot) {
    published.via_root = published.via_root && published.member;
    published.insert = published.update = published.remove = published.truncate = true;
    published.columns = nullptr;
    published.filter = nullptr;
  }
  if (published.as == RelationGetRelid(relation)) {
    return Builder(relation, relation, options, use).build(published, naming, next_id, before, watch);
  }
  Relation root = RelationIdGetRelation(published.as);  // without a lock, as pgoutput
  if (!RelationIsValid(root)) elog(ERROR, "could not open relation with OID %u", published.as);
  Plan* plan = Builder(relation, root, options, use).build(published, naming, next_id, before, watch);
  RelationClose(root);
  return plan;
}

}  // namespace penstock
