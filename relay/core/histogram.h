// Counts of times by upper bounds, as Prometheus wants them. Plain: the loop adds, others read a copy.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace penstock {

struct LatencyHistogram {
  // Upper bounds in microseconds: from one turn of the loop to an outage; what is longer is counted after the last.
  static constexpr std::array<int64_t, 19> kBoundsUs = {
      100,     200,     500,       1'000,     2'000,     5'000,      10'000,     20'000,      50'000,       100'000,
      200'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000, 60'000'000, 300'000'000, 1'800'000'000};

  std::array<uint64_t, kBoundsUs.size() + 1> counts{};  // by bound, not cumulative
  uint64_t sum_us = 0;

  // `weight` things that took `us` each; `us` is not negative.
  void add(int64_t us, uint64_t weight) {
    const auto bound = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), us);
    counts[static_cast<size_t>(bound - kBoundsUs.begin())] += weight;
    sum_us += static_cast<uint64_t>(us) * weight;
  }
};

}  // namespace penstock
