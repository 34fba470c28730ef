#include "plugin/value/source_type.h"

#include "plugin/pg/compat.h"
#include "plugin/pg/stored_expression.h"
#include "plugin/text/encoding.h"
#include "plugin/value/mask.h"

namespace penstock {

namespace {

constexpr Oid kNextval = 1574;  // nextval(regclass), whose macro has two names

int scale_of(const Column& column) {
  const int typmod = column.typmod;
  switch (column.element != nullptr ? column.element->type : column.type) {
    case FLOAT4OID:
      return 8;
    case FLOAT8OID:
      return 17;
    case NUMERICOID:
      return typmod < VARHDRSZ ? 0 : column.element != nullptr ? column.element->scale : column.scale;
    case TIMEOID:
    case TIMETZOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return typmod < 0 ? 6 : typmod;
    case INTERVALOID:
      return typmod < 0 ? 6 : typmod & 0xFFFF;
    default:
      return 0;
  }
}

bool calls_nextval(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, FuncExpr) && reinterpret_cast<FuncExpr*>(node)->funcid == kNextval) return true;
  return walk_expression(node, calls_nextval, context);
}

bool has_sequence(Relation relation, AttrNumber attnum) {
  const TupleConstr* constraints = RelationGetDescr(relation)->constr;
  if (constraints == nullptr) return false;
  for (int i = 0; i < constraints->num_defval; ++i) {
    if (constraints->defval[i].adnum != attnum) continue;
    return calls_nextval(read_expression(constraints->defval[i].adbin, kDefaultBounds), nullptr);
  }
  return false;
}

const char* serial_name(Oid type) {
  switch (type) {
    case INT2OID:
      return "smallserial";
    case INT4OID:
      return "serial";
    case INT8OID:
      return "bigserial";
    default:
      return nullptr;
  }
}

}  // namespace

SourceType source_type_of(const Column& column, Relation relation, bool snapshot) {
  SourceType source;
  const Oid type = TupleDescAttr(RelationGetDescr(relation), column.attnum - 1)->atttypid;
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return source;
  const FormData_pg_type form = *reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  source.name = pstrdup(NameStr(form.typname));
  const bool domain = form.typtype == TYPTYPE_DOMAIN;
  source.length = source_length(column);
  source.scale = scale_of(column);
  if (!snapshot) return source;
  if (type == NUMERICOID && column.typmod < 0 && !domain) {
    source.length = 0;
    source.scale = -1;
  }
  const char* serial = serial_name(type);
  if (serial != nullptr && has_sequence(relation, column.attnum)) source.name = serial;
  const char* schema = get_namespace_name(form.typnamespace);
  if (schema != nullptr && strcmp(schema, "pg_catalog") != 0 && strcmp(schema, "public") != 0) {
    source.name = psprintf("\"%s\".\"%s\"", schema, source.name.data());  // not on the driver's search path
  }
  return source;
}

void add_source_type(Column& column, const SourceType& type, std::string_view column_name) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 256);
  if (column.parameters != nullptr) {
    json.append(std::string_view(column.parameters));
    json.append(',');
  }
  json.append("\"__debezium.source.column.type\":");
  char* upper = pstrdup(type.name.data());
  for (char* at = upper; *at != '\0'; ++at) *at = static_cast<char>(pg_ascii_toupper(static_cast<unsigned char>(*at)));
  append_server_string(json, upper);
  const auto number = [&json](std::string_view name, int value) {
    if (value < 0) return;
    json.append(",\"__debezium.source.column.");
    json.append(name);
    json.append("\":\"");
    json.append_int(value);
    json.append('"');
  };
  number("length", type.length);
  number("scale", type.scale);
  json.append(",\"__debezium.source.column.name\":");
  append_server_string(json, column_name);
  column.parameters = palloc_copy(json.view()).data();
}

}  // namespace penstock
