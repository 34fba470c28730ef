#include "relay/core/stats.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

uint64_t sum_of_parts(const Stats& stats) {
  uint64_t sum = 0;
  for (const LatencyHistogram& stage : stats.stages) sum += stage.sum_us;
  return sum;
}

TEST(Stats, PartsOfTheWayMakeTheWhole) {
  Stats stats;
  stats.count_latency({1000, 1500, 1700, 4700}, 2);
  EXPECT_EQ(stats.stages[0].sum_us, 2 * 500u);   // decode
  EXPECT_EQ(stats.stages[1].sum_us, 2 * 200u);   // transfer
  EXPECT_EQ(stats.stages[2].sum_us, 2 * 3000u);  // kafka
  EXPECT_EQ(stats.latency.sum_us, 2 * 3700u);
}

TEST(Stats, ClocksThatDifferMakeNoNegativePart) {
  const RecordTimes cases[] = {
      {5000, 5500, 1000, 2000},  // the server is ahead of everything
      {1000, 9000, 2000, 3000},  // sent after it came
      {1000, 500, 2000, 3000},   // sent before it was committed
      {1000, 0, 2000, 3000},     // not known when it was sent
      {1000, 1500, 4000, 3000},  // our own clock was set back
  };
  Stats stats;
  for (const RecordTimes& times : cases) {
    stats.count_latency(times, 1);
    EXPECT_EQ(sum_of_parts(stats), stats.latency.sum_us);
  }
  EXPECT_EQ(stats.latency.sum_us, 0u + 4 * 2000);
  for (const LatencyHistogram& stage : stats.stages) EXPECT_LE(stage.sum_us, stats.latency.sum_us);
}

TEST(LatencyHistogram, ABoundBelongsToItsOwnBucket) {
  LatencyHistogram histogram;
  histogram.add(0, 1);
  histogram.add(100, 1);
  histogram.add(101, 3);
  histogram.add(LatencyHistogram::kBoundsUs.back() + 1, 1);
  EXPECT_EQ(histogram.counts[0], 2u);
  EXPECT_EQ(histogram.counts[1], 3u);
  EXPECT_EQ(histogram.counts.back(), 1u);
}

}  // namespace
}  // namespace penstock
