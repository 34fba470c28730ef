#include "plugin/value/column_types.h"

#include "plugin/pg/memory.h"
#include "plugin/text/encoding.h"
#include "plugin/value/type_modes.h"
#include "plugin/value/type_text.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

struct TypeEntry {
  Oid oid;
  Shape shape;
  Elements elements;      // of arrays of it
  Adapt adapt = nullptr;  // what depends on modifiers and modes
};

constexpr const char* kEmpty = "\"\"";
constexpr auto kNone = Elements::kNone;
constexpr auto kOptional = Elements::kOptional;
constexpr auto kRequired = Elements::kRequired;
constexpr const char* kEpochZoned = "\"1970-01-01T00:00:00Z\"";

constexpr const char* kPointFields =
    R"("fields":[{"type":"double","optional":false,"field":"x"},{"type":"double","optional":false,"field":"y"},)"
    R"({"type":"bytes","optional":true,"field":"wkb"},{"type":"int32","optional":true,"field":"srid"}])";
constexpr const char* kVariableScaleFields =
    R"("fields":[{"type":"int32","optional":false,"field":"scale"},{"type":"bytes","optional":false,"field":"value"}])";

// Sorted by OID.
constexpr TypeEntry kTypes[] = {
    {BOOLOID, {write_bool, "boolean", nullptr, "false"}, kOptional},
    {BYTEAOID, {write_bytea_base64, "bytes", nullptr, kEmpty}, kOptional, adapt_bytea},
    {CHAROID, {write_char, "string", nullptr, kEmpty}, kOptional},
    {NAMEOID, {write_name, "string", nullptr, kEmpty}, kNone, adapt_name},
    {INT8OID, {write_int8, "int64", nullptr, "0"}, kOptional},
    {INT2OID, {write_int2, "int16", nullptr, "0"}, kOptional},
    {INT4OID, {write_int4, "int32", nullptr, "0"}, kOptional},
    {TEXTOID, {write_text, "string", nullptr, kEmpty}, kOptional},
    {OIDOID, {write_oid, "int64", nullptr, "0"}, kOptional},
    {JSONOID, {write_text, "string", "io.debezium.data.Json", kEmpty}, kOptional},
    {XMLOID, {write_xml, "string", "io.debezium.data.Xml", kEmpty}, kNone},
    {POINTOID,
     {write_point, "struct", "io.debezium.data.geometry.Point",
      R"({"x":0.0,"y":0.0,"wkb":"AQEAAAAAAAAAAAAAAAAAAAAAAAAA","srid":null})", kPointFields, "Geometry (POINT)"},
     kNone},
    {CIDROID, {write_cidr, "string", nullptr, kEmpty}, kOptional},
    {FLOAT4OID, {write_float4, "float", nullptr, "0.0"}, kOptional},
    {FLOAT8OID, {write_float8, "double", nullptr, "0.0"}, kOptional},
    {MACADDR8OID, {write_macaddr8, "string", nullptr, kEmpty}, kOptional},
    {CASHOID, {write_money_decimal, "bytes", "org.apache.kafka.connect.data.Decimal", "\"AA==\""}, kNone, adapt_money},
    {MACADDROID, {write_macaddr, "string", nullptr, kEmpty}, kOptional},
    {INETOID, {write_inet, "string", nullptr, kEmpty}, kOptional},
    {BPCHAROID, {write_text, "string", nullptr, kEmpty}, kOptional, adapt_characters},
    {VARCHAROID, {write_text, "string", nullptr, kEmpty}, kOptional, adapt_characters},
    {DATEOID, {write_date, "int32", "io.debezium.time.Date", "0"}, kOptional, adapt_date},
    {TIMEOID, {write_time_us, "int64", "io.debezium.time.MicroTime", "0"}, kOptional, adapt_time},
    {TIMESTAMPOID, {write_timestamp_us, "int64", "io.debezium.time.MicroTimestamp", "0"}, kOptional, adapt_timestamp},
    {TIMESTAMPTZOID,
     {write_timestamptz, "string", "io.debezium.time.ZonedTimestamp", kEpochZoned},
     kOptional,
     adapt_zoned},
    {INTERVALOID, {write_interval_us, "int64", "io.debezium.time.MicroDuration", "0"}, kNone, adapt_interval},
    {TIMETZOID, {write_timetz, "string", "io.debezium.time.ZonedTime", "\"00:00:00Z\""}, kOptional, adapt_zoned},
    {BITOID, {write_bits, "bytes", "io.debezium.data.Bits", kEmpty}, kNone, adapt_bits},
    {VARBITOID, {write_bits, "bytes", "io.debezium.data.Bits", kEmpty}, kNone, adapt_bits},
    {NUMERICOID,
     {write_numeric_variable_scale, "struct", "io.debezium.data.VariableScaleDecimal", R"({"scale":0,"value":"AA=="})",
      kVariableScaleFields, "Variable scaled decimal"},
     kOptional,
     adapt_numeric},
    {UUIDOID, {write_uuid, "string", "io.debezium.data.Uuid", kEmpty}, kOptional},
    {TSVECTOROID, {write_output, "string", "io.debezium.data.Tsvector", kEmpty}, kRequired},
    {JSONBOID, {write_jsonb, "string", "io.debezium.data.Json", kEmpty}, kOptional},
    {INT4RANGEOID, {write_range, "string", nullptr, kEmpty}, kOptional},
    {NUMRANGEOID, {write_range, "string", nullptr, kEmpty}, kOptional},
    {TSRANGEOID, {write_range, "string", nullptr, kEmpty}, kOptional},
    {TSTZRANGEOID, {write_range, "string", nullptr, kEmpty}, kOptional},
    {DATERANGEOID, {write_range, "string", nullptr, kEmpty}, kOptional},
    {INT8RANGEOID, {write_range, "string", nullptr, kEmpty}, kOptional},
};

