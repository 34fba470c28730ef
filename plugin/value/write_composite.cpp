// Composite types as structs of their attributes, each in its own form (penstock.composite.handling.mode=struct).

#include "plugin/pg/memory.h"
#include "plugin/text/encoding.h"
#include "plugin/value/column_types.h"
#include "plugin/value/schema.h"
#include "plugin/value/value_writers.h"

namespace penstock {

struct Composite {
  TupleDesc descriptor = nullptr;
  std::span<Column> fields;
};

namespace {

bool prepare_field(Column& field, const Column& column, const FormData_pg_attribute& attribute) {
  if (attribute.attisdropped) return false;
  field = Column{};
  field.attnum = attribute.attnum;
  field.options = column.options;
  field.as_struct = true;  // counted with the column
  field.typmod = attribute.atttypmod;
  field.type = getBaseTypeAndTypmod(attribute.atttypid, &field.typmod);
  field.full_name = psprintf("%s.%s", column.full_name, NameStr(attribute.attname));
  field.type_name = format_type_be(attribute.atttypid);
  take_name(field, NameStr(attribute.attname));
  field.null_text = field.absent_text = "null";
  return take_form(field).write != nullptr;
}

// Fields of structs of the type, those of nested ones included; any number above `limit` stands for more.
size_t count_fields(Oid type, int nesting, size_t limit) {
  constexpr int kNestingMax = 32;
  const Oid element = get_element_type(type);
  const Oid base = getBaseType(OidIsValid(element) ? element : type);
  if (get_typtype(base) != TYPTYPE_COMPOSITE) return 0;
  if (nesting > kNestingMax) return limit + 1;
  TupleDesc attributes = lookup_rowtype_tupdesc_copy(base, -1);
  size_t count = 0;
  for (int i = 0; i < attributes->natts && count <= limit; ++i) {
    const FormData_pg_attribute& attribute = *TupleDescAttr(attributes, i);
    if (attribute.attisdropped) continue;
    ++count;
    if (count <= limit) count += count_fields(getBaseType(attribute.atttypid), nesting + 1, limit - count);
  }
  FreeTupleDesc(attributes);
  return count;
}

const char* fields_schema(std::span<const Column> fields) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 256);
  json.append("\"fields\":[");
  for (const Column& field : fields) {
    if (&field != fields.data()) json.append(',');
    append_schema(json, field, true);
  }
  json.append(']');
  return palloc_copy(json.view()).data();
}

// schema.type, as its own records would be named.
const char* struct_name(Oid type) {
  const HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return "";
  const auto* row = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  const char* schema = get_namespace_name(row->typnamespace);
  const char* name = psprintf("%s.%s", schema == nullptr ? "" : schema, NameStr(row->typname));
  ReleaseSysCache(tuple);
  return palloc_copy(to_utf8(name)).data();
}

}  // namespace

bool take_struct_fields(const Column& column, StructFields& fields) {
  const size_t count = count_fields(column.type, 1, fields.left);
  if (count <= fields.left) {
    fields.left -= count;
    return true;
  }
  ereport(
      WARNING,
      errmsg("column \"%s\" is no struct: its type is nested too deep, or those of its table have too many fields",
             shown(column.full_name)),
      errdetail("It is as with penstock.composite.handling.mode=unknown. Structs of a table have at most %zu fields "
                "in all, and 32 levels.",
                StructFields().left));
  return false;
}

Shape composite_shape(Column& column) {
  Composite* composite = palloc_one<Composite>();
  composite->descriptor = lookup_rowtype_tupdesc_copy(column.type, -1);
  std::span<Column> fields = palloc_span<Column>(static_cast<size_t>(composite->descriptor->natts));
  size_t count = 0;
  for (int i = 0; i < composite->descriptor->natts; ++i) {
    if (prepare_field(fields[count], column, *TupleDescAttr(composite->descriptor, i))) ++count;
  }
  composite->fields = fields.first(count);
  column.composite = composite;
  Shape shape = {write_composite, "struct", struct_name(column.type), "{}", fields_schema(composite->fields)};
  JsonWriter zero;
  zero.open(CurrentMemoryContext, 64);
  for (const Column& field : composite->fields) {
    zero.append(field.segment);
    zero.append("null");
  }
  if (count == 0) return shape;
  zero.append('}');
  zero.data()[0] = '{';
  shape.zero = palloc_copy(zero.view()).data();
  return shape;
}

// A value that was stored before an attribute was added has fewer; these are null.
bool write_composite(JsonWriter& json, const Column& column, Datum value) {
  const Composite& composite = *column.composite;
  HeapTupleHeader row = DatumGetHeapTupleHeader(value);
  HeapTupleData tuple = {};
  tuple.t_len = HeapTupleHeaderGetDatumLength(row);
  ItemPointerSetInvalid(&tuple.t_self);
  tuple.t_data = row;
  const auto attributes = static_cast<size_t>(composite.descriptor->natts);
  const std::span<Datum> values = palloc_span<Datum>(attributes);
  const std::span<bool> nulls = palloc_span<bool>(attributes);
  heap_deform_tuple(&tuple, composite.descriptor, values.data(), nulls.data());
  const size_t start = json.size();
  for (const Column& field : composite.fields) {
    const auto i = static_cast<size_t>(field.attnum - 1);
    json.append(field.segment);
    write_column(json, field, nulls[i] ? State::kNull : State::kValue, values[i]);
  }
  if (composite.fields.empty()) json.append('{');
  json.data()[start] = '{';
  json.append('}');
  return true;
}

}  // namespace penstock
