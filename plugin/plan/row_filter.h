// Row filters of publications (15 and later), evaluated as pgoutput does, whatever expression the server has accepted.
//
// A row on which the expression ERRORs does not pass: pgoutput would end there, again and again. Each is told by a
// notice.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"
#include "wire/notice.h"

namespace penstock {

struct Row;

class RowFilter {
 public:
  struct Source {
    const char* expression = nullptr;  // pg_publication_rel.prqual
    const char* publication = nullptr;
    const char* table = nullptr;  // schema.table
  };

  struct Passed {
    bool old_row = false;
    bool new_row = false;
  };

  // For rows laid out as `descriptor`. Everything is allocated below CurrentMemoryContext and freed with it; the texts
  // of `source` must last as long. Only in a transaction, as passes(). An expression that cannot be prepared (beyond
  // kFilterBounds, 1/0 in it) fails on each row.
  static RowFilter* prepare(const Source& source, TupleDesc descriptor);

  // Null counts as false, and so does a value that is not there, a row that is not there (nullptr), and an ERROR.
  // Expressions of which it is known that they do not fail cost no subtransaction.
  Passed passes(const Row* old_row, const Row* new_row);

  // Whether it failed on a row of the last passes(), and what is to be told of that. In CurrentMemoryContext.
  bool failed() const { return failure_ != 0; }
  wire::Notice failure() const;

 private:
  struct Preparation;
  struct Evaluation;

  static void prepare_guarded(void* preparation);
  static void evaluate_guarded(void* evaluation);
  bool evaluate(const Row& row);

  Source source_;
  ExprState* state_ = nullptr;
  ExprContext* context_ = nullptr;
  TupleTableSlot* slot_ = nullptr;
  bool can_fail_ = true;
  int unprepared_ = 0;  // SQLSTATE; 0: it is prepared
  int failure_ = 0;     // SQLSTATE, of the last passes()
};

static_assert(JumpSafe<RowFilter>);

}  // namespace penstock
