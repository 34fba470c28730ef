#include "plugin/publication.h"

#include "plugin/compat.h"

namespace penstock {

namespace {

bool is_member(Publication* publication, Oid relid) {
  if (list_member_oid(GetRelationPublications(relid), publication->oid)) return true;
  return publication_has_schema(publication->oid, get_rel_namespace(relid));
}

// The table itself, its schema, or a table that it is a partition of.
bool is_published(Publication* publication, Relation relation) {
  if (publication->alltables || is_member(publication, RelationGetRelid(relation))) return true;
  if (!relation->rd_rel->relispartition) return false;
  ListCell* cell;
  foreach (cell, get_partition_ancestors(RelationGetRelid(relation))) {
    if (is_member(publication, lfirst_oid(cell))) return true;
  }
  return false;
}

}  // namespace

Published published_by(std::string_view name, Relation relation) {
  Published published;
  if (name.empty()) return published;
  const Oid oid = get_publication_oid(name.data(), true);
  if (!OidIsValid(oid)) {
    published.found = false;
    return published;
  }
  Publication* publication = GetPublication(oid);
  const bool member = is_published(publication, relation);
  published.insert = member && publication->pubactions.pubinsert;
  published.update = member && publication->pubactions.pubupdate;
  published.remove = member && publication->pubactions.pubdelete;
  published.truncate = member && publication->pubactions.pubtruncate;
  if (!member) return published;
  if (publication_has_row_filter(oid, RelationGetRelid(relation))) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("publication \"%s\" has a row filter on table \"%s.%s\"", publication->name,
                   get_namespace_name(RelationGetNamespace(relation)), RelationGetRelationName(relation)),
            errdetail("Row filters come with a later version."),
            errhint("Remove the WHERE clause from the publication, or leave out publication.name."));
  }
  published.columns = publication_columns(oid, RelationGetRelid(relation));
  return published;
}

}  // namespace penstock
