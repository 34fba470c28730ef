#include "plugin/plan.h"

#include "plugin/compat.h"
#include "plugin/encoding.h"
#include "plugin/key_columns.h"
#include "plugin/publication.h"
#include "plugin/topic.h"
#include "wire/frame.h"

namespace penstock {

namespace {

// pgoutput's rule (is_publishable_class), without roots of partitioned tables: changes come for their leaves.
bool is_publishable(Relation relation) {
  const FormData_pg_class& form = *relation->rd_rel;
  return form.relkind == RELKIND_RELATION && form.relpersistence == RELPERSISTENCE_PERMANENT &&
         RelationGetRelid(relation) >= FirstNormalObjectId && !IsCatalogRelation(relation);
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

void tell_missing_publication(const Options& options, bool& told) {
  if (told) return;
  told = true;
  ereport(WARNING, errcode(ERRCODE_UNDEFINED_OBJECT),
          errmsg("publication \"%s\" does not exist: every table is published", options.publication.data()),
          errhint("Create it, or leave out publication.name."));
}

Row palloc_row(size_t attributes) {
  Row row;
  row.values = palloc_span<Datum>(attributes).data();
  row.nulls = palloc_span<bool>(attributes).data();
  row.states = palloc_span<State>(attributes).data();
  return row;
}

class Builder {
 public:
  Builder(Relation relation, const Options& options, PlanUse use)
      : relation_(relation), descriptor_(RelationGetDescr(relation)), options_(options), use_(use) {}

  Plan* build(std::string_view prefix, std::string_view headers, uint32 id, bool& told) {
    plan_ = palloc_one<Plan>();
    plan_->relid = RelationGetRelid(relation_);
    if (OidIsValid(relation_->rd_rel->relrewrite)) {
      plan_->rewritten = relation_->rd_rel->relrewrite;
      return plan_;
    }
    if (!is_publishable(relation_)) return plan_;
    name_table();
    const Published published = published_by(options_.publication, relation_);
    if (!published.found) tell_missing_publication(options_, told);
    plan_->published = operations(published.insert, published.update, published.remove, published.truncate);
    const uint8_t unskipped =
        operations(!options_.skip_create, !options_.skip_update, !options_.skip_delete, !options_.skip_truncate);
    // The connector makes its publication without operations that are skipped explicitly.
    if (options_.skip_is_explicit && (options_.publication.empty() || !published.found)) {
      plan_->published &= unskipped;
    }
    if (!published.any() || !is_selected()) return plan_;
    plan_->captured = plan_->published & unskipped;
    plan_->captured |= bit_of(Operation::kRewrite);
    plan_->full_identity = relation_->rd_rel->relreplident == REPLICA_IDENTITY_FULL;
    build_columns(published.columns);
    build_identity();
    build_dependencies();
    build_texts(prefix, headers, id);
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

  bool is_selected() const {
    if (options_.ignore_builtin && is_builtin(schema_, table_)) return false;
    return options_.schemas.passes(schema_) && options_.tables.passes(name_);
  }

  // Generated columns are not in the stream, as with pgoutput, but in snapshots.
  bool is_in_value(const FormData_pg_attribute& attribute, const Bitmapset* published) const {
    if (attribute.attisdropped) return false;
    if (is_generated(attribute) && use_ == PlanUse::kStream) return false;
    if (published != nullptr && !bms_is_member(attribute.attnum, published)) return false;
    return options_.columns.passes(psprintf("%s.%s", name_, NameStr(attribute.attname)));
  }

  void build_columns(const Bitmapset* published) {
    const size_t attributes = static_cast<size_t>(descriptor_->natts);
    std::span<Column> columns = palloc_span<Column>(attributes);
    size_t count = 0;
    for (size_t i = 0; i < attributes; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, static_cast<int>(i));
      if (!is_in_value(attribute, published)) continue;
      if (prepare_column(columns[count], relation_, attribute.attnum, options_.values)) {
        ++count;
      } else {
        ereport(DEBUG1, errmsg_internal("column \"%s.%s\" is left out: type %s has no form in records", name_,
                                        NameStr(attribute.attname), columns[count].type_name));
        columns[count] = Column{};
      }
    }
    plan_->columns = columns.first(count);
    const Array<AttrNumber> key = key_columns(relation_, name_, options_);
    std::span<Column> keys = palloc_span<Column>(key.size());
    count = 0;
    for (AttrNumber attnum : key) {
      if (prepare_column(keys[count], relation_, attnum, options_.key_values)) {
        ++count;
      } else {
        keys[count] = Column{};
      }
    }
    plan_->keys = keys.first(count);
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
    const Bitmapset* columns = identity_columns(relation_);
    int member = -1;
    while ((member = bms_next_member(columns, member)) >= 0) {
      const int attnum = member + FirstLowInvalidHeapAttributeNumber;
      if (attnum > 0) plan_->in_identity[static_cast<size_t>(attnum - 1)] = true;
    }
  }

  // A change of a type that a column is made of reaches us by the type's hash value only.
  void add_type(Array<uint32>& hashes, Oid type) {
    while (OidIsValid(type)) {
      hashes.add(GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type)));
      HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
      if (!HeapTupleIsValid(tuple)) return;
      const FormData_pg_type form = *reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
      ReleaseSysCache(tuple);
      if (form.typtype == TYPTYPE_ENUM) plan_->has_enum = true;
      type = form.typtype == TYPTYPE_DOMAIN ? form.typbasetype : form.typelem;
    }
  }

  void build_dependencies() {
    Array<uint32> hashes;
    for (int i = 0; i < descriptor_->natts; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, i);
      if (!attribute.attisdropped) add_type(hashes, attribute.atttypid);
    }
    plan_->type_hashes = {hashes.begin(), hashes.size()};
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

  void build_texts(std::string_view prefix, std::string_view headers, uint32 id) {
    const Topic topic = table_topic(options_, prefix, plan_->schema, plan_->table);
    plan_->topic = topic.name;
    plan_->unrouted_topic = topic.unrouted;
    plan_->topic_changed = topic.changed;

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
    plan_->collection = palloc_copy(json.view());
    json.clear();

    wire::Relation relation;
    relation.id = id;
    relation.oid = plan_->relid;
    relation.shape = shape();
    relation.kind = wire::RelationKind::kTable;
    relation.topic = plan_->topic;
    relation.schema = plan_->schema;
    relation.table = plan_->table;
    relation.headers = headers;
    wire::write_relation(json, relation);
    plan_->definition.id = id;
    plan_->definition.record = json.view();
  }

  Relation relation_;
  TupleDesc descriptor_;
  const Options& options_;
  PlanUse use_;
  Plan* plan_ = nullptr;
  std::string_view schema_;  // in the server's encoding
  std::string_view table_;
  const char* name_ = nullptr;
};

}  // namespace

Plan* build_plan(Relation relation, const Options& options, std::string_view prefix, std::string_view headers,
                 PlanUse use, uint32 id, bool& told) {
  return Builder(relation, options, use).build(prefix, headers, id, told);
}

}  // namespace penstock
