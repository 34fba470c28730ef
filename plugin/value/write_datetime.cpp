// Dates, times and intervals, by arithmetic of our own: session time zone and DateStyle have no part in it. The
// proleptic Gregorian calendar throughout, year 0 being 1 BC.

#include "plugin/pg/compat.h"
#include "plugin/text/decimal_text.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr int64_t kUsPerSecond = 1000000;
constexpr int64_t kUsPerMinute = 60 * kUsPerSecond;
constexpr int64_t kUsPerHour = 60 * kUsPerMinute;
constexpr int64_t kUsPerDay = 24 * kUsPerHour;
constexpr int64_t kEpochDays = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;  // 1970-01-01 to 2000-01-01
constexpr int64_t kEpochUs = kEpochDays * kUsPerDay;

// What the connector writes for infinite timestamps: the driver's far dates, in microseconds (findings, contract 3.3).
constexpr int64_t kInfinityUs = 9223372036825200000;
constexpr int64_t kMinusInfinityUs = -9223372036832400000;

constexpr size_t kIsoText = 48;  // bytes of the longest text here, quotes included

int64_t floor_divide(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

struct Civil {
  int64_t year;
  uint32_t month;
  uint32_t day;
};

// Days since 1970-01-01 to year, month, day. Years are counted from March in eras of 400 (after Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms").
Civil civil_of_days(int64_t days) {
  days += 719468;
  const int64_t era = floor_divide(days, 146097);
  const auto day_of_era = static_cast<uint32_t>(days - era * 146097);
  const uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t month = (5 * day_of_year + 2) / 153;
  Civil civil;
  civil.day = day_of_year - (153 * month + 2) / 5 + 1;
  civil.month = month < 10 ? month + 3 : month - 9;
  civil.year = era * 400 + year_of_era + (civil.month <= 2 ? 1 : 0);
  return civil;
}

// yyyy-mm-dd as java.time prints it: at least four digits, a sign where there are more or the year is negative.
char* put_date(char* to, int64_t days) {
  const Civil civil = civil_of_days(days);
  if (civil.year >= 0 && civil.year <= 9999) {
    to = put_4_digits(to, static_cast<uint32_t>(civil.year));
  } else {
    *to++ = civil.year < 0 ? '-' : '+';
    const uint64_t year = static_cast<uint64_t>(civil.year < 0 ? -civil.year : civil.year);
    to = put_padded(to, year, year < 10000 ? 4 : count_digits(year));
  }
  *to++ = '-';
  to = put_2_digits(to, civil.month);
  *to++ = '-';
  return put_2_digits(to, civil.day);
}

// hh:mm:ss of a time of day.
char* put_clock(char* to, int64_t us) {
  const auto seconds = static_cast<uint32_t>(us / kUsPerSecond);
  to = put_2_digits(to, seconds / 3600);
  *to++ = ':';
  to = put_2_digits(to, seconds / 60 % 60);
  *to++ = ':';
  return put_2_digits(to, seconds % 60);
}

// .ffffff with exactly `digits` digits; nothing for none.
char* put_fraction(char* to, int64_t us, int digits) {
  if (digits <= 0) return to;
  auto fraction = static_cast<uint32_t>(us % kUsPerSecond);
  for (int i = digits; i < 6; ++i) fraction /= 10;
  *to++ = '.';
  return put_padded(to, fraction, digits);
}

// The fraction with as many digits as it needs.
char* put_short_fraction(char* to, int64_t us) {
  auto fraction = static_cast<uint32_t>(us % kUsPerSecond);
  if (fraction == 0) return to;
  int digits = 6;
  while (fraction % 10 == 0) {
    fraction /= 10;
    --digits;
  }
  *to++ = '.';
  return put_padded(to, fraction, digits);
}

// Days since 1970-01-01. Infinite dates wrap around as the connector's stream has them: -2147472692 and -2147472691
// (findings A6).
int32_t epoch_days(DateADT date) {
  return static_cast<int32_t>(static_cast<uint32_t>(date) + static_cast<uint32_t>(kEpochDays));
}

struct DayAndTime {
  int64_t days;  // since 1970-01-01
  int64_t us;    // of the day
};

DayAndTime split(Timestamp timestamp) {
  const int64_t days = floor_divide(timestamp, kUsPerDay);
  return {days + kEpochDays, timestamp - days * kUsPerDay};
}

bool write_iso_time(JsonWriter& json, int64_t us) {
  char* to = json.reserve(kIsoText);
  *to++ = '"';
  to = put_short_fraction(put_clock(to, us), us);
  memcpy(to, "Z\"", 2);
  json.advance_to(to + 2);
  return true;
}

bool write_number(JsonWriter& json, int64_t value) {
  json.append_int(value);
  return true;
}

char* put_part(char* to, int64_t value, char unit) {
  to = put_int64(to, value);
  *to++ = unit;
  return to;
}

}  // namespace

