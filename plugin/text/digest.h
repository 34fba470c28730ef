// Message digests that hide column values. Of our own, but for MD5: the server's are missing in old versions, and there
// they depend on what OpenSSL permits.
#pragma once

#include <string_view>

#include "plugin/pg/pg.h"

namespace penstock {

struct Digest {
  static constexpr size_t kMaxSize = 64;
  std::string_view name;
  size_t size;  // bytes
  // Writes `size` bytes, at `digest` being room for kMaxSize. False if the server refuses the algorithm.
  bool (*of)(std::string_view text, uint8* digest);
};

// By its name in Java, in any case; nullptr: not known here.
const Digest* find_digest(std::string_view name);

}  // namespace penstock
