#include "plugin/row_filter.h"

#include "plugin/compat.h"
#include "plugin/plan.h"

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

bool is_unsafe(Node* node, void* context) {
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
  return walk_expression(node, is_unsafe, context);
}

}  // namespace

bool is_safe_row_filter(Expr* filter) {
  return !is_unsafe(reinterpret_cast<Node*>(filter), nullptr);
}

RowFilter* RowFilter::prepare(Expr* filter, TupleDesc descriptor) {
  auto* prepared = palloc_one<RowFilter>();
  pull_varattnos(reinterpret_cast<Node*>(filter), 1, &prepared->columns_);
  EState* estate = CreateExecutorState();
  prepared->state_ = ExecPrepareExpr(filter, estate);
  prepared->context_ = CreateExprContext(estate);
  prepared->slot_ = MakeSingleTupleTableSlot(CreateTupleDescCopy(descriptor), &TTSOpsVirtual);
  prepared->context_->ecxt_scantuple = prepared->slot_;
  return prepared;
}

bool RowFilter::passes(const Row& row) const {
  ExecClearTuple(slot_);
  for (int i = 0; i < slot_->tts_tupleDescriptor->natts; ++i) {
    slot_->tts_isnull[i] = row.states[i] != State::kValue;
    slot_->tts_values[i] = slot_->tts_isnull[i] ? Datum{0} : row.values[i];
  }
  ExecStoreVirtualTuple(slot_);
  bool is_null = false;
  const Datum result = ExecEvalExprSwitchContext(state_, context_, &is_null);
  const bool passes = !is_null && DatumGetBool(result);
  ResetExprContext(context_);
  return passes;
}

}  // namespace penstock
