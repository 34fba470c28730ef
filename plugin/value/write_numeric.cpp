// numeric and money. Numerics are read from their on-disk form (PostgreSQL's numeric.c describes it, no header
// declares it; it is fixed by pg_upgrade):
//
//   numeric := short:u16 digit*  |  long:u16 weight:i16 digit*  |  special:u16
//   short   := 10 sign:1 dscale:6 weight:7      weight is signed
//   long    := 00 | 01 (positive, negative) dscale:14
//   special := 1100… NaN, 1101… Infinity, 1111… -Infinity
//
// A digit is a u16 below 10000; the first one counts 10000^weight. dscale is the number of decimal digits after the
// point that are shown.

#include "plugin/text/decimal_limbs.h"
#include "plugin/text/decimal_text.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr int kGroup = 4;  // decimal digits in one digit of base 10000
constexpr uint64_t kPowers[] = {1, 10, 100, 1000, 10000};

enum class Kind : uint8_t { kFinite, kNan, kInfinity, kMinusInfinity };

struct Numeric {
  Kind kind = Kind::kFinite;
  bool negative = false;
  int weight = 0;
  int dscale = 0;
  int count = 0;
  const char* digits = nullptr;  // unaligned

  // The digit that counts 10000^power.
  uint32_t at(int power) const {
    const int i = weight - power;
    if (i < 0 || i >= count) return 0;
    uint16_t digit;
    memcpy(&digit, digits + 2 * i, sizeof digit);
    return digit;
  }
};

Numeric read_numeric(Datum value) {
  const struct varlena* data = PG_DETOAST_DATUM_PACKED(value);
  const char* from = VARDATA_ANY(data);
  const auto size = static_cast<int>(VARSIZE_ANY_EXHDR(data));
  Numeric numeric;
  uint16_t header;
  memcpy(&header, from, sizeof header);
  int header_size = 2;
  if ((header & 0xC000) == 0xC000) {
    const int special = header & 0xF000;
    numeric.kind = special == 0xC000 ? Kind::kNan : special == 0xD000 ? Kind::kInfinity : Kind::kMinusInfinity;
    return numeric;
  }
  if ((header & 0x8000) != 0) {
    numeric.negative = (header & 0x2000) != 0;
    numeric.dscale = (header & 0x1F80) >> 7;
    numeric.weight = (header & 0x3F) - (header & 0x40);
  } else {
    int16_t weight;
    memcpy(&weight, from + 2, sizeof weight);
    header_size = 4;
    numeric.negative = (header & 0x4000) != 0;
    numeric.dscale = header & 0x3FFF;
    numeric.weight = weight;
  }
  numeric.digits = from + header_size;
  numeric.count = (size - header_size) / 2;
  return numeric;
}

// Digits after the point once trailing zeros are gone; below zero if the number ends in zeros before the point.
int stripped_scale(const Numeric& numeric) {
  for (int i = numeric.count - 1; i >= 0; --i) {
    const int power = numeric.weight - i;
    uint32_t digit = numeric.at(power);
    if (digit == 0) continue;
    int scale = -power * kGroup;
    while (digit % 10 == 0) {
      digit /= 10;
      --scale;
    }
    return scale;
  }
  return 0;
}

// Room for the plain text of a number at `scale`.
size_t plain_text_size(const Numeric& numeric, int scale) {
  const int before = numeric.weight < 0 ? 1 : (numeric.weight + 1) * kGroup;
  return static_cast<size_t>(before + (scale > 0 ? scale + 1 : 0) + 1 + kGroup);
}

// Plain notation with `scale` digits after the point; further digits are cut off.
char* put_plain(char* to, const Numeric& numeric, int scale) {
  if (numeric.negative) *to++ = '-';
  if (numeric.weight < 0) {
    *to++ = '0';
  } else {
    to = put_uint64(to, numeric.at(numeric.weight));
    for (int power = numeric.weight - 1; power >= 0; --power) to = put_4_digits(to, numeric.at(power));
  }
  if (scale <= 0) return to;
  *to++ = '.';
  char* const end = to + scale;
  for (int power = -1; to < end; --power) to = put_4_digits(to, numeric.at(power));
  return end;
}

// Two's complement of a magnitude given as 64-bit limbs, least significant first; big-endian, as few bytes as
// BigInteger.toByteArray uses. `to` has room for 8 * count + 1 bytes. Returns the size.
size_t put_twos_complement(unsigned char* to, const uint64_t* limbs, size_t count, bool negative) {
  const size_t size = 8 * count + 1;
  to[0] = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t big_endian = __builtin_bswap64(limbs[count - 1 - i]);
    memcpy(to + 1 + 8 * i, &big_endian, sizeof big_endian);
  }
  if (negative) {
    bool carry = true;
    for (size_t i = size; i-- > 0;) {
      to[i] = static_cast<unsigned char>(~to[i]);
      if (carry) carry = ++to[i] == 0;
    }
  }
  size_t start = 0;
  while (start + 1 < size && (to[start] == 0 || to[start] == 0xFF) && ((to[start] ^ to[start + 1]) & 0x80) == 0)
    ++start;
  memmove(to, to + start, size - start);
  return size - start;
}

