#include "plugin/record/header_columns.h"

#include "plugin/value/value_writers.h"

namespace penstock {

namespace {

constexpr int64 kDayMs = 86400000;

bool number_of(WriteValue write, const Column& column, Datum value, int64& number) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 32);
  if (!write(json, column, value)) return false;
  number = strtoll(palloc_copy(json.view()).data(), nullptr, 10);
  return true;
}

// java.util.Date by Connect's choice of a format: a time of the first day, a whole day, or both.
void append_date(JsonWriter& json, int64 ms) {
  int64 days = ms / kDayMs, rest = ms % kDayMs;
  if (rest < 0) rest += kDayMs, --days;
  char text[64];
  int size = 0;
  if (ms >= kDayMs) {
    int year = 0, month = 0, day = 0;
    j2date(static_cast<int>(days) + UNIX_EPOCH_JDATE, &year, &month, &day);
    size = snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    json.append(text, static_cast<size_t>(size));
    if (rest == 0) return;
    json.append('T');
  }
  size =
      snprintf(text, sizeof text, "%02d:%02d:%02d.%03dZ", static_cast<int>(rest / 3600000),
               static_cast<int>(rest / 60000 % 60), static_cast<int>(rest / 1000 % 60), static_cast<int>(rest % 1000));
  json.append(text, static_cast<size_t>(size));
}

bool write_connect_date(JsonWriter& json, const Column& column, Datum value) {
  int64 days = 0;
  if (!number_of(write_date, column, value, days)) return false;
  append_date(json, days * kDayMs);
  return true;
}

bool write_connect_time(JsonWriter& json, const Column& column, Datum value) {
  int64 ms = 0;
  if (!number_of(write_time_ms, column, value, ms)) return false;
  append_date(json, ms);
  return true;
}

bool write_connect_timestamp(JsonWriter& json, const Column& column, Datum value) {
  int64 ms = 0;
  if (!number_of(write_timestamp_ms, column, value, ms)) return false;
  append_date(json, ms);
  return true;
}

WriteValue header_writer(const Column& column) {
  const std::string_view name = column.schema_name == nullptr ? std::string_view() : column.schema_name;
  if (name == "org.apache.kafka.connect.data.Date") return write_connect_date;
  if (name == "org.apache.kafka.connect.data.Time") return write_connect_time;
  if (name == "org.apache.kafka.connect.data.Timestamp") return write_connect_timestamp;
  if (name != "org.apache.kafka.connect.data.Decimal") return column.write;
  if (column.type == NUMERICOID) return write_numeric_number;
  return column.type == CASHOID ? write_money_number : column.write;
}

}  // namespace

const Column& header_column(const Column& column) {
  const WriteValue write = header_writer(column);
  const Column* element = column.element == nullptr ? nullptr : &header_column(*column.element);
  if (write == column.write && element == column.element) return column;
  Column* copy = palloc_one<Column>();
  *copy = column;
  copy->write = write;
  copy->element = element;
  return *copy;
}

const RecordNode& header_node(const RecordNode& node) {
  if (node.prints == Prints::kColumn) {
    const Column& column = header_column(*node.column);
    if (&column == node.column) return node;
    RecordNode* copy = copy_of(node);
    copy->column = &column;
    return *copy;
  }
  if (node.prints != Prints::kMembers) return node;
  RecordNode* copy = copy_of(node);
  for (const RecordNode*& member : copy->members) member = &header_node(*member);
  return *copy;
}

}  // namespace penstock
