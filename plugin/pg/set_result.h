// What functions for SQL that give rows of tables have in common.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"

namespace penstock {

// Users' tables and partitioned tables of the database, in no order. Locks none of them.
Array<Oid> all_tables();

Datum text_of(std::string_view text);

// Where the rows go, and how they are laid out. ERROR if the caller takes no set.
Tuplestorestate* open_result(FunctionCallInfo fcinfo, TupleDesc* descriptor);

}  // namespace penstock
