// Which columns are the key of a table's records.
#pragma once

#include <string_view>

#include "plugin/memory.h"
#include "plugin/options.h"
#include "plugin/pg.h"

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

}  // namespace penstock