bool write_date(JsonWriter& json, const Column&, Datum value) {
  return write_number(json, epoch_days(DatumGetDateADT(value)));
}

bool write_date_iso(JsonWriter& json, const Column&, Datum value) {
  char* to = json.reserve(kIsoText);
  *to++ = '"';
  to = put_date(to, epoch_days(DatumGetDateADT(value)));
  memcpy(to, "Z\"", 2);
  json.advance_to(to + 2);
  return true;
}

bool write_time_ms(JsonWriter& json, const Column&, Datum value) {
  return write_number(json, DatumGetTimeADT(value) / 1000);
}

bool write_time_us(JsonWriter& json, const Column&, Datum value) {
  return write_number(json, DatumGetTimeADT(value));
}

bool write_time_ns(JsonWriter& json, const Column&, Datum value) {
  return write_number(json, DatumGetTimeADT(value) * 1000);
}

bool write_time_iso(JsonWriter& json, const Column&, Datum value) {
  return write_iso_time(json, DatumGetTimeADT(value) % kUsPerDay);
}

// Shifted to UTC; the zone counts seconds west of Greenwich.
bool write_timetz(JsonWriter& json, const Column&, Datum value) {
  const TimeTzADT* time = DatumGetTimeTzADTP(value);
  const int64_t utc = time->time + time->zone * kUsPerSecond;
  return write_iso_time(json, utc - floor_divide(utc, kUsPerDay) * kUsPerDay);
}

bool write_timestamp_us(JsonWriter& json, const Column&, Datum value) {
  const Timestamp timestamp = DatumGetTimestamp(value);
  if (TIMESTAMP_IS_NOEND(timestamp)) return write_number(json, kInfinityUs);
  if (TIMESTAMP_IS_NOBEGIN(timestamp)) return write_number(json, kMinusInfinityUs);
  int64_t us;
  if (__builtin_add_overflow(timestamp, kEpochUs, &us)) return false;  // beyond the year 294247
  return write_number(json, us);
}

bool write_timestamp_ms(JsonWriter& json, const Column&, Datum value) {
  const Timestamp timestamp = DatumGetTimestamp(value);
  if (TIMESTAMP_IS_NOEND(timestamp)) return write_number(json, kInfinityUs / 1000);
  if (TIMESTAMP_IS_NOBEGIN(timestamp)) return write_number(json, kMinusInfinityUs / 1000);
  return write_number(json, floor_divide(timestamp, 1000) + kEpochUs / 1000);
}

bool write_timestamp_ns(JsonWriter& json, const Column&, Datum value) {
  const Timestamp timestamp = DatumGetTimestamp(value);
  if (TIMESTAMP_IS_NOEND(timestamp)) return write_number(json, INT64_MAX);
  if (TIMESTAMP_IS_NOBEGIN(timestamp)) return write_number(json, INT64_MIN);
  int64_t ns;
  if (__builtin_add_overflow(timestamp, kEpochUs, &ns) || __builtin_mul_overflow(ns, 1000, &ns)) return false;
  return write_number(json, ns);
}

