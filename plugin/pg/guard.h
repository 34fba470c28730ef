// Runs what may ERROR on somebody's data. An ERROR that left a callback would end decoding at that change, again and
// again.
#pragma once

#include "plugin/pg/pg.h"

namespace penstock {

// Calls `work(argument)`, in CurrentMemoryContext, within a subtransaction, which releases what an ERROR in it leaves
// behind: references, locks, snapshots. Only in a transaction. There is an active snapshot: the one in force.
//
// Returns 0, or the SQLSTATE of the ERROR. One that is not about the data (cancelled, no disk, no memory for anybody, a
// deadlock, a damaged catalog) is thrown on, after the subtransaction was rolled back. It costs a third of a
// microsecond, and one of the 2^32 subtransactions that the server gives a transaction.
int run_guarded(void (*work)(void*), void* argument);

}  // namespace penstock
