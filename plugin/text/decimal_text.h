// Decimal text of integers, two digits at a time from a table. All put_ functions write at `to`, without terminator,
// and return the end of what they wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace penstock {

inline constexpr size_t kInt64Text = 20;  // bytes of the longest number

struct DigitPairs {
  char text[200];
};

inline constexpr DigitPairs kDigitPairs = [] {
  DigitPairs pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs.text[2 * i] = static_cast<char>('0' + i / 10);
    pairs.text[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// Exactly two digits; value < 100.
inline char* put_2_digits(char* to, uint32_t value) {
  memcpy(to, kDigitPairs.text + 2 * value, 2);
  return to + 2;
}

// Exactly four digits; value < 10000.
inline char* put_4_digits(char* to, uint32_t value) {
  return put_2_digits(put_2_digits(to, value / 100), value % 100);
}

inline int count_digits(uint64_t value) {
  int digits = 1;
  while (value >= 10000) {
    value /= 10000;
    digits += 4;
  }
  if (value >= 1000) return digits + 3;
  if (value >= 100) return digits + 2;
  return value >= 10 ? digits + 1 : digits;
}

// Exactly `digits` digits, with leading zeros.
inline char* put_padded(char* to, uint64_t value, int digits) {
  char* at = to + digits;
  while (at - to >= 2) {
    at -= 2;
    put_2_digits(at, static_cast<uint32_t>(value % 100));
    value /= 100;
  }
  if (at > to) *to = static_cast<char>('0' + value % 10);
  return to + digits;
}

inline char* put_uint64(char* to, uint64_t value) {
  if (value < 10) {
    *to = static_cast<char>('0' + value);
    return to + 1;
  }
  return put_padded(to, value, count_digits(value));
}

inline char* put_int64(char* to, int64_t value) {
  uint64_t magnitude = static_cast<uint64_t>(value);
  if (value < 0) {
    *to++ = '-';
    magnitude = 0 - magnitude;
  }
  return put_uint64(to, magnitude);
}

}  // namespace penstock
