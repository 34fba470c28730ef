#include "plugin/value/column_writer.h"

#include "plugin/pg/memory.h"
#include "plugin/text/encoding.h"
#include "plugin/value/column_default.h"
#include "plugin/value/column_types.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

void take_shape(Column& column, const Shape& shape) {
  column.write = shape.write;
  column.schema_type = shape.schema_type;
  column.schema_name = shape.schema_name;
  column.schema_inner = shape.schema_inner;
  column.schema_doc = shape.schema_doc;
  column.parameters = shape.parameters;
  column.always_optional = shape.always_optional;
}

// The connector has a schema for bit[], that of a scalar, but nothing that would fit into it.
Shape bit_array_shape(Column& column) {
  const Oid array = column.type;
  column.type = BITOID;
  Shape shape = shape_of(column);
  column.type = array;
  shape.write = [](JsonWriter&, const Column&, Datum) { return false; };
  return shape;
}

// An array's elements get a Column of their own, with the array's modifiers.
Shape array_shape(Column& column, Oid element_type) {
  if (element_type == BITOID) return bit_array_shape(column);
  const Elements elements = elements_of(element_type, column);
  if (elements == Elements::kNone) return {};
  Column* element = palloc_one<Column>();
  const bool vector = column.type == INT2VECTOROID || column.type == OIDVECTOROID;
  element->nullable = elements != Elements::kRequired && !vector;
  element->type = element_type;
  element->typmod = column.typmod;
  element->options = column.options;
  element->as_struct = column.as_struct;
  element->full_name = column.full_name;
  element->type_name = column.type_name;
  element->null_text = element->absent_text = "null";
  const Shape shape = shape_of(*element);
  if (shape.write == nullptr) return {};
  take_shape(*element, shape);
  element->finite_only = element_type == NUMERICOID;
  column.element = element;
  column.elements_not_null = elements != Elements::kOptional;
  get_typlenbyvalalign(element_type, &column.element_size, &column.element_by_value, &column.element_align);
  return {write_array, "array", nullptr, "[]"};
}

// The vectors of the catalogs are arrays too, but for their lower bound.
Oid element_type_of(Oid type) {
  if (type == INT2VECTOROID) return INT2OID;
  if (type == OIDVECTOROID) return OIDOID;
  return get_element_type(type);
}

bool is_required(const FormData_pg_attribute& attribute) {
  if (attribute.attnotnull) return true;
  const HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(attribute.atttypid));
  if (!HeapTupleIsValid(tuple)) return false;
  const auto* row = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  const bool required = row->typtype == TYPTYPE_DOMAIN && row->typnotnull;
  ReleaseSysCache(tuple);
  return required;
}

}  // namespace

void take_name(Column& column, const char* name) {
  column.name = palloc_copy(adjusted_field_name(to_utf8(name), column.options->field_names));
  JsonWriter json;
  json.open(CurrentMemoryContext, NAMEDATALEN);
  json.append(',');
  json.append_string(column.name);
  json.append(':');
  column.segment = json.view();
}

Shape take_form(Column& column) {
  const Oid element_type = element_type_of(column.type);
  const Shape shape = OidIsValid(element_type) ? array_shape(column, element_type) : shape_of(column);
  if (shape.write != nullptr) take_shape(column, shape);
  return shape;
}

bool prepare_column(Column& column, Relation relation, AttrNumber attnum, const ValueOptions& options,
                    StructFields& fields) {
  const FormData_pg_attribute& attribute = *TupleDescAttr(RelationGetDescr(relation), attnum - 1);
  column = Column{};
  column.attnum = attnum;
  column.options = &options;
  column.nullable = !is_required(attribute);
  column.typmod = attribute.atttypmod;
  column.type = getBaseTypeAndTypmod(attribute.atttypid, &column.typmod);
  column.full_name = psprintf("%s.%s.%s", get_namespace_name(RelationGetNamespace(relation)),
                              RelationGetRelationName(relation), NameStr(attribute.attname));
  column.type_name = format_type_be(attribute.atttypid);
  take_name(column, NameStr(attribute.attname));
  column.as_struct = options.composite_struct && take_struct_fields(column, fields);
  const Shape shape = take_form(column);
  if (shape.write == nullptr) return false;

  // What the default is written with, should it be a value that has no form here.
  column.null_text = column.absent_text = "null";
  column.default_text = default_json(column, relation, attribute);
  const bool has_default = column.default_text.data() != nullptr;
  if (has_default && options.null_as_default) column.null_text = column.default_text;
  if (column.nullable)
    column.absent_text = column.null_text;
  else
    column.absent_text = has_default ? column.default_text : std::string_view(shape.zero);
  column.unavailable_text = unavailable_json(column);
  return true;
}

void write_unconvertible(JsonWriter& json, const Column& column, size_t start) {
  json.truncate(start);
  json.append(column.null_text);
  switch (column.options->on_failure) {
    case ValueOptions::OnFailure::kSkip:
      return;
    case ValueOptions::OnFailure::kWarn:
      if (column.options->unconvertible != nullptr) column.options->unconvertible->add(column);
      return;
    case ValueOptions::OnFailure::kFail:
      ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
              errmsg("value of column \"%s\" of type %s has no form in records", shown(column.full_name),
                     shown(column.type_name)),
              errhint("Set event.converting.failure.handling.mode to warn to have it written as null."));
  }
}

}  // namespace penstock
