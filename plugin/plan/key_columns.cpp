#include "plugin/plan/key_columns.h"

namespace penstock {

namespace {

void add_once(Array<AttrNumber>& columns, AttrNumber attnum) {
  for (AttrNumber column : columns) {
    if (column == attnum) return;
  }
  columns.add(attnum);
}

Array<AttrNumber> columns_of_rules(Relation relation, std::string_view name, const Options& options) {
  Array<AttrNumber> columns;
  for (const Pattern& rule : options.keys) {
    for (int i = 0; i < RelationGetNumberOfAttributes(relation); ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(RelationGetDescr(relation), i);
      if (attribute.attisdropped) continue;
      const char* column = psprintf("%.*s.%s", static_cast<int>(name.size()), name.data(), NameStr(attribute.attname));
      if (rule.matches(column)) add_once(columns, attribute.attnum);
    }
  }
  return columns;
}

Array<AttrNumber> only(const Bitmapset* published, Array<AttrNumber> columns) {
  if (published == nullptr) return columns;
  Array<AttrNumber> left;
  for (AttrNumber column : columns) {
    if (bms_is_member(column, published)) left.add(column);
  }
  return left;
}

// An index that may give the key; `columns` is empty if it has an expression.
struct Candidate {
  Oid oid = InvalidOid;
  bool clustered = false;
  NameData name{};
  Array<AttrNumber> columns;

  // pgjdbc lists clustered indexes before others, then by name.
  bool before(const Candidate& other) const {
    if (clustered != other.clustered) return clustered;
    return strncmp(NameStr(name), NameStr(other.name), NAMEDATALEN) < 0;
  }
};

Array<AttrNumber> columns_of_index(const FormData_pg_index& index, int count) {
  Array<AttrNumber> columns;
  for (int i = 0; i < count; ++i) {
    const AttrNumber attnum = index.indkey.values[i];
    if (attnum <= 0) return {};
    add_once(columns, attnum);
  }
  return columns;
}

bool name_of_relation(Oid oid, NameData& name) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
  if (!HeapTupleIsValid(tuple)) return false;
  name = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relname;
  ReleaseSysCache(tuple);
  return true;
}

}  // namespace

Bitmapset* identity_columns(Relation relation) {
  const Oid index = RelationGetReplicaIndex(relation);
  if (!OidIsValid(index)) return nullptr;
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  const auto& form = *reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  Bitmapset* columns = nullptr;
  for (int i = 0; i < form.indnkeyatts; ++i) {
    columns = bms_add_member(columns, form.indkey.values[i] - FirstLowInvalidHeapAttributeNumber);
  }
  ReleaseSysCache(tuple);
  return columns;
}

Array<AttrNumber> key_columns(Relation relation, std::string_view name, const Options& options,
                              const Bitmapset* published) {
  Array<AttrNumber> of_rules = only(published, columns_of_rules(relation, name, options));
  if (!of_rules.empty()) return of_rules;
  Candidate best;
  ListCell* cell;
  foreach (cell, RelationGetIndexList(relation)) {
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    const FormData_pg_index index = *reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    const auto* full = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));  // indkey has its columns behind it
    Candidate candidate;
    candidate.oid = index.indexrelid;
    candidate.clustered = index.indisclustered;
    const bool usable = index.indisunique && index.indisvalid;
    if (usable) candidate.columns = columns_of_index(*full, index.indisprimary ? index.indnkeyatts : index.indnatts);
    ReleaseSysCache(tuple);
    if (!usable || candidate.columns.empty()) continue;
    if (index.indisprimary) return only(published, std::move(candidate.columns));
    if (!name_of_relation(candidate.oid, candidate.name)) continue;
    if (best.columns.empty() || candidate.before(best)) best = std::move(candidate);
  }
  return only(published, std::move(best.columns));
}

}  // namespace penstock
