// Names of the properties that hash columns: column.mask.hash.[v2.]ALGORITHM.with.salt.SALT. The salt is a secret, and
// what the relay sends to the server shows in pg_stat_activity and in logs; so there stands @0, @1, … in its place, the
// number of one in the server's setting penstock.salts, which the relay gives with the connection: hexadecimal, commas
// between.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock::wire {

inline constexpr std::string_view kHashPrefix = "column.mask.hash.";
inline constexpr std::string_view kSaltsSetting = "penstock.salts";
inline constexpr char kSaltReference = '@';

struct HashName {
  bool v2 = false;
  std::string_view algorithm;
  std::string_view before_salt;  // the name up to it
  std::string_view salt;
};

// False if `name` is not of that form.
constexpr bool parse_hash_name(std::string_view name, HashName& parts) {
  constexpr std::string_view kVersion = "v2.";
  constexpr std::string_view kBetween = ".with.salt.";
  if (!name.starts_with(kHashPrefix)) return false;
  std::string_view rest = name;
  rest.remove_prefix(kHashPrefix.size());
  parts.v2 = rest.starts_with(kVersion);
  if (parts.v2) rest.remove_prefix(kVersion.size());
  size_t dot = 0;
  while (dot < rest.size() && rest[dot] != '.') ++dot;
  parts.algorithm = std::string_view(rest.data(), dot);
  rest.remove_prefix(dot);
  if (dot == 0 || !rest.starts_with(kBetween) || rest.size() == kBetween.size()) return false;
  rest.remove_prefix(kBetween.size());
  parts.salt = rest;
  parts.before_salt = std::string_view(name.data(), name.size() - rest.size());
  return true;
}

}  // namespace penstock::wire
