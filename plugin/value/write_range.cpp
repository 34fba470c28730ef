// Ranges, in the text form of range_out. Bounds that are dates or times are printed here, so that DateStyle and the
// session's time zone have no part in it: ISO style, UTC.

#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

// Text of a bound of a date or time type; false for other types.
bool put_bound(char (&text)[MAXDATELEN + 1], Oid type, Datum value) {
  struct pg_tm tm = {};
  fsec_t fraction = 0;
  if (type == DATEOID) {
    const DateADT date = DatumGetDateADT(value);
    if (DATE_NOT_FINITE(date)) return EncodeSpecialDate(date, text), true;
    j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
    EncodeDateOnly(&tm, USE_ISO_DATES, text);
    return true;
  }
  if (type != TIMESTAMPOID && type != TIMESTAMPTZOID) return false;
  const Timestamp timestamp = DatumGetTimestamp(value);
  if (TIMESTAMP_NOT_FINITE(timestamp)) return EncodeSpecialTimestamp(timestamp, text), true;
  if (timestamp2tm(timestamp, nullptr, &tm, &fraction, nullptr, nullptr) != 0) return false;
  tm.tm_isdst = 0;
  EncodeDateTime(&tm, fraction, type == TIMESTAMPTZOID, 0, nullptr, USE_ISO_DATES, text);
  return true;
}

bool needs_quotes(const char* text) {
  if (*text == '\0') return true;
  return strpbrk(text, "\"\\()[], \t\n\r\v\f") != nullptr;
}

// As range_out quotes it: quotes and backslashes doubled.
void append_bound(JsonWriter& json, const char* text) {
  const bool quoted = needs_quotes(text);
  if (quoted) json.append("\\\"");
  for (; *text != '\0'; ++text) {
    if (*text == '"' || *text == '\\') json.append_escaped({text, 1});
    json.append_escaped({text, 1});
  }
  if (quoted) json.append("\\\"");
}

}  // namespace

bool write_range(JsonWriter& json, const Column& column, Datum value) {
  RangeBound lower;
  RangeBound upper;
  bool empty = false;
  range_deserialize(column.range, DatumGetRangeTypeP(value), &lower, &upper, &empty);
  if (empty) return json.append("\"empty\""), true;
  const Oid type = column.range->rngelemtype->type_id;
  json.append(lower.inclusive ? std::string_view("\"[") : std::string_view("\"("));
  for (const RangeBound* bound : {&lower, &upper}) {
    if (bound == &upper) json.append(',');
    if (bound->infinite) continue;
    char text[MAXDATELEN + 1];
    append_bound(json, put_bound(text, type, bound->val) ? text : OutputFunctionCall(column.output, bound->val));
  }
  json.append(upper.inclusive ? std::string_view("]\"") : std::string_view(")\""));
  return true;
}

}  // namespace penstock
