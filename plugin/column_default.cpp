#include "plugin/column_default.h"

#include "plugin/encoding.h"
#include "plugin/value_writers.h"

namespace penstock {
namespace {

// What the connector puts where a default calls a function, by type; null: no default at all.
const char* stand_in(const Column& column) {
  switch (column.type) {
    case BOOLOID:
      return "false";
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return "0";
    case FLOAT4OID:
    case FLOAT8OID:
      return "0.0";
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
    case XMLOID:
      return "\"\"";
    case JSONOID:
    case JSONBOID:
      return "\"{}\"";
    case UUIDOID:
      return "\"00000000-0000-0000-0000-000000000000\"";
    case BITOID:
    case VARBITOID:
      return strcmp(column.schema_type, "boolean") == 0 ? "false" : "\"\"";
    default:
      return nullptr;
  }
}

std::string_view written(const Column& column, Datum value) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 64);
  if (!column.write(json, column, value)) return {};
  return json.view();
}

// Dates and numbers are zero, in whatever form their mode gives them.
std::string_view stand_in_json(const Column& column) {
  switch (column.type) {
    case NUMERICOID:
      return written(column, DirectFunctionCall1(int8_numeric, Int64GetDatum(0)));
    case DATEOID:
      return written(column, DateADTGetDatum(UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE));
    case TIMEOID:
      return written(column, TimeADTGetDatum(0));
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return written(column, TimestampGetDatum((UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY));
    case INTERVALOID: {
      Interval zero = {};
      return written(column, IntervalPGetDatum(&zero));
    }
    default:
      break;
  }
  const char* text = stand_in(column);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// Below the casts that the server itself defines: those it shows as ::type or not at all.
const Node* below_casts(const Node* node) {
  for (;;) {
    switch (nodeTag(node)) {
      case T_RelabelType:
        node = reinterpret_cast<const Node*>(reinterpret_cast<const RelabelType*>(node)->arg);
        break;
      case T_CoerceToDomain:
        node = reinterpret_cast<const Node*>(reinterpret_cast<const CoerceToDomain*>(node)->arg);
        break;
      case T_CoerceViaIO:
        node = reinterpret_cast<const Node*>(reinterpret_cast<const CoerceViaIO*>(node)->arg);
        break;
      case T_FuncExpr: {
        const auto* call = reinterpret_cast<const FuncExpr*>(node);
        const bool cast = call->funcformat == COERCE_IMPLICIT_CAST || call->funcformat == COERCE_EXPLICIT_CAST;
        if (!cast || call->funcid >= FirstNormalObjectId || call->args == NIL) return node;
        node = static_cast<const Node*>(linitial(call->args));
        break;
      }
      default:
        return node;
    }
  }
}

// Whether the server prints the expression as a call, possibly after one parenthesis: the connector tells function
// defaults by that.
bool starts_with_call(const Node* node) {
  for (;;) {
    node = below_casts(node);
    if (IsA(node, FuncExpr)) return true;
    if (!IsA(node, OpExpr)) return false;
    const auto* operation = reinterpret_cast<const OpExpr*>(node);
    if (list_length(operation->args) != 2) return false;
    node = static_cast<const Node*>(linitial(operation->args));
  }
}

bool is_characters(Oid type) {
  return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

// A whole number of any integer type, or of a numeric that is one.
bool read_whole(Oid type, Datum value, int64& whole) {
  switch (type) {
    case INT2OID:
      whole = DatumGetInt16(value);
      return true;
    case INT4OID:
      whole = DatumGetInt32(value);
      return true;
    case INT8OID:
      whole = DatumGetInt64(value);
      return true;
    case NUMERICOID: {
      const char* text = DatumGetCString(DirectFunctionCall1(numeric_out, value));
      char* end = nullptr;
      errno = 0;
      whole = strtoll(text, &end, 10);
      return errno == 0 && *end == '\0';
    }
    default:
      return false;
  }
}

bool read_double(Oid type, Datum value, double& number) {
  int64 whole = 0;
  if (type == FLOAT8OID) return number = DatumGetFloat8(value), true;
  if (type == FLOAT4OID) return number = DatumGetFloat4(value), true;
  if (type == NUMERICOID) {
    return number = strtod(DatumGetCString(DirectFunctionCall1(numeric_out, value)), nullptr), true;
  }
  if (!read_whole(type, value, whole)) return false;
  number = static_cast<double>(whole);
  return true;
}

// The constant as a value of the column's type; false if that needs a cast that is not known here.
bool read_as(Oid target, Oid type, Datum& value) {
  if (type == target || (is_characters(type) && is_characters(target))) return true;
  int64 whole = 0;
  double number = 0;
  switch (target) {
    case INT2OID:
      if (!read_whole(type, value, whole) || whole != static_cast<int16>(whole)) return false;
      value = Int16GetDatum(static_cast<int16>(whole));
      return true;
    case INT4OID:
      if (!read_whole(type, value, whole) || whole != static_cast<int32>(whole)) return false;
      value = Int32GetDatum(static_cast<int32>(whole));
      return true;
    case INT8OID:
      if (!read_whole(type, value, whole)) return false;
      value = Int64GetDatum(whole);
      return true;
    case NUMERICOID:
      if (!read_whole(type, value, whole)) return false;
      value = DirectFunctionCall1(int8_numeric, Int64GetDatum(whole));
      return true;
    case FLOAT4OID:
      if (!read_double(type, value, number)) return false;
      value = Float4GetDatum(static_cast<float4>(number));
      return true;
    case FLOAT8OID:
      if (!read_double(type, value, number)) return false;
      value = Float8GetDatum(number);
      return true;
    case TIMESTAMPOID: {
      if (type != DATEOID) return false;
      const DateADT date = DatumGetDateADT(value);
      if (DATE_NOT_FINITE(date)) return false;
      value = TimestampGetDatum(date * USECS_PER_DAY);
      return true;
    }
    case BITOID:
    case VARBITOID:
      return type == BITOID || type == VARBITOID;
    default:
      return false;
  }
}

// Types whose defaults the connector reads at all (findings A15).
bool has_defaults(const Column& column) {
  if (column.element != nullptr || strcmp(column.schema_type, "struct") == 0) return false;
  switch (column.type) {
    case CASHOID:
    case BYTEAOID:
    case OIDOID:
    case INETOID:
    case CIDROID:
    case MACADDROID:
    case MACADDR8OID:
    case TIMETZOID:
    case NAMEOID:
    case CHAROID:
    case TSVECTOROID:
      return false;
    default:
      return column.range == nullptr && (column.type < FirstNormalObjectId || column.labels != nullptr);
  }
}

const char* expression_text(Relation relation, AttrNumber attnum) {
  const TupleConstr* constraints = RelationGetDescr(relation)->constr;
  if (constraints == nullptr) return nullptr;
  for (int i = 0; i < constraints->num_defval; ++i) {
    if (constraints->defval[i].adnum == attnum) return constraints->defval[i].adbin;
  }
  return nullptr;
}

}  // namespace

std::string_view default_json(const Column& column, Relation relation, const FormData_pg_attribute& attribute) {
  if (!attribute.atthasdef || attribute.attgenerated != '\0' || attribute.attidentity != '\0') return {};
  if (!has_defaults(column)) return {};
  const char* text = expression_text(relation, attribute.attnum);
  if (text == nullptr) return {};
  const Node* node = below_casts(static_cast<const Node*>(stringToNode(text)));
  if (!IsA(node, Const)) return starts_with_call(node) ? stand_in_json(column) : std::string_view();
  const auto* constant = reinterpret_cast<const Const*>(node);
  Datum value = constant->constvalue;
  if (constant->constisnull || !read_as(column.type, constant->consttype, value)) return {};
  // The server would round when it stores the value.
  if (column.type == NUMERICOID && column.typmod >= 0) {
    value = DirectFunctionCall2(numeric_round, value, Int32GetDatum(column.scale));
  }
  return written(column, value);
}

}  // namespace penstock
