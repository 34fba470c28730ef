#include "plugin/pg/total_expression.h"

#include "plugin/pg/compat.h"

namespace penstock {

namespace {

constexpr size_t kPatternMax = 1000;  // bytes; LIKE takes stack for each % in it

bool is_builtin(Oid oid) {
  return oid < FirstNormalObjectId;
}

bool is_whole(Oid type) {
  return type == INT2OID || type == INT4OID || type == INT8OID;
}

bool is_text(Oid type) {
  return type == TEXTOID || type == BPCHAROID || type == NAMEOID;
}

// The comparison of two values of it looks at nothing but their bytes.
bool is_scalar(Oid type) {
  switch (type) {
    case BOOLOID:
    case CHAROID:
    case OIDOID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
    case CASHOID:
    case BYTEAOID:
    case BITOID:
    case VARBITOID:
    case DATEOID:
    case TIMEOID:
    case TIMETZOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
    case INTERVALOID:
    case UUIDOID:
    case INETOID:
    case MACADDROID:
    case MACADDR8OID:
      return true;
    default:
      return is_whole(type) || is_text(type);
  }
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

// Other collations may have lost their locale, and an order that a library decides may be refused by it.
bool is_total_collation(Oid collation, bool orders) {
  return collation == C_COLLATION_OID || collation == kPosixCollation ||
         (collation == DEFAULT_COLLATION_OID && !orders);
}

bool is_total_comparison(Oid op, Oid collation) {
  if (!is_builtin(op)) return false;
  const Oid negator = get_negator(op);  // <> is not in the ordering itself
  if (!is_ordering(op) && !(OidIsValid(negator) && is_ordering(negator))) return false;
  Oid left = InvalidOid;
  Oid right = InvalidOid;
  op_input_types(op, &left, &right);
  const bool floats = (left == FLOAT4OID || left == FLOAT8OID) && (right == FLOAT4OID || right == FLOAT8OID);
  if (left != right && !floats && !(is_whole(left) && is_whole(right))) return false;
  if (!is_scalar(left)) return false;
  const bool equates = get_oprrest(op) == F_EQSEL || get_oprrest(op) == F_NEQSEL;
  return !is_text(left) || is_total_collation(collation, !equates);
}

// LIKE fails at a pattern that ends with an escape.
bool is_total_like(const OpExpr& op) {
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
  if (!IsA(pattern, Const) || !is_total_collation(op.inputcollid, false)) return false;
  const auto& constant = *reinterpret_cast<const Const*>(pattern);
  if (constant.constisnull) return true;
  const std::string_view like = TextDatumGetCString(constant.constvalue);
  return like.size() <= kPatternMax && !like.ends_with('\\');
}

// int4 to int8 and the like, which the parser puts in.
bool is_widening(const FuncExpr& call) {
  if (call.funcformat != COERCE_IMPLICIT_CAST || !is_builtin(call.funcid) || list_length(call.args) != 1) return false;
  const Oid from = exprType(static_cast<Node*>(linitial(call.args)));
  const Oid to = call.funcresulttype;
  if (from == FLOAT4OID) return to == FLOAT8OID;
  return is_whole(from) && (to == INT4OID || to == INT8OID || to == NUMERICOID || to == FLOAT4OID || to == FLOAT8OID);
}

// As the parser makes them of IN lists. An array of columns may become too large.
bool is_list_of_constants(const ArrayExpr& array) {
  ListCell* cell;
  foreach (cell, array.elements) {
    if (!IsA(lfirst(cell), Const)) return false;
  }
  return !array.multidims;
}

bool may_fail(Node* node, void* context) {
  if (node == nullptr) return false;
  switch (nodeTag(node)) {
    case T_Const:
      return false;
    case T_Var:
      return reinterpret_cast<Var*>(node)->varattno <= 0;
    case T_NullTest:
      if (reinterpret_cast<NullTest*>(node)->argisrow) return true;
      break;
    case T_OpExpr:
    case T_DistinctExpr: {
      const auto& op = *reinterpret_cast<OpExpr*>(node);
      if (!is_total_comparison(op.opno, op.inputcollid) && !is_total_like(op)) return true;
      break;
    }
    case T_ScalarArrayOpExpr: {
      const auto& op = *reinterpret_cast<ScalarArrayOpExpr*>(node);
      if (!is_total_comparison(op.opno, op.inputcollid)) return true;
      break;
    }
    case T_FuncExpr:
      if (!is_widening(*reinterpret_cast<FuncExpr*>(node))) return true;
      break;
    case T_ArrayExpr:
      return !is_list_of_constants(*reinterpret_cast<ArrayExpr*>(node));
    case T_BoolExpr:
    case T_BooleanTest:
    case T_RelabelType:
    case T_CollateExpr:
    case T_CoalesceExpr:
    case T_List:
      break;
    default:
      return true;
  }
  return walk_expression(node, may_fail, context);
}

}  // namespace

bool is_total(Node* expression) {
  return !may_fail(expression, nullptr);
}

}  // namespace penstock
