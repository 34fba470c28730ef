// The rows of a query that somebody has written for a snapshot, over a cursor of SPI. It runs as the caller.
#pragma once

#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"

namespace penstock {

class QueryCursor {
 public:
  // In CurrentMemoryContext. ERROR as the query's.
  static QueryCursor* open(const char* query);

  // Adds at most `count` rows, which last until SPI_finish(); false: there were no more. Only within SPI_connect().
  // ERROR if it is not the cursor that was opened: whatever is called in the same statement may close it.
  bool fetch(Array<HeapTuple>& rows, size_t count);

  // Of the rows.
  TupleDesc descriptor() const { return descriptor_; }

 private:
  const char* portal_ = nullptr;
  TupleDesc descriptor_ = nullptr;
};

static_assert(JumpSafe<QueryCursor>);

}  // namespace penstock
