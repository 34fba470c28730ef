// What the publication of publication.name says about a table. Catalogs are read through syscaches, as of the snapshot
// in force; no locks.
#pragma once

#include <string_view>

#include "plugin/pg.h"

namespace penstock {

struct Published {
  bool found = true;  // the publication exists, or none was asked for
  bool insert = true;
  bool update = true;
  bool remove = true;
  bool truncate = true;
  Bitmapset* columns = nullptr;  // attribute numbers; null: all

  bool any() const { return insert || update || remove || truncate; }
};

// An empty `name`, or a publication that does not exist, publishes everything. ERROR 22023 if it has a row filter on
// the table: these come with a later version, and rows that it holds back must not leave the server.
Published published_by(std::string_view name, Relation relation);

}  // namespace penstock
