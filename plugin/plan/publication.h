// What the publication of publication.name says about a table. Catalogs are read through syscaches, as of the snapshot
// in force; no locks.
#pragma once

#include <string_view>

#include "plugin/pg/pg.h"

namespace penstock {

struct Published {
  bool found = true;   // the publication exists, or none was asked for
  bool member = true;  // and holds the table, itself or by its schema or by what it is a partition of
  bool insert = true;
  bool update = true;
  bool remove = true;
  bool truncate = true;
  bool via_root = false;         // partitions are published as the table that they are partitions of
  Oid as = InvalidOid;           // the table whose name and columns records have: itself, or with via_root its root
  Bitmapset* columns = nullptr;  // attribute numbers of `as`; null: all
  bool generated = false;        // stored generated columns too; where there are `columns`, these say it
  const char* filter = nullptr;  // of rows of `as`, as the catalog has it (row_filter.h); null: none

  bool any() const { return insert || update || remove || truncate; }
};

// An empty `name`, or a publication that does not exist, publishes everything, with `via_root` under the topmost root
// (publish.via.partition.root); a publication that exists says that itself, and its topmost table counts.
Published published_by(std::string_view name, bool via_root, Relation relation);

}  // namespace penstock
