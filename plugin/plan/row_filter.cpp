#include "plugin/plan/row_filter.h"

#include "plugin/pg/guard.h"
#include "plugin/pg/stored_expression.h"
#include "plugin/pg/total_expression.h"
#include "plugin/plan/plan.h"
#include "plugin/text/encoding.h"

namespace penstock {

struct RowFilter::Preparation {
  RowFilter* filter;
  TupleDesc descriptor;
};

void RowFilter::prepare_guarded(void* preparation) {
  const auto& [filter, descriptor] = *static_cast<Preparation*>(preparation);
  auto* expression = reinterpret_cast<Expr*>(read_expression(filter->source_.expression, kFilterBounds));
  if (expression == nullptr) {
    filter->unprepared_ = ERRCODE_STATEMENT_TOO_COMPLEX;
    return;
  }
  EState* estate = CreateExecutorState();
  filter->context_ = CreateExprContext(estate);
  filter->slot_ = MakeSingleTupleTableSlot(CreateTupleDescCopy(descriptor), &TTSOpsVirtual);
  filter->context_->ecxt_scantuple = filter->slot_;
  filter->state_ = ExecPrepareExpr(expression, estate);
  filter->can_fail_ = !is_total(reinterpret_cast<Node*>(expression));
}

RowFilter* RowFilter::prepare(const Source& source, TupleDesc descriptor) {
  auto* filter = palloc_one<RowFilter>();
  filter->source_ = source;
  Preparation preparation{filter, descriptor};
  if (const int sqlstate = run_guarded(prepare_guarded, &preparation); sqlstate != 0) filter->unprepared_ = sqlstate;
  return filter;
}

bool RowFilter::evaluate(const Row& row) {
  ExecClearTuple(slot_);
  for (int i = 0; i < slot_->tts_tupleDescriptor->natts; ++i) {
    slot_->tts_isnull[i] = row.states[i] != State::kValue;
    slot_->tts_values[i] = slot_->tts_isnull[i] ? Datum{0} : row.values[i];
  }
  ExecStoreVirtualTuple(slot_);
  bool is_null = false;
  const Datum result = ExecEvalExprSwitchContext(state_, context_, &is_null);
  return !is_null && DatumGetBool(result);
}

// A row is taken off once it is evaluated, or being evaluated.
struct RowFilter::Evaluation {
  RowFilter* filter;
  const Row* old_row;
  const Row* new_row;
  Passed passed;
};

void RowFilter::evaluate_guarded(void* evaluation) {
  auto& [filter, old_row, new_row, passed] = *static_cast<Evaluation*>(evaluation);
  if (const Row* row = std::exchange(old_row, nullptr)) passed.old_row = filter->evaluate(*row);
  if (const Row* row = std::exchange(new_row, nullptr)) passed.new_row = filter->evaluate(*row);
}

RowFilter::Passed RowFilter::passes(const Row* old_row, const Row* new_row) {
  failure_ = unprepared_;
  if (unprepared_ != 0) return {};
  Evaluation evaluation{this, old_row, new_row, {}};
  if (!can_fail_) evaluate_guarded(&evaluation);
  while (evaluation.old_row != nullptr || evaluation.new_row != nullptr) {
    const int sqlstate = run_guarded(evaluate_guarded, &evaluation);
    if (sqlstate != 0) failure_ = sqlstate;
  }
  ResetExprContext(context_);
  return evaluation.passed;
}

// The message of the ERROR is left out: it may have the row's values.
wire::Notice RowFilter::failure() const {
  return {wire::NoticeReason::kRowLeftOut, 1, to_utf8(source_.table),
          to_utf8(psprintf("the row filter of publication \"%s\" fails on rows with SQLSTATE %s, and these do not pass",
                           source_.publication, unpack_sql_state(failure_)))};
}

}  // namespace penstock