constexpr bool sorted_by_oid() {
  for (size_t i = 1; i < std::size(kTypes); ++i) {
    if (kTypes[i - 1].oid >= kTypes[i].oid) return false;
  }
  return true;
}
static_assert(sorted_by_oid(), "entry_of searches by halves");

const TypeEntry* entry_of(Oid type) {
  size_t first = 0;
  size_t end = std::size(kTypes);
  while (first < end) {
    const size_t middle = (first + end) / 2;
    if (kTypes[middle].oid < type)
      first = middle + 1;
    else
      end = middle;
  }
  return first < std::size(kTypes) && kTypes[first].oid == type ? &kTypes[first] : nullptr;
}

// Types of extensions have no fixed OID.
struct NamedType {
  std::string_view name;
  Shape shape;
  Elements elements;
  Adapt adapt = nullptr;
};

constexpr const char* kGeometryFields =
    R"("fields":[{"type":"bytes","optional":false,"field":"wkb"},{"type":"int32","optional":true,"field":"srid"}])";
constexpr const char* kSparseVectorFields =
    R"("fields":[{"type":"int16","optional":false,"field":"dimensions"},{"type":"map",)"
    R"("keys":{"type":"int16","optional":false},"values":{"type":"double","optional":false},)"
    R"("optional":false,"field":"vector"}])";
constexpr const char* kNoGeometry = R"({"wkb":"AQcAAAAAAAAA","srid":null})";  // GEOMETRYCOLLECTION EMPTY

constexpr NamedType kNamedTypes[] = {
    {"hstore", {write_hstore_json, "string", "io.debezium.data.Json", "\"{}\""}, kOptional, adapt_hstore},
    {"citext", {write_text, "string", nullptr, kEmpty}, kOptional},
    {"ltree", {write_output, "string", "io.debezium.data.Ltree", kEmpty}, Elements::kOptionalNotNull},
    {"isbn", {write_output, "string", nullptr, kEmpty}, kRequired},
    {"geometry",
     {write_geometry, "struct", "io.debezium.data.geometry.Geometry", kNoGeometry, kGeometryFields, "Geometry", nullptr,
      true},
     kOptional},
    {"geography",
     {write_geometry, "struct", "io.debezium.data.geometry.Geography", kNoGeometry, kGeometryFields, "Geography"},
     kOptional},
    {"vector",
     {write_double_vector, "array", "io.debezium.data.DoubleVector", "[]",
      R"("items":{"type":"double","optional":false})"},
     kRequired},
    {"halfvec",
     {write_float_vector, "array", "io.debezium.data.FloatVector", "[]",
      R"("items":{"type":"float","optional":false})"},
     kRequired},
    {"sparsevec",
     {write_sparse_vector, "struct", "io.debezium.data.SparseDoubleVector", R"({"dimensions":0,"vector":[]})",
      kSparseVectorFields, "Sparse double vector"},
     kRequired},
};

struct TypeFacts {
  char kind = 0;  // typtype
  NameData name = {};
};

TypeFacts facts_of(Oid type) {
  TypeFacts facts;
  const HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return facts;
  const auto* row = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  facts.kind = row->typtype;
  facts.name = row->typname;
  ReleaseSysCache(tuple);
  return facts;
}

const NamedType* named_type(Oid type, const TypeFacts& facts) {
  if (facts.kind != TYPTYPE_BASE || type < FirstNormalObjectId) return nullptr;
  for (const NamedType& named : kNamedTypes) {
    if (named.name == NameStr(facts.name)) return &named;
  }
  return nullptr;
}

