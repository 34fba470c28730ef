#include "plugin/text/java_number.h"

#include "plugin/text/decimal_text.h"

namespace penstock {

namespace {

// Shortest decimal that reads back as the number: 0.d1d2d3… × 10^exponent.
struct Shortest {
  char digits[24];
  int count = 0;
  int exponent = 0;
};

// Takes apart what the server's shortest-digits functions and "%.*e" print: [-]d[.ddd][e±xx] or [-]ddd[.ddd].
Shortest take_apart(const char* text, int size) {
  Shortest number;
  int point = -1;  // digits before the point, leading zeros included
  int seen = 0;
  int i = text[0] == '-' ? 1 : 0;
  for (; i < size && text[i] != 'e'; ++i) {
    if (text[i] == '.') {
      point = seen;
      continue;
    }
    ++seen;
    if (number.count == 0 && text[i] == '0') {
      --number.exponent;
      continue;
    }
    if (number.count < static_cast<int>(sizeof number.digits)) number.digits[number.count++] = text[i];
  }
  number.exponent += point < 0 ? seen : point;
  if (i < size) {
    ++i;
    const bool negative = text[i] == '-';
    int exponent = 0;
    for (++i; i < size; ++i) exponent = exponent * 10 + (text[i] - '0');
    number.exponent += negative ? -exponent : exponent;
  }
  while (number.count > 1 && number.digits[number.count - 1] == '0') --number.count;
  return number;
}

// Java takes the digits nearest to the value among the shortest that read back, but never fewer than two; and it lets
// a decimal halfway between two numbers read back as the even one, which the server's functions do not.
template <typename Float>
Shortest as_java(Float value, Shortest number) {
  constexpr bool kDouble = sizeof(Float) == sizeof(double);
  constexpr Float kFewBits = kDouble ? Float(1e-300) : Float(1e-38);  // below, two digits may say more than one
  constexpr Float kHalfway = kDouble ? Float(9e15) : Float(1.6e7);    // beyond, a halfway point can be a short decimal
  constexpr int kLong = kDouble ? 15 : 6;
  const Float magnitude = value < 0 ? -value : value;
  const auto reads_back = [magnitude](const char* decimal) {
    if constexpr (kDouble)
      return strtod(decimal, nullptr) == magnitude;
    else
      return strtof(decimal, nullptr) == magnitude;
  };
  char text[40];
  if (number.count == 1 && magnitude < kFewBits) {
    const int size = snprintf(text, sizeof text, "%.1e", static_cast<double>(magnitude));
    if (reads_back(text)) return take_apart(text, size);
  }
  if (magnitude > kHalfway && number.count >= kLong) {
    for (int precision = number.count - 2; precision > 0; --precision) {
      const int size = snprintf(text, sizeof text, "%.*e", precision, static_cast<double>(magnitude));
      if (!reads_back(text)) break;
      number = take_apart(text, size);
    }
  }
  return number;
}

// Double.toString: plain from 1e-3 up to 1e7, else computerised scientific notation; at least one fraction digit.
void append_java(JsonWriter& json, bool negative, const Shortest& number) {
  char* to = json.reserve(48);
  if (negative) *to++ = '-';
  const char* digits = number.digits;
  const int count = number.count;
  const int point = number.exponent;
  if (point > -3 && point <= 7) {
    int i = 0;
    if (point <= 0) {
      *to++ = '0';
      *to++ = '.';
      for (int zeros = point; zeros < 0; ++zeros) *to++ = '0';
    } else {
      for (; i < point; ++i) *to++ = i < count ? digits[i] : '0';
      *to++ = '.';
      if (i >= count) *to++ = '0';
    }
    for (; i < count; ++i) *to++ = digits[i];
  } else {
    *to++ = digits[0];
    *to++ = '.';
    if (count == 1) *to++ = '0';
    for (int i = 1; i < count; ++i) *to++ = digits[i];
    *to++ = 'E';
    to = put_int64(to, point - 1);
  }
  json.advance_to(to);
}

template <typename Float>
void append_float(JsonWriter& json, Float value) {
  if (!__builtin_isfinite(value)) {
    const char* word = __builtin_isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
    if (!json.is_bare()) return json.append_string(word);
    return json.append(std::string_view(word));
  }
  const bool negative = __builtin_signbit(value) != 0;
  if (value == 0) return json.append(negative ? "-0.0" : "0.0");
  // Whole numbers of moderate size, the most frequent kind, need no search for digits.
  const Float magnitude = negative ? -value : value;
  if (magnitude < Float(1e7)) {
    const auto whole = static_cast<uint32_t>(magnitude);
    if (static_cast<Float>(whole) == magnitude) {
      char* to = json.reserve(kInt64Text);
      if (negative) *to++ = '-';
      to = put_uint64(to, whole);
      memcpy(to, ".0", 2);
      return json.advance_to(to + 2);
    }
  }
  char text[DOUBLE_SHORTEST_DECIMAL_LEN];
  int size;
  if constexpr (sizeof(Float) == sizeof(double))
    size = double_to_shortest_decimal_bufn(value, text);
  else
    size = float_to_shortest_decimal_bufn(value, text);
  append_java(json, negative, as_java(value, take_apart(text, size)));
}

}  // namespace

void append_double(JsonWriter& json, double value) {
  append_float(json, value);
}

void append_real(JsonWriter& json, float value) {
  append_float(json, value);
}

}  // namespace penstock
