// Where in Kafka a record goes, if a transform decides it (wire/README.md: bits of a row).
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock::wire {

// Where in Kafka a record goes, other than by its key and now.
struct Places {
  static constexpr int64_t kNow = INT64_MIN;
  static constexpr int32_t kByKey = -1;
  int64_t timestamp_ms = kNow;  // since 1970
  int32_t partition = kByKey;
};
// The bits of a row's header that say which of them follow its fixed part, in this order.
inline constexpr uint8_t kHasTimestamp = 1;
inline constexpr uint8_t kHasPartition = 2;

constexpr uint8_t bits_of(const Places& places) {
  return static_cast<uint8_t>((places.timestamp_ms != Places::kNow ? kHasTimestamp : 0) |
                              (places.partition != Places::kByKey ? kHasPartition : 0));
}
constexpr size_t places_size(uint8_t bits) {
  return ((bits & kHasTimestamp) != 0 ? sizeof(int64_t) : 0) + ((bits & kHasPartition) != 0 ? sizeof(int32_t) : 0);
}

}  // namespace penstock::wire
