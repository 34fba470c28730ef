// penstock.capture_findings(): where the options and the publication mean that a captured table is not streamed, or
// that a column leaves the server in a key although something keeps it out of the value. As of now: the relay warns of
// it at a start.
#include "plugin/options/option_values.h"
#include "plugin/pg/compat.h"
#include "plugin/pg/set_result.h"
#include "plugin/plan/key_columns.h"
#include "plugin/plan/plan.h"
#include "plugin/plan/publication.h"
#include "plugin/text/encoding.h"

#pragma GCC visibility push(default)
extern "C" {
PG_FUNCTION_INFO_V1(penstock_capture_findings);
}
#pragma GCC visibility pop

namespace penstock {

namespace {

class Finder {
 public:
  Finder(const Options& options, Tuplestorestate* store, TupleDesc descriptor)
      : options_(options), store_(store), descriptor_(descriptor) {}

  void look(Relation relation) {
    const bool is_unlogged = relation->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED;
    if (!is_publishable(relation) && !is_unlogged) return;
    if (!is_selected(relation, options_)) return;
    if (!has_utf8_form(name_of(relation))) put("name not UTF-8", relation, nullptr);
    if (is_unlogged) return put("unlogged", relation, nullptr);
    const Published published = published_by(options_.publication, options_.via_root, relation);
    const bool as_itself = published.as == RelationGetRelid(relation);
    // A partitioned table that is not published as itself stands for partitions, which are looked at one by one.
    if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE && !(published.via_root && as_itself)) return;
    if (published.found && !options_.publication.empty()) {
      if (!published.any()) put("not published", relation, nullptr);
      if (!as_itself && !is_relid_selected(published.as)) put("published as root", relation, nullptr);
    }
    if (as_itself) look_at_key(relation, published.columns);
  }

 private:
  bool is_relid_selected(Oid relid) const {
    Relation relation = RelationIdGetRelation(relid);
    if (!RelationIsValid(relation)) return false;
    const bool selected = is_selected(relation, options_);
    RelationClose(relation);
    return selected;
  }

  bool is_masked(const char* column) const {
    return std::any_of(options_.masks.begin(), options_.masks.end(), [column](const MaskRule& rule) {
      const bool masks = rule.kind != MaskRule::Kind::kPropagate && rule.kind != MaskRule::Kind::kPropagateType;
      return masks && std::any_of(rule.columns.begin(), rule.columns.end(),
                                  [column](const Pattern& pattern) { return pattern.matches(column); });
    });
  }

  static const char* name_of(Relation relation) {
    const char* schema = get_namespace_name(RelationGetNamespace(relation));
    return psprintf("%s.%s", schema == nullptr ? "" : schema, RelationGetRelationName(relation));
  }

  // Old rows of the table, or of each of its partitions, have the column. NOTHING is told as such.
  static bool is_in_identity(Relation relation, const char* column) {
    const bool is_partitioned = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
    if (!is_partitioned) return holds(relation, column);
    bool all = true;
    ListCell* cell;
    foreach (cell, find_all_inheritors(RelationGetRelid(relation), NoLock, nullptr)) {
      Relation part = RelationIdGetRelation(lfirst_oid(cell));
      if (!RelationIsValid(part)) continue;
      if (part->rd_rel->relkind == RELKIND_RELATION) all = all && holds(part, column);
      RelationClose(part);
    }
    return all;
  }

  static bool holds(Relation relation, const char* column) {
    const char identity = relation->rd_rel->relreplident;
    if (identity == REPLICA_IDENTITY_FULL || identity == REPLICA_IDENTITY_NOTHING) return true;
    const AttrNumber attnum = get_attnum(RelationGetRelid(relation), column);
    return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, identity_columns(relation));
  }

  void look_at_key(Relation relation, const Bitmapset* published) {
    const char* table = name_of(relation);
    for (AttrNumber attnum : key_columns(relation, table, options_, nullptr)) {
      const char* name = NameStr(TupleDescAttr(RelationGetDescr(relation), attnum - 1)->attname);
      const char* column = psprintf("%s.%s", table, name);
      if (published != nullptr && !bms_is_member(attnum, published)) {
        put("key not published", relation, name);
      } else if (!options_.columns.passes(column)) {
        put("key excluded", relation, name);
      } else if (is_masked(column)) {
        put("key masked", relation, name);
      }
      if (!is_in_identity(relation, name)) put("key not in identity", relation, name);
    }
  }

  void put(const char* finding, Relation relation, const char* column) {
    Datum values[] = {text_of(finding), ObjectIdGetDatum(RelationGetRelid(relation)),
                      column == nullptr ? Datum{0} : text_of(sendable(column))};
    bool nulls[] = {false, false, column == nullptr};
    tuplestore_putvalues(store_, descriptor_, values, nulls);
  }

  const Options& options_;
  Tuplestorestate* store_;
  TupleDesc descriptor_;
};

}  // namespace

}  // namespace penstock

Datum penstock_capture_findings(FunctionCallInfo fcinfo) {
  using namespace penstock;
  TupleDesc descriptor = nullptr;
  Tuplestorestate* store = open_result(fcinfo, &descriptor);
  const Options& options =
      *parse_options(PG_ARGISNULL(0) ? std::span<const Setting>() : settings_of(PG_GETARG_ARRAYTYPE_P(0)));
  Finder finder(options, store, descriptor);
  MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "penstock findings", ALLOCSET_DEFAULT_SIZES);
  for (Oid oid : all_tables()) {
    Relation relation = RelationIdGetRelation(oid);  // no lock: a table that somebody holds must not stop us
    if (!RelationIsValid(relation)) continue;
    {
      ScratchScope scratch(context);
      finder.look(relation);
    }
    RelationClose(relation);
  }
  return Datum{0};
}
