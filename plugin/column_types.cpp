#include "plugin/column_types.h"

#include "plugin/encoding.h"
#include "plugin/memory.h"
#include "plugin/value_writers.h"

namespace penstock {
namespace {

using Adapt = void (*)(Column&, Shape&);

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

void adapt_characters(Column& column, Shape&) {
  column.length = column.typmod > VARHDRSZ ? column.typmod - VARHDRSZ : 0;
}

constexpr int kUnlimited = std::numeric_limits<int32>::max();  // of varbit

void adapt_bits(Column& column, Shape& shape) {
  column.length = column.typmod > 0 ? column.typmod : 0;
  if (column.typmod == 1)
    shape = {write_bit, "boolean", nullptr, "false"};
  else
    shape.parameters = psprintf(R"("length":"%d")", column.length > 0 ? column.length : kUnlimited);
}

void adapt_bytea(Column& column, Shape& shape) {
  switch (column.options->binary) {
    case ValueOptions::Binary::kBytes:
      return;
    case ValueOptions::Binary::kBase64:
      shape.schema_type = "string";
      return;
    case ValueOptions::Binary::kBase64UrlSafe:
      shape = {write_bytea_base64_url, "string", nullptr, kEmpty};
      return;
    case ValueOptions::Binary::kHex:
      shape = {write_bytea_hex, "string", nullptr, kEmpty};
      return;
  }
}

void adapt_name(Column& column, Shape& shape) {
  if (!column.options->snapshot) shape.write = write_name_null;
}

constexpr const char* kDecimal = "org.apache.kafka.connect.data.Decimal";

// "0.00": zero at a scale, as the connector has it in string mode.
const char* zero_at_scale(int scale) {
  return scale <= 0 ? "\"0\"" : psprintf("\"0.%0*d\"", scale, 0);
}

void adapt_numeric(Column& column, Shape& shape) {
  const bool variable = column.typmod < 0;
  if (!variable) {
    const int packed = column.typmod - VARHDRSZ;
    column.length = packed >> 16 & 0xFFFF;
    column.scale = ((packed & 0x7FF) ^ 1024) - 1024;  // signed 11 bits from 15 on, the same below 1024 before
  }
  switch (column.options->decimal) {
    case ValueOptions::Decimal::kString:
      shape = {write_numeric_string, "string", nullptr, zero_at_scale(column.scale)};
      return;
    case ValueOptions::Decimal::kDouble:
      shape = {write_numeric_double, "double", nullptr, "0.0"};
      return;
    case ValueOptions::Decimal::kPrecise:
      if (variable) return;
      shape = {write_numeric_decimal, "bytes", kDecimal, "\"AA==\""};
      shape.parameters = psprintf(R"("scale":"%d","connect.decimal.precision":"%d")", column.scale, column.length);
      if (!column.options->decimal_as_number) return;
      shape.write = write_numeric_number;
      shape.zero = column.scale <= 0 ? "0" : psprintf("0.%0*d", column.scale, 0);
      return;
  }
}

void adapt_money(Column& column, Shape& shape) {
  column.scale = 2;
  switch (column.options->decimal) {
    case ValueOptions::Decimal::kString:
      shape = {write_money_string, "string", nullptr, "\"0.00\""};
      return;
    case ValueOptions::Decimal::kDouble:
      shape = {write_money_double, "double", nullptr, "0.0"};
      return;
    case ValueOptions::Decimal::kPrecise:
      shape.parameters = psprintf(R"("scale":"%d")", column.scale);
      if (!column.options->decimal_as_number) return;
      shape.write = write_money_number;
      shape.zero = "0.00";
      return;
  }
}

void take_fraction_digits(Column& column) {
  column.scale = column.typmod < 0 || column.typmod > 6 ? 6 : column.typmod;
}

void adapt_date(Column& column, Shape& shape) {
  if (column.options->time == ValueOptions::Time::kConnect) shape.schema_name = "org.apache.kafka.connect.data.Date";
  if (column.options->time != ValueOptions::Time::kIsostring) return;
  shape = {write_date_iso, "string", "io.debezium.time.IsoDate", "\"1970-01-01Z\""};
}

void adapt_time(Column& column, Shape& shape) {
  take_fraction_digits(column);
  switch (column.options->time) {
    case ValueOptions::Time::kAdaptive:
      if (column.scale <= 3) shape = {write_time_ms, "int32", "io.debezium.time.Time", "0"};
      return;
    case ValueOptions::Time::kAdaptiveTimeMicroseconds:
    case ValueOptions::Time::kMicroseconds:
      return;
    case ValueOptions::Time::kConnect:
      shape = {write_time_ms, "int32", "org.apache.kafka.connect.data.Time", "0"};
      return;
    case ValueOptions::Time::kIsostring:
      shape = {write_time_iso, "string", "io.debezium.time.IsoTime", "\"00:00:00Z\""};
      return;
    case ValueOptions::Time::kNanoseconds:
      shape = {write_time_ns, "int64", "io.debezium.time.NanoTime", "0"};
      return;
  }
}

void adapt_timestamp(Column& column, Shape& shape) {
  take_fraction_digits(column);
  switch (column.options->time) {
    case ValueOptions::Time::kAdaptive:
    case ValueOptions::Time::kAdaptiveTimeMicroseconds:
      if (column.scale <= 3) shape = {write_timestamp_ms, "int64", "io.debezium.time.Timestamp", "0"};
      return;
    case ValueOptions::Time::kMicroseconds:
      return;
    case ValueOptions::Time::kConnect:
      shape = {write_timestamp_ms, "int64", "org.apache.kafka.connect.data.Timestamp", "0"};
      return;
    case ValueOptions::Time::kIsostring:
      shape = {write_timestamp_iso, "string", "io.debezium.time.IsoTimestamp", kEpochZoned};
      return;
    case ValueOptions::Time::kNanoseconds:
      shape = {write_timestamp_ns, "int64", "io.debezium.time.NanoTimestamp", "0"};
      return;
  }
}

void adapt_zoned(Column& column, Shape&) {
  take_fraction_digits(column);
}

void adapt_interval(Column& column, Shape& shape) {
  if (column.options->interval != ValueOptions::Interval::kString) return;
  shape = {write_interval_iso, "string", "io.debezium.time.Interval", "\"P0Y0M0DT0H0M0S\""};
}

void adapt_hstore(Column& column, Shape& shape) {
  if (column.options->hstore != ValueOptions::Hstore::kMap) return;
  shape = {write_hstore_map, "map", nullptr, "{}",
           R"("keys":{"type":"string","optional":false},"values":{"type":"string","optional":true})"};
}

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
    {CASHOID, {write_money_decimal, "bytes", kDecimal, "\"AA==\""}, kNone, adapt_money},
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

constexpr NamedType kNamedTypes[] = {
    {"hstore", {write_hstore_json, "string", "io.debezium.data.Json", "\"{}\""}, kOptional, adapt_hstore},
    {"citext", {write_text, "string", nullptr, kEmpty}, kOptional},
    {"ltree", {write_output, "string", "io.debezium.data.Ltree", kEmpty}, kOptional},
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

void take_output_function(Column& column, Oid type) {
  Oid function = InvalidOid;
  bool varlena = false;
  getTypeOutputInfo(type, &function, &varlena);
  column.output = static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo)));
  fmgr_info_cxt(function, column.output, CurrentMemoryContext);
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
    }
  }
  if (shape.write == write_output) take_output_function(column, column.type);
  if (shape.write == write_range) {
    column.range = lookup_type_cache(column.type, TYPECACHE_RANGE_INFO);
    take_output_function(column, column.range->rngelemtype->type_id);
  }
  return shape;
}

Elements elements_of(Oid type) {
  if (const TypeEntry* entry = entry_of(type)) return entry->elements;
  const TypeFacts facts = facts_of(type);
  if (facts.kind == TYPTYPE_ENUM) return kRequired;
  const NamedType* named = named_type(type, facts);
  return named == nullptr ? kNone : named->elements;
}

}  // namespace penstock
