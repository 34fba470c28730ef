// Log sequence number: a byte position in PostgreSQL's write-ahead log. Printed and parsed as X/X.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

struct Lsn {
  uint64_t value = 0;  // 0 is PostgreSQL's InvalidXLogRecPtr: not known

  auto operator<=>(const Lsn&) const = default;
  explicit operator bool() const { return value != 0; }
};

// "0/16B3748", as pg_lsn prints it.
std::string to_string(Lsn lsn);

// Accepts what pg_lsn accepts: two hexadecimal numbers of up to eight digits around a slash.
std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace penstock
