// Expressions of which it is known that they fail on no row.
#pragma once

#include "plugin/pg/pg.h"

namespace penstock {

// Columns, constants, AND, OR, NOT, IS NULL, IS TRUE and the like, coalesce(), whole numbers that the parser widens,
// and comparisons by the server's own operators of scalar types, of texts only under a collation that is always there.
// What is not on this list may fail: arrays, records and ranges compare by element, and two columns may have no
// collation in common. Reads catalogs.
bool is_total(Node* expression);

}  // namespace penstock
