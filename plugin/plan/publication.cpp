#include "plugin/plan/publication.h"

#include "plugin/pg/compat.h"

namespace penstock {

namespace {

bool is_member(Publication* publication, Oid relid) {
  if (list_member_oid(GetRelationPublications(relid), publication->oid)) return true;
  return publication_has_schema(publication->oid, get_rel_namespace(relid));
}

// Nearest first.
List* ancestors_of(Relation relation) {
  return relation->rd_rel->relispartition ? get_partition_ancestors(RelationGetRelid(relation)) : NIL;
}

// The topmost table that `relation` is a partition of and that is published itself, by its schema, or with all tables.
Oid published_ancestor(Publication* publication, List* ancestors) {
  Oid topmost = InvalidOid;
  ListCell* cell;
  foreach (cell, ancestors) {
    if (publication->alltables || is_member(publication, lfirst_oid(cell))) topmost = lfirst_oid(cell);
  }
  return topmost;
}

// Nothing that a publication says holds: every table is published.
Published published_freely(Relation relation, bool via_root) {
  Published published;
  List* ancestors = ancestors_of(relation);
  published.via_root = via_root;
  published.as = via_root && ancestors != NIL ? llast_oid(ancestors) : RelationGetRelid(relation);
  return published;
}

// As in pgoutput no filter counts where the whole schema, or everything, is published too.
const char* filter_of(Publication* publication, Oid relid) {
  if (publication->alltables || publication_has_schema(publication->oid, get_rel_namespace(relid))) return nullptr;
  return publication_row_filter(publication->oid, relid);
}

}  // namespace

Published published_by(std::string_view name, bool via_root, Relation relation) {
  if (name.empty()) return published_freely(relation, via_root);
  const Oid oid = get_publication_oid(name.data(), true);
  if (!OidIsValid(oid)) {
    Published published = published_freely(relation, via_root);
    published.found = false;
    return published;
  }
  Publication* publication = GetPublication(oid);
  const Oid ancestor = published_ancestor(publication, ancestors_of(relation));
  const bool member =
      publication->alltables || OidIsValid(ancestor) || is_member(publication, RelationGetRelid(relation));
  Published published;
  published.member = member;
  published.via_root = publication->pubviaroot;
  published.as = publication->pubviaroot && OidIsValid(ancestor) ? ancestor : RelationGetRelid(relation);
  published.insert = member && publication->pubactions.pubinsert;
  published.update = member && publication->pubactions.pubupdate;
  published.remove = member && publication->pubactions.pubdelete;
  published.truncate = member && publication->pubactions.pubtruncate;
  if (!member) return published;
  published.filter = filter_of(publication, published.as);
  published.columns = publication_columns(oid, published.as);
  published.generated = publishes_generated(*publication);
  return published;
}

}  // namespace penstock