bool write_timestamp_iso(JsonWriter& json, const Column&, Datum value) {
  const Timestamp timestamp = DatumGetTimestamp(value);
  if (TIMESTAMP_IS_NOEND(timestamp)) return json.append("\"+294247-01-10T04:00:25.2Z\""), true;
  if (TIMESTAMP_IS_NOBEGIN(timestamp)) return json.append("\"-290308-12-21T19:59:27.6Z\""), true;
  const DayAndTime at = split(timestamp);
  char* to = json.reserve(kIsoText);
  *to++ = '"';
  to = put_date(to, at.days);
  *to++ = 'T';
  to = put_short_fraction(put_clock(to, at.us), at.us);
  memcpy(to, "Z\"", 2);
  json.advance_to(to + 2);
  return true;
}

// UTC with exactly as many fraction digits as the column has.
bool write_timestamptz(JsonWriter& json, const Column& column, Datum value) {
  const TimestampTz timestamp = DatumGetTimestampTz(value);
  if (TIMESTAMP_IS_NOEND(timestamp)) return json.append("\"infinity\""), true;
  if (TIMESTAMP_IS_NOBEGIN(timestamp)) return json.append("\"-infinity\""), true;
  const DayAndTime at = split(timestamp);
  char* to = json.reserve(kIsoText);
  *to++ = '"';
  to = put_date(to, at.days);
  *to++ = 'T';
  to = put_fraction(put_clock(to, at.us), at.us, column.scale);
  memcpy(to, "Z\"", 2);
  json.advance_to(to + 2);
  return true;
}

// Months count 365.25 / 12 days; in double arithmetic, step by step, and clamped to 64 bits, as the connector does it.
bool write_interval_us(JsonWriter& json, const Column&, Datum value) {
  const Interval* interval = DatumGetIntervalP(value);
  if (is_infinite(*interval)) return false;
  const int64_t hours = interval->time / kUsPerHour;
  const int64_t minutes = interval->time / kUsPerMinute % 60;
  const double seconds = static_cast<double>(interval->time % kUsPerMinute) / static_cast<double>(kUsPerSecond);
  const double days = interval->month * (365.25 / 12.0) + interval->day;
  const double total = ((days * 24 + static_cast<double>(hours)) * 60 + static_cast<double>(minutes)) * 60 + seconds;
  const double rounded = floor(total * static_cast<double>(kUsPerSecond) + 0.5);
  if (rounded >= 9223372036854775807.0) return write_number(json, INT64_MAX);
  if (rounded <= -9223372036854775808.0) return write_number(json, INT64_MIN);
  return write_number(json, static_cast<int64_t>(rounded));
}

// All six parts always, each with its own sign: P1Y2M3DT4H5M6.78S.
bool write_interval_iso(JsonWriter& json, const Column&, Datum value) {
  const Interval* interval = DatumGetIntervalP(value);
  if (is_infinite(*interval)) return false;
  const int64_t us = interval->time % kUsPerMinute;
  char* to = json.reserve(2 * kIsoText);
  memcpy(to, "\"P", 2);
  to = put_part(to + 2, interval->month / 12, 'Y');
  to = put_part(to, interval->month % 12, 'M');
  to = put_part(to, interval->day, 'D');
  *to++ = 'T';
  to = put_part(to, interval->time / kUsPerHour, 'H');
  to = put_part(to, interval->time / kUsPerMinute % 60, 'M');
  if (us < 0) *to++ = '-';
  const int64_t magnitude = us < 0 ? -us : us;
  to = put_uint64(to, static_cast<uint64_t>(magnitude / kUsPerSecond));
  to = put_short_fraction(to, magnitude);
  memcpy(to, "S\"", 2);
  json.advance_to(to + 2);
  return true;
}

}  // namespace penstock
