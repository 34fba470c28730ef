#include "relay/core/snapshot_progress.h"

#include <gtest/gtest.h>

#include "relay/core/stats.h"

namespace penstock {
namespace {

constexpr int64_t kSecond = 1'000'000;

TableStats rows(const char* table, uint64_t read, const char* topic = "shop") {
  TableStats stats;
  stats.schema = "public";
  stats.table = table;
  stats.topic = topic;
  stats.read = read;
  return stats;
}

SnapshotEstimate estimate(uint64_t oid, const char* table, double rows) {
  return {oid, "public", table, rows};
}

TEST(SnapshotProgress, RowsOverEstimatesAreTheRatio) {
  SnapshotProgress progress;
  progress.begin({estimate(1, "a", 600), estimate(2, "b", 300), estimate(3, "c", 100)}, {}, 10 * kSecond);
  SnapshotSummary summary = summarize(progress, {}, 20 * kSecond);
  EXPECT_EQ(summary.ratio, 0);
  EXPECT_FALSE(summary.remaining_seconds);
  EXPECT_EQ(summary.running, 1u);
  EXPECT_EQ(summary.waiting, 2u);
  summary = summarize(progress, {rows("a", 200)}, 30 * kSecond);
  EXPECT_DOUBLE_EQ(summary.ratio, 0.2);
  EXPECT_DOUBLE_EQ(summary.remaining_seconds.value(), 80);  // 200 rows took 20 s, 800 are left
}

TEST(SnapshotProgress, ATableThatIsDoneCountsAsItIs) {
  SnapshotProgress progress;
  progress.begin({estimate(1, "a", 600), estimate(2, "b", 100)}, {}, 0);
  progress.table_done(1);
  const SnapshotSummary summary = summarize(progress, {rows("a", 300), rows("b", 50)}, 7 * kSecond);
  EXPECT_DOUBLE_EQ(summary.ratio, 350.0 / 400);
  EXPECT_EQ(summary.done, 1u);
  EXPECT_EQ(summary.running, 1u);
  EXPECT_EQ(summary.waiting, 0u);
}

TEST(SnapshotProgress, MoreRowsThanEstimatedAreNeverMoreThanAll) {
  SnapshotProgress progress;
  progress.begin({estimate(1, "a", 10), estimate(2, "b", 0)}, {}, 0);
  const SnapshotSummary summary = summarize(progress, {rows("a", 500)}, kSecond);
  EXPECT_LE(summary.ratio, 1);
  EXPECT_EQ(summary.remaining_seconds.value(), 0);
}

TEST(SnapshotProgress, EarlierRowsAndOtherTopicsOfATable) {
  SnapshotProgress progress;
  const std::vector<TableStats> before = {rows("a", 70), rows("a", 30, "spread")};
  progress.begin({estimate(1, "a", 100)}, before, 0);
  EXPECT_EQ(summarize(progress, before, kSecond).ratio, 0);
  EXPECT_DOUBLE_EQ(summarize(progress, {rows("a", 90), rows("a", 60, "spread")}, kSecond).ratio, 0.5);
}

TEST(SnapshotProgress, CompleteIsOneAndNothingRemains) {
  SnapshotProgress progress;
  progress.begin({estimate(1, "a", 100), estimate(2, "empty", 0)}, {}, 0);
  progress.table_done(1);
  progress.table_done(2);
  progress.end(true);
  const SnapshotSummary summary = summarize(progress, {rows("a", 90)}, kSecond);
  EXPECT_EQ(summary.ratio, 1);
  EXPECT_EQ(summary.remaining_seconds.value(), 0);
  EXPECT_EQ(summary.done, 2u);
  EXPECT_EQ(summary.running, 0u);
}

TEST(SnapshotProgress, OneThatWasBrokenOffRunsNoMore) {
  SnapshotProgress progress;
  progress.begin({estimate(1, "a", 100)}, {}, 0);
  progress.end(false);
  const SnapshotSummary summary = summarize(progress, {rows("a", 50)}, kSecond);
  EXPECT_DOUBLE_EQ(summary.ratio, 0.5);
  EXPECT_FALSE(summary.remaining_seconds);
  EXPECT_EQ(summary.running, 0u);
  EXPECT_EQ(summary.waiting, 1u);
}

}  // namespace
}  // namespace penstock
