#include "plugin/value/column_default.h"

#include "plugin/pg/memory.h"
#include "plugin/pg/stored_expression.h"
#include "plugin/text/encoding.h"
#include "plugin/value/value_writers.h"

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

DateADT days_of(Timestamp timestamp) {
  const int64 days = timestamp / USECS_PER_DAY;
  return static_cast<DateADT>(timestamp % USECS_PER_DAY < 0 ? days - 1 : days);
}

// The constant as a value of the column's type, with UTC as time zone; false if it is of another kind.
bool read_as(Oid target, Oid type, Datum& value) {
  if (type == target) return true;
  switch (target) {
    case DATEOID:
      if (type != TIMESTAMPOID && type != TIMESTAMPTZOID) return false;
      if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value))) return false;
      value = DateADTGetDatum(days_of(DatumGetTimestamp(value)));
      return true;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID: {
      if (type == TIMESTAMPOID || type == TIMESTAMPTZOID) return true;
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

constexpr size_t kTableBytesMax = 256 << 10;  // of the defaults of a table: a plan is made anew after each ALTER TABLE

struct StoredDefault {
  const char* expression = nullptr;
  bool readable = false;  // the defaults up to this one are within the bounds
};

StoredDefault stored_default(Relation relation, AttrNumber attnum) {
  const TupleConstr* constraints = RelationGetDescr(relation)->constr;
  if (constraints == nullptr) return {};
  size_t bytes = 0;
  for (int i = 0; i < constraints->num_defval; ++i) {
    const AttrDefault& stored = constraints->defval[i];
    if (bytes <= kTableBytesMax) bytes += strnlen(stored.adbin, kDefaultBounds.bytes);
    if (stored.adnum == attnum) return {stored.adbin, bytes <= kTableBytesMax};
  }
  return {};
}

// The expression as pg_get_expr() prints it in a session of the connector's driver, whatever this session has set.
std::string_view printed(Node* node) {
  const int level = NewGUCNestLevel();
  const char* settings[][2] = {{"datestyle", "ISO"},
                               {"timezone", "UTC"},
                               {"intervalstyle", "postgres"},
                               {"extra_float_digits", "3"},
                               {"quote_all_identifiers", "off"}};
  for (const auto& [name, value] : settings) {
    set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  }
  const char* text = deparse_expression(node, NIL, false, false);
  AtEOXact_GUC(true, level);
  return text;
}

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

// A name and parentheses, possibly after one parenthesis: the connector tells function defaults by that, and gives them
// a stand-in. A quoted name is none.
bool starts_with_call(std::string_view text) {
  size_t at = text.starts_with('(') ? 1 : 0;
  const size_t name = at;
  while (at < text.size() && is_word(text[at])) ++at;
  if (at == name || at == text.size() || text[at] != '(') return false;
  return text.find(')', at) < text.find('\n', at);
}

bool is_current_time(std::string_view text) {
  return text == "CURRENT_TIMESTAMP" || text == "CURRENT_TIME" || text == "CURRENT_DATE" || text == "LOCALTIME" ||
         text == "LOCALTIMESTAMP";
}

// What stands in the first quotes, or all of the text if there are none; false for NULL.
bool take_literal(std::string_view text, std::string_view& literal) {
  const size_t open = text.find('\'');
  if (open == std::string_view::npos) {
    literal = text;
    return !text.starts_with("NULL::");
  }
  char* to = static_cast<char*>(palloc(text.size()));
  const char* start = to;
  for (size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\'' && (++i == text.size() || text[i] != '\'')) break;
    *to++ = text[i];
  }
  literal = {start, static_cast<size_t>(to - start)};
  return true;
}

bool read_whole(std::string_view text, int64 lowest, int64 highest, int64& whole) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  return error == std::errc() && end == text.data() + text.size() && whole >= lowest && whole <= highest;
}

// Digits with at most one point and a sign, as the server prints finite numerics.
bool is_decimal(std::string_view text) {
  constexpr size_t kLongest = 2048;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() > kLongest || text.find_first_not_of("0123456789.") != std::string_view::npos) return false;
  const size_t point = text.find('.');
  return text.find_first_of("0123456789") != std::string_view::npos &&
         text.find('.', point + 1) == std::string_view::npos;
}

