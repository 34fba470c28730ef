// Row filters of publications (15 and later), evaluated as pgoutput does.
//
// Only expressions that cannot fail are taken: an ERROR on a row would end decoding there, again and again.
#pragma once

#include <string_view>

#include "plugin/memory.h"
#include "plugin/pg.h"

namespace penstock {

struct Row;

// Comparisons of built-in types, LIKE with a constant pattern, IN, IS NULL and IS TRUE with its like, COALESCE, AND, OR
// and NOT over columns, constants and whole numbers made wider.
bool is_safe_row_filter(Expr* filter);

class RowFilter {
 public:
  // Of a safe filter, for rows laid out as `descriptor`. Everything is allocated below CurrentMemoryContext and freed
  // with it.
  static RowFilter* prepare(Expr* filter, TupleDesc descriptor);

  // Null counts as false, and so does a value that is not there.
  bool passes(const Row& row) const;

  // By attribute number minus FirstLowInvalidHeapAttributeNumber.
  const Bitmapset* columns() const { return columns_; }

 private:
  ExprState* state_ = nullptr;
  ExprContext* context_ = nullptr;
  TupleTableSlot* slot_ = nullptr;
  Bitmapset* columns_ = nullptr;
};

static_assert(JumpSafe<RowFilter>);

}  // namespace penstock
