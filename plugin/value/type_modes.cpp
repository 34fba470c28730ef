#include "plugin/value/type_modes.h"

#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr const char* kEmpty = "\"\"";
constexpr const char* kEpochZoned = "\"1970-01-01T00:00:00Z\"";

constexpr int kUnlimited = std::numeric_limits<int32>::max();  // of varbit

constexpr const char* kDecimal = "org.apache.kafka.connect.data.Decimal";

// "0.00": zero at a scale, as the connector has it in string mode.
const char* zero_at_scale(int scale) {
  return scale <= 0 ? "\"0\"" : psprintf("\"0.%0*d\"", scale, 0);
}

// The stored integer counts the smallest unit of lc_monetary, as cash_in() has it.
int stored_money_digits() {
  const int digits = PGLC_localeconv()->frac_digits;
  return digits < 0 || digits > 10 ? 2 : digits;
}

// BigDecimal.toString of zero.
const char* big_decimal_zero(int scale) {
  if (scale > 6 || scale < 0) return psprintf("0E%+d", -scale);
  return scale == 0 ? "0" : psprintf("0.%0*d", scale, 0);
}

void take_fraction_digits(Column& column) {
  column.scale = column.typmod < 0 || column.typmod > 6 ? 6 : column.typmod;
}

}  // namespace

void adapt_characters(Column& column, Shape&) {
  column.length = column.typmod > VARHDRSZ ? column.typmod - VARHDRSZ : 0;
}

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
  if (!column.options->snapshot && !column.options->include_unknown) shape.write = write_name_null;
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
      shape.zero = big_decimal_zero(column.scale);
      return;
  }
}

void adapt_money(Column& column, Shape& shape) {
  column.scale = column.options->money_digits;
  column.length = stored_money_digits();
  switch (column.options->decimal) {
    case ValueOptions::Decimal::kString:
      shape = {write_money_string, "string", nullptr, psprintf("\"%s\"", big_decimal_zero(column.scale))};
      return;
    case ValueOptions::Decimal::kDouble:
      shape = {write_money_double, "double", nullptr, "0.0"};
      return;
    case ValueOptions::Decimal::kPrecise:
      shape.parameters = psprintf(R"("scale":"%d")", column.scale);
      if (!column.options->decimal_as_number) return;
      shape.write = write_money_number;
      shape.zero = big_decimal_zero(column.scale);
      return;
  }
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

}  // namespace penstock