// The server would round when it stores the value; the connector has no default then.
bool read_numeric(const Column& column, std::string_view text, Datum& value) {
  if (!is_decimal(text)) return false;
  const char* copy = palloc_copy(text).data();
  value = DirectFunctionCall3(numeric_in, CStringGetDatum(copy), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
  if (column.typmod < 0) return true;
  const Datum rounded = DirectFunctionCall2(numeric_round, value, Int32GetDatum(column.scale));
  if (!DatumGetBool(DirectFunctionCall2(numeric_eq, rounded, value))) return false;
  value = rounded;
  return true;
}

bool read_double(std::string_view text, double& number) {
  const bool special = text == "NaN" || text == "Infinity" || text == "-Infinity";
  if (text.empty() || (!special && text.find_first_not_of("0123456789.eE+-") != std::string_view::npos)) return false;
  const char* copy = palloc_copy(text).data();
  char* end = nullptr;
  number = strtod(copy, &end);
  return *end == '\0';
}

// Types whose default is made of the literal alone; `read` is false for others.
std::string_view literal_json(const Column& column, std::string_view literal, bool& read) {
  read = true;
  int64 whole = 0;
  double number = 0;
  Datum value = 0;
  switch (column.type) {
    case BOOLOID:
      return pg_strncasecmp(literal.data(), "true", 4) == 0 && literal.size() == 4 ? "true" : "false";
    case INT2OID:
      return read_whole(literal, INT16_MIN, INT16_MAX, whole)
                 ? written(column, Int16GetDatum(static_cast<int16>(whole)))
                 : std::string_view();
    case INT4OID:
      return read_whole(literal, INT32_MIN, INT32_MAX, whole)
                 ? written(column, Int32GetDatum(static_cast<int32>(whole)))
                 : std::string_view();
    case INT8OID:
      return read_whole(literal, INT64_MIN, INT64_MAX, whole) ? written(column, Int64GetDatum(whole))
                                                              : std::string_view();
    case FLOAT4OID:
      return read_double(literal, number) ? written(column, Float4GetDatum(static_cast<float4>(number)))
                                          : std::string_view();
    case FLOAT8OID:
      return read_double(literal, number) ? written(column, Float8GetDatum(number)) : std::string_view();
    case NUMERICOID:
      return read_numeric(column, literal, value) ? written(column, value) : std::string_view();
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
    case JSONOID:
    case JSONBOID:
    case XMLOID: {
      JsonWriter json;
      json.open(CurrentMemoryContext, 64);
      append_server_string(json, palloc_copy(literal).data());
      return json.view();
    }
    default:
      read = false;
      return {};
  }
}

// The label as it stands between the quotes, where they are not even undone; with an escape the connector fails.
std::string_view label_json(std::string_view text) {
  const size_t close = text.rfind("'::");
  if (!text.starts_with('\'') || close == std::string_view::npos || close == 0) return {};
  JsonWriter json;
  json.open(CurrentMemoryContext, NAMEDATALEN);
  append_server_string(json, palloc_copy({text.data() + 1, close - 1}).data());
  return json.view();
}

std::string_view constant_json(const Column& column, const Node* node, std::string_view text) {
  const bool bits = column.type == BITOID || column.type == VARBITOID;
  const auto* constant = IsA(node, Const) ? reinterpret_cast<const Const*>(node) : nullptr;
  Datum value = constant == nullptr ? 0 : constant->constvalue;
  if (constant == nullptr || constant->constisnull || !read_as(column.type, constant->consttype, value)) {
    return bits ? std::string_view(stand_in(column)) : std::string_view();
  }
  if (column.labels != nullptr) return label_json(text);
  if (column.type == TIMESTAMPTZOID && TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value))) return {};
  // The last moment of a day is as far as the connector's time goes.
  if (column.type == TIMEOID && DatumGetTimeADT(value) == USECS_PER_DAY) value = TimeADTGetDatum(USECS_PER_DAY - 1);
  return written(column, value);
}

std::string_view json_of(const Column& column, const StoredDefault& stored) {
  Node* node = stored.readable ? read_expression(stored.expression, kDefaultBounds) : nullptr;
  if (node == nullptr) return is_stored_call(stored.expression) ? stand_in_json(column) : std::string_view();
  const std::string_view text = printed(node);
  if (starts_with_call(text) || is_current_time(text)) return stand_in_json(column);
  std::string_view literal;
  if (!take_literal(text, literal)) return {};
  bool read = false;
  const std::string_view json = literal_json(column, literal, read);
  if (read) return json;
  return constant_json(column, below_casts(node), text);
}

}  // namespace

std::string_view default_json(const Column& column, Relation relation, const FormData_pg_attribute& attribute) {
  if (!attribute.atthasdef || attribute.attgenerated != '\0' || attribute.attidentity != '\0') return {};
  // Of a domain the connector knows no default, whatever the type below.
  if (!has_defaults(column) || get_typtype(attribute.atttypid) == TYPTYPE_DOMAIN) return {};
  const StoredDefault stored = stored_default(relation, attribute.attnum);
  if (stored.expression == nullptr) return {};
  CHECK_FOR_INTERRUPTS();
  MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "penstock default", ALLOCSET_DEFAULT_SIZES);
  std::string_view json;
  {
    ContextScope scope(context);
    json = json_of(column, stored);
  }
  if (!json.empty()) json = palloc_copy(json);
  MemoryContextDelete(context);
  return json;
}

}  // namespace penstock