// The labels in their order, joined by commas that nothing escapes.
const char* allowed_labels(const CatCList* list) {
  std::span<Form_pg_enum> rows = palloc_span<Form_pg_enum>(static_cast<size_t>(list->n_members));
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = reinterpret_cast<Form_pg_enum>(GETSTRUCT(&list->members[i]->tuple));
  }
  std::sort(rows.begin(), rows.end(),
            [](Form_pg_enum a, Form_pg_enum b) { return a->enumsortorder < b->enumsortorder; });
  JsonWriter json;
  json.open(CurrentMemoryContext, NAMEDATALEN);
  json.append("\"allowed\":\"");
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) json.append(',');
    json.append_escaped(to_utf8(NameStr(rows[i]->enumlabel)));
  }
  json.append('"');
  return palloc_copy(json.view()).data();
}

void take_labels(Column& column, Shape& shape) {
  CatCList* list = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(column.type));
  const auto count = static_cast<size_t>(list->n_members);
  auto* labels = static_cast<EnumLabel*>(palloc(sizeof(EnumLabel) * (count + 1)));
  for (size_t i = 0; i < count; ++i) {
    const auto* row = reinterpret_cast<Form_pg_enum>(GETSTRUCT(&list->members[i]->tuple));
    JsonWriter json;
    json.open(CurrentMemoryContext, NAMEDATALEN);
    append_server_string(json, NameStr(row->enumlabel));
    labels[i] = {row->oid, json.view()};
  }
  shape.parameters = allowed_labels(list);
  ReleaseCatCacheList(list);
  std::sort(labels, labels + count, [](const EnumLabel& a, const EnumLabel& b) { return a.oid < b.oid; });
  column.labels = labels;
  column.label_count = count;
}

bool needs_output_function(WriteValue write) {
  return write == write_output || write == write_geometry || write == write_double_vector ||
         write == write_float_vector || write == write_sparse_vector;
}

void take_output_function(Column& column, Oid type) {
  Oid function = InvalidOid;
  bool varlena = false;
  getTypeOutputInfo(type, &function, &varlena);
  column.output = static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo)));
  fmgr_info_cxt(function, column.output, CurrentMemoryContext);
}

Shape text_shape(ValueOptions::Binary mode) {
  switch (mode) {
    case ValueOptions::Binary::kBytes:
      break;
    case ValueOptions::Binary::kBase64:
      return {write_text_base64, "string", nullptr, kEmpty};
    case ValueOptions::Binary::kBase64UrlSafe:
      return {write_text_base64_url, "string", nullptr, kEmpty};
    case ValueOptions::Binary::kHex:
      return {write_text_hex, "string", nullptr, kEmpty};
  }
  return {write_text_base64, "bytes", nullptr, kEmpty};
}

}  // namespace

Shape shape_of(Column& column) {
  Shape shape;
  if (const TypeEntry* entry = entry_of(column.type)) {
    shape = entry->shape;
    if (entry->adapt != nullptr) entry->adapt(column, shape);
  } else {
    const TypeFacts facts = facts_of(column.type);
    if (facts.kind == TYPTYPE_ENUM) {
      shape = {write_enum, "string", "io.debezium.data.Enum", kEmpty};
      take_labels(column, shape);
    } else if (const NamedType* named = named_type(column.type, facts)) {
      shape = named->shape;
      if (named->adapt != nullptr) named->adapt(column, shape);
    } else if (facts.kind == TYPTYPE_COMPOSITE && column.as_struct) {
      shape = composite_shape(column);
    } else if (column.options->include_unknown && facts.kind != TYPTYPE_PSEUDO && facts.kind != 0) {
      prepare_text(column);
      shape = text_shape(column.options->binary);
    }
  }
  if (needs_output_function(shape.write)) take_output_function(column, column.type);
  if (shape.write == write_range) {
    column.range = lookup_type_cache(column.type, TYPECACHE_RANGE_INFO);
    take_output_function(column, column.range->rngelemtype->type_id);
  }
  return shape;
}

Elements elements_of(Oid type, const Column& array) {
  if (const TypeEntry* entry = entry_of(type)) return entry->elements;
  const TypeFacts facts = facts_of(type);
  if (facts.kind == TYPTYPE_ENUM) return kRequired;
  const NamedType* named = named_type(type, facts);
  if (named != nullptr) return named->elements;
  if (facts.kind == TYPTYPE_COMPOSITE && array.as_struct) return kOptional;
  return array.options->include_unknown && type != REFCURSOROID ? kRequired : kNone;
}

}  // namespace penstock
