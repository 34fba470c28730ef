// Rows of a binary COPY, in pieces whose sizes the input chooses: how it is cut must not matter.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/status.h"
#include "relay/postgres/binary_copy.h"

namespace {

using penstock::BinaryCopyReader;

struct Outcome {
  std::vector<std::string> rows;
  BinaryCopyReader::Next last = BinaryCopyReader::Next::kMore;
};

Outcome read(std::string_view bytes, size_t piece) {
  constexpr size_t kRowBytesMax = 1 << 16;
  BinaryCopyReader reader(kRowBytesMax);
  Outcome outcome;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    reader.feed(part);
    std::string row;
    while ((outcome.last = reader.next(row)) == BinaryCopyReader::Next::kRow) outcome.rows.push_back(row);
    if (outcome.last != BinaryCopyReader::Next::kMore) break;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read(bytes, std::max<size_t>(bytes.size(), 1));
  const Outcome pieces = read(bytes, size_t{data[0]} + 1);
  // Damage may be noticed earlier in one piece than in many, never otherwise.
  if (whole.last != BinaryCopyReader::Next::kDamaged && pieces.last != BinaryCopyReader::Next::kDamaged) {
    CHECK(whole.rows == pieces.rows);
  }
  return 0;
}
