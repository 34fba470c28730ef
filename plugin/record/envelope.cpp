#include "plugin/record/envelope.h"

#include <ctime>

#include "plugin/text/decimal_text.h"
#include "plugin/value/value_writers.h"

namespace penstock {

namespace {

// {"a":1,"b":2}: each column's segment begins with a comma, the first of which becomes the brace.
void write_columns(JsonWriter& json, std::span<const Column> columns, const Row& row) {
  const size_t start = json.size();
  for (const Column& column : columns) {
    json.append(column.segment);
    const auto i = static_cast<size_t>(column.attnum - 1);
    write_column(json, column, row.states[i], row.values[i]);
  }
  if (json.size() == start) return json.append("{}");
  json.data()[start] = '{';
  json.append('}');
}

void write_row(JsonWriter& json, const Plan& plan, const Row* row) {
  if (row == nullptr) return json.append("null");
  write_columns(json, plan.columns, *row);
}

// "ts_ms":…,"ts_us":…,"ts_ns":… are one number at three lengths.
void write_times(JsonWriter& json, int64 ns) {
  char text[kInt64Text];
  const auto size = static_cast<size_t>(put_int64(text, ns) - text);
  json.append("\"ts_ms\":");
  json.append(text, size - 6);
  json.append(",\"ts_us\":");
  json.append(text, size - 3);
  json.append(",\"ts_ns\":");
  json.append(text, size);
}

void write_source(JsonWriter& json, const SourceParts& source, std::string_view names, XLogRecPtr lsn) {
  char text[kInt64Text];
  const auto size = static_cast<size_t>(put_uint64(text, lsn) - text);
  json.append(source.head);
  json.append(text, size);
  json.append(source.times);
  json.append(names);
  json.append(source.xid);
  json.append(text, size);
  json.append(source.tail);
}

}  // namespace

int64 now_nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<int64>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

void write_key(JsonWriter& json, const Plan& plan, const Row& row) {
  write_columns(json, plan.keys, row);
}

bool same_values(JsonWriter& scratch, const Plan& plan, const Row& before, const Row& after) {
  for (const Column& column : plan.columns) {
    const auto i = static_cast<size_t>(column.attnum - 1);
    if (before.states[i] != after.states[i]) return false;
    if (before.states[i] != State::kValue) continue;
    scratch.clear();
    write_column(scratch, column, State::kValue, before.values[i]);
    const size_t size = scratch.size();
    write_column(scratch, column, State::kValue, after.values[i]);
    if (scratch.view_from(size) != std::string_view(scratch.data(), size)) return false;
  }
  return true;
}

void write_envelope(JsonWriter& json, const Plan& plan, const SourceParts& source, const Stamp& stamp, char op,
                    const Row* before, const Row* after) {
  json.append("{\"before\":");
  write_row(json, plan, before);
  json.append(",\"after\":");
  write_row(json, plan, after);
  json.append(',');
  write_source(json, source, plan.source_names, stamp.lsn);
  json.append(",\"transaction\":");
  json.append(stamp.transaction);
  json.append(",\"op\":\"");
  json.append(op);
  json.append("\",");
  write_times(json, stamp.now_ns);
  json.append('}');
}

SourceParts make_source_parts(JsonWriter& json, const SourceFacts& facts) {
  // Offsets first: the buffer moves while it grows.
  const size_t start = json.size();
  json.append("\"source\":{\"version\":");
  json.append_string(facts.version);
  json.append(",\"connector\":\"postgresql\",\"name\":");
  json.append_string(facts.name);
  json.append(",\"ts_ms\":");
  json.append_int(facts.time_us / 1000);
  json.append(",\"snapshot\":");
  if (facts.snapshot.data() == nullptr) {
    json.append(facts.stream);
  } else {
    json.append_string(facts.snapshot);
  }
  json.append(",\"db\":");
  json.append_string(facts.database);
  json.append(",\"sequence\":\"[");
  if (facts.sequence == 0) {
    json.append("null");
  } else {
    json.append("\\\"");
    json.append_uint(facts.sequence);
    json.append("\\\"");
  }
  json.append(",\\\"");
  const size_t times = json.size();
  json.append("\\\"]\",\"ts_us\":");
  json.append_int(facts.time_us);
  json.append(",\"ts_ns\":");
  json.append_int(facts.time_us * 1000);
  json.append(",\"schema\":");
  const size_t xid = json.size();
  if (facts.xid >= 0) {
    json.append_int(facts.xid);
  } else {
    json.append("null");
  }
  json.append(",\"lsn\":");
  const size_t tail = json.size();
  json.append(",\"xmin\":");
  if (facts.xmin == 0) {
    json.append("null");
  } else {
    json.append_uint(facts.xmin);
  }
  json.append(",\"origin\":");
  if (facts.origin.data() == nullptr) {
    json.append("null,\"origin_lsn\":null}");
  } else {
    json.append_string(facts.origin);
    json.append(",\"origin_lsn\":");
    json.append_uint(facts.origin_lsn);
    json.append('}');
  }
  const char* text = json.data();
  return {{text + start, times - start},
          {text + times, xid - times},
          {text + xid, tail - xid},
          {text + tail, json.size() - tail}};
}

}  // namespace penstock