void append_unscaled(JsonWriter& json, const uint64_t* limbs, size_t count, bool negative) {
  unsigned char small[8 * 4 + 1];
  unsigned char* bytes = count <= 4 ? small : static_cast<unsigned char*>(palloc(8 * count + 1));
  const size_t size = put_twos_complement(bytes, limbs, count, negative);
  json.append('"');
  append_base64(json, bytes, size);
  json.append('"');
}

// Appends the number times 10^scale as base64 of an integer. Digits beyond the scale are cut off: a column's values
// have none.
void append_decimal(JsonWriter& json, const Numeric& numeric, int scale) {
  constexpr size_t kSmallChunks = 16;
  // Groups of four digits down to 10000^lowest, of which the last one gives only its first `part` digits.
  const int lowest = scale >= 0 ? -((scale + kGroup - 1) / kGroup) : -scale / kGroup;
  const int part = scale + lowest * kGroup + kGroup;
  const int groups = numeric.weight - lowest + 1;
  if (groups <= 0 || numeric.count == 0) return json.append("\"AA==\"");
  if (groups <= 4) {
    uint64_t value = 0;
    for (int power = numeric.weight; power > lowest; --power) value = value * 10000 + numeric.at(power);
    value = value * kPowers[part] + numeric.at(lowest) / kPowers[kGroup - part];
    return append_unscaled(json, &value, 1, numeric.negative && value != 0);
  }
  // The last group by itself, the others by fours.
  const auto chunks = static_cast<size_t>(groups - 1 + 3) / 4;
  uint64_t small[2 * kSmallChunks + 2];
  auto* digits = chunks <= kSmallChunks ? small : static_cast<uint64_t*>(palloc((2 * chunks + 2) * sizeof(uint64_t)));
  int power = lowest + 1;
  for (size_t i = 0; i < chunks; ++i, power += 4) {
    uint64_t chunk = 0;
    for (int k = 3; k >= 0; --k) chunk = chunk * 10000 + numeric.at(power + k);
    digits[i] = chunk;
  }
  uint64_t* limbs = digits + chunks;
  size_t count = limbs_of_chunks(limbs, digits, chunks);
  count = multiply_add(limbs, count, kPowers[part], numeric.at(lowest) / kPowers[kGroup - part]);
  if (count == 0) return json.append("\"AA==\"");
  append_unscaled(json, limbs, count, numeric.negative);
}

void append_plain(JsonWriter& json, const Numeric& numeric, int scale) {
  json.advance_to(put_plain(json.reserve(plain_text_size(numeric, scale)), numeric, scale));
}

// Exponent of ten of the first digit; of zero it is that of its last shown one.
int magnitude_of(const Numeric& numeric, int scale) {
  for (int i = 0; i < numeric.count; ++i) {
    const int power = numeric.weight - i;
    if (numeric.at(power) != 0) return power * kGroup + count_digits(numeric.at(power)) - 1;
  }
  return -scale;
}

// BigDecimal.toString, which a JSON number of a Decimal is printed with.
void append_big_decimal(JsonWriter& json, Numeric numeric, int scale) {
  if (magnitude_of(numeric, scale) < -scale) {  // nothing of it shows at this scale
    numeric.count = 0;
    numeric.negative = false;
  }
  const int magnitude = magnitude_of(numeric, scale);
  if (scale >= 0 && magnitude >= -6) return append_plain(json, numeric, scale);
  // Scientific: first digit, point, the others down to the scale, exponent.
  const int digits = magnitude + scale + 1;
  auto* text = static_cast<char*>(palloc(plain_text_size(numeric, scale < 0 ? 0 : scale)));
  const char* end = put_plain(text, numeric, scale < 0 ? 0 : scale);
  char* to = json.reserve(static_cast<size_t>(digits) + 32);
  if (numeric.negative) *to++ = '-';
  int written = 0;
  for (const char* from = text; from < end && written < digits; ++from) {
    if (*from < '0' || *from > '9' || (written == 0 && *from == '0' && numeric.count != 0)) continue;
    if (written == 1) *to++ = '.';
    *to++ = *from;
    ++written;
  }
  *to++ = 'E';
  if (magnitude >= 0) *to++ = '+';
  json.advance_to(put_int64(to, magnitude));
}

// money as a Numeric has no digits of base 10000; its integer is written by itself.
constexpr size_t kMoneyText = kInt64Text + 12;  // up to ten leading zeros and a point

uint64_t magnitude_of(int64_t amount) {
  return amount < 0 ? 0 - static_cast<uint64_t>(amount) : static_cast<uint64_t>(amount);
}

// Without its last `digits` digits, half up.
uint64_t rounded(uint64_t magnitude, int digits) {
  uint64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  return magnitude / unit + (magnitude % unit >= unit - unit / 2 ? 1 : 0);
}

