#include "plugin/row_filter.h"

#include "plugin/compat.h"
#include "plugin/encoding.h"
#include "plugin/guard.h"
#include "plugin/plan.h"
#include "plugin/stored_expression.h"

namespace penstock {

namespace {

bool is_builtin(Oid oid) {
  return oid < FirstNormalObjectId;
}

// Operators of an ordering only compare.
bool is_ordering(Oid op) {
  CatCList* list = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(op));
  bool found = false;
  for (int i = 0; i < list->n_members && !found; ++i) {
    found = reinterpret_cast<Form_pg_amop>(GETSTRUCT(&list->members[i]->tuple))->amopmethod == BTREE_AM_OID;
  }
  ReleaseSysCacheList(list);
  return found;
}

bool is_comparison(Oid op) {
  if (!is_builtin(op)) return false;
  if (is_ordering(op)) return true;
  const Oid negator = get_negator(op);  // <> is not in the ordering itself
  return OidIsValid(negator) && is_ordering(negator);
}

// LIKE fails at a pattern that ends with an escape, and with some collations.
bool is_safe_like(const OpExpr& op) {
  switch (get_opcode(op.opno)) {
    case F_TEXTLIKE:
    case F_TEXTNLIKE:
    case kBpcharLike:
    case kBpcharNotLike:
    case F_NAMELIKE:
    case F_NAMENLIKE:
      break;
    default:
      return false;
  }
  const Node* pattern = static_cast<Node*>(lsecond(op.args));
  if (!IsA(pattern, Const) || !get_collation_isdeterministic(op.inputcollid)) return false;
  const auto& constant = *reinterpret_cast<const Const*>(pattern);
  if (constant.constisnull) return true;
  const char* like = TextDatumGetCString(constant.constvalue);
  const size_t size = strlen(like);
  return size == 0 || like[size - 1] != '\\';
}

// int4 to int8 and the like, which the parser puts in.
bool is_widening(const FuncExpr& call) {
  if (call.funcformat != COERCE_IMPLICIT_CAST || !is_builtin(call.funcid) || list_length(call.args) != 1) return false;
  const Oid from = exprType(static_cast<Node*>(linitial(call.args)));
  const bool whole = from == INT2OID || from == INT4OID || from == INT8OID;
  const Oid to = call.funcresulttype;
  if (from == FLOAT4OID) return to == FLOAT8OID;
  return whole && (to == INT4OID || to == INT8OID || to == NUMERICOID || to == FLOAT4OID || to == FLOAT8OID);
}

// What may fail on some row. The list need not be complete: what is not on it costs a subtransaction a row.
bool can_fail(Node* node, void* context) {
  if (node == nullptr) return false;
  switch (nodeTag(node)) {
    case T_Const:
      return false;
    case T_Var:
      return reinterpret_cast<Var*>(node)->varattno <= 0;
    case T_NullTest:
      if (reinterpret_cast<NullTest*>(node)->argisrow) return true;
      break;
    case T_OpExpr: {
      const auto& op = *reinterpret_cast<OpExpr*>(node);
      if (!is_comparison(op.opno) && !is_safe_like(op)) return true;
      break;
    }
    case T_DistinctExpr:
      if (!is_comparison(reinterpret_cast<OpExpr*>(node)->opno)) return true;
      break;
    case T_ScalarArrayOpExpr:
      if (!is_comparison(reinterpret_cast<ScalarArrayOpExpr*>(node)->opno)) return true;
      break;
    case T_FuncExpr:
      if (!is_widening(*reinterpret_cast<FuncExpr*>(node))) return true;
      break;
    case T_BoolExpr:
    case T_BooleanTest:
    case T_RelabelType:
    case T_CollateExpr:
    case T_ArrayExpr:
    case T_CoalesceExpr:
    case T_List:
      break;
    default:
      return true;
  }
  return walk_expression(node, can_fail, context);
}

}  // namespace

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
  filter->can_fail_ = can_fail(reinterpret_cast<Node*>(expression), nullptr);
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
