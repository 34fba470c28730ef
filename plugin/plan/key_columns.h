// Which columns are the key of a table's records, and which its replica identity.
#pragma once

#include <string_view>

#include "plugin/options/options.h"
#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"

namespace penstock {

// message.key.columns if one of its rules matches; else the primary key in its order; else the first unique index by
// name that has no expression, with its INCLUDE columns, even a partial or deferrable one (the connector's rule).
// Empty: records without key. `name` is schema.table in the server's encoding. Reads relcache and syscaches, locks
// nothing.
//
// `published`: attribute numbers; nullptr: all. Other columns are left out, as pgoutput does not send them and the
// connector then makes the key without them.
Array<AttrNumber> key_columns(Relation relation, std::string_view name, const Options& options,
                              const Bitmapset* published);

// Columns of the index that is the replica identity, as attribute numbers minus FirstLowInvalidHeapAttributeNumber;
// nullptr: there is none. Of the catalogs alone: the relcache's own look at indexes reads their expressions before 14,
// and those may be of any depth.
Bitmapset* identity_columns(Relation relation);

}  // namespace penstock