char* put_money(char* to, uint64_t magnitude, bool negative, int scale) {
  if (negative) *to++ = '-';
  uint64_t unit = 1;
  for (int i = 0; i < scale; ++i) unit *= 10;
  to = put_uint64(to, magnitude / unit);
  if (scale == 0) return to;
  *to++ = '.';
  return put_padded(to, magnitude % unit, scale);
}

}  // namespace

bool write_numeric_decimal(JsonWriter& json, const Column& column, Datum value) {
  const Numeric numeric = read_numeric(value);
  if (numeric.kind != Kind::kFinite) return false;
  append_decimal(json, numeric, column.scale);
  return true;
}

bool write_numeric_variable_scale(JsonWriter& json, const Column&, Datum value) {
  const Numeric numeric = read_numeric(value);
  if (numeric.kind != Kind::kFinite) return false;
  int scale = stripped_scale(numeric);
  if (scale < 0) scale = 0;
  json.append("{\"scale\":");
  json.append_int(scale);
  json.append(",\"value\":");
  append_decimal(json, numeric, scale);
  json.append('}');
  return true;
}

bool write_numeric_number(JsonWriter& json, const Column& column, Datum value) {
  const Numeric numeric = read_numeric(value);
  if (numeric.kind != Kind::kFinite) return false;
  append_big_decimal(json, numeric, column.scale);
  return true;
}

bool write_numeric_double(JsonWriter& json, const Column& column, Datum value) {
  const Numeric numeric = read_numeric(value);
  if (numeric.kind != Kind::kFinite && column.finite_only) return false;
  switch (numeric.kind) {
    case Kind::kNan:
      json.append("\"NaN\"");
      return true;
    case Kind::kInfinity:
      json.append("\"Infinity\"");
      return true;
    case Kind::kMinusInfinity:
      json.append("\"-Infinity\"");
      return true;
    case Kind::kFinite:
      break;
  }
  auto* text = static_cast<char*>(palloc(plain_text_size(numeric, numeric.dscale) + 1));
  *put_plain(text, numeric, numeric.dscale) = '\0';
  append_double(json, strtod(text, nullptr));
  return true;
}

bool write_numeric_string(JsonWriter& json, const Column& column, Datum value) {
  const Numeric numeric = read_numeric(value);
  if (numeric.kind != Kind::kFinite && column.finite_only) return false;
  switch (numeric.kind) {
    case Kind::kNan:
      json.append("\"NAN\"");
      return true;
    case Kind::kInfinity:
      json.append("\"POSITIVE_INFINITY\"");
      return true;
    case Kind::kMinusInfinity:
      json.append("\"NEGATIVE_INFINITY\"");
      return true;
    case Kind::kFinite:
      break;
  }
  // A column with modifiers shows its scale also where the value was not forced to it, as in a default.
  const int scale = column.typmod >= 0 && column.scale > numeric.dscale ? column.scale : numeric.dscale;
  json.append('"');
  append_plain(json, numeric, scale);
  json.append('"');
  return true;
}

// At column.scale, rounded half up as BigDecimal.setScale does it with RoundingMode.HALF_UP; stored at column.length.
bool write_money_decimal(JsonWriter& json, const Column& column, Datum value) {
  const int64_t amount = DatumGetInt64(value);
  uint64_t limbs[4] = {magnitude_of(amount)};
  size_t count = 1;
  for (int i = column.length; i < column.scale; ++i) count = multiply_add(limbs, count, 10, 0);
  if (column.scale < column.length) limbs[0] = rounded(limbs[0], column.length - column.scale);
  append_unscaled(json, limbs, count, amount < 0 && (count > 1 || limbs[0] != 0));
  return true;
}

bool write_money_number(JsonWriter& json, const Column& column, Datum value) {
  const int64_t amount = DatumGetInt64(value);
  if (column.scale < column.length) {
    const uint64_t magnitude = rounded(magnitude_of(amount), column.length - column.scale);
    char* to = json.reserve(kMoneyText);
    json.advance_to(put_money(to, magnitude, amount < 0 && magnitude != 0, column.scale));
    return true;
  }
  if (amount == 0 && column.scale > 6) return json.append("0E-"), json.append_int(column.scale), true;
  char* to = put_money(json.reserve(kMoneyText + 40), magnitude_of(amount), amount < 0, column.length);
  if (column.length == 0 && column.scale > 0) *to++ = '.';
  for (int i = column.length; i < column.scale; ++i) *to++ = '0';
  json.advance_to(to);
  return true;
}

bool write_money_double(JsonWriter& json, const Column& column, Datum value) {
  const int64_t amount = DatumGetInt64(value);
  char text[kMoneyText + 1];
  *put_money(text, magnitude_of(amount), amount < 0, column.length) = '\0';
  append_double(json, strtod(text, nullptr));
  return true;
}

bool write_money_string(JsonWriter& json, const Column& column, Datum value) {
  const int64_t amount = DatumGetInt64(value);
  json.append('"');
  json.advance_to(put_money(json.reserve(kMoneyText), magnitude_of(amount), amount < 0, column.length));
  json.append('"');
  return true;
}

}  // namespace penstock
