#include "relay/core/read_pace.h"

#include <gtest/gtest.h>

#include <random>

namespace penstock {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ReadPaceTest : public testing::Test {
 protected:
  // Frames at a distance of `gap`, each read as soon as the pace allows, for `lasting`. What the pace has cost them.
  struct Cost {
    Duration longest{0};
    Duration sum{0};
    int64_t frames = 0;
    int64_t reads = 0;
    Duration mean() const { return frames == 0 ? Duration(0) : sum / frames; }
  };
  Cost run(Duration gap, Duration lasting, Duration waited, size_t bytes = 700) {
    Cost cost;
    const Time end = now_ + lasting;
    for (Time frame = now_ + gap; frame < end;) {
      now_ = std::max(frame, until_.value_or(frame));
      for (; frame <= now_; frame += gap) {
        pace_.took(bytes, waited);
        cost.longest = std::max(cost.longest, now_ - frame);
        cost.sum += now_ - frame;
        ++cost.frames;
      }
      ++cost.reads;
      until_ = pace_.emptied(now_);
    }
    return cost;
  }

  Time now_ = Time() + seconds(100);
  ReadPace pace_{now_};
  std::optional<Time> until_;
};

TEST_F(ReadPaceTest, TransactionsOneByOneNeverWait) {
  for (const Duration gap : {Duration(milliseconds(100)), Duration(milliseconds(1)), Duration(microseconds(400))}) {
    const Cost cost = run(gap, seconds(2), microseconds(300));
    EXPECT_EQ(cost.longest, Duration(0)) << gap.count();
    EXPECT_EQ(cost.reads, cost.frames);
    EXPECT_FALSE(pace_.behind());
  }
}

// A commit that lay in the server for long, by a slow disk or synchronous_commit=off, is no backlog by itself.
TEST_F(ReadPaceTest, SlowCommitsAloneNeverWait) {
  const Cost cost = run(milliseconds(1), seconds(2), milliseconds(200));
  EXPECT_EQ(cost.longest, Duration(0));
  EXPECT_FALSE(pace_.behind());
}

TEST_F(ReadPaceTest, QuickOnesAreReadInStepsOfAMillisecond) {
  const Cost cost = run(microseconds(50), seconds(1), microseconds(300));
  EXPECT_LE(cost.longest, ReadPace::kShortestStep);
  EXPECT_LE(cost.reads, 1'100);  // of 20,000
  EXPECT_GE(cost.frames, 19'900);
  EXPECT_FALSE(pace_.behind());
}

TEST_F(ReadPaceTest, ABacklogIsReadInLongerStepsButNeverMuchLongerThanItWaits) {
  const Cost small = run(microseconds(50), seconds(1), milliseconds(16));
  EXPECT_LE(small.longest, milliseconds(16) / ReadPace::kShareOfWait);
  EXPECT_LE(small.reads, 600);
  EXPECT_TRUE(pace_.behind());
  const Cost large = run(microseconds(50), seconds(1), seconds(100));
  EXPECT_LE(large.longest, ReadPace::kLongestStep);
  EXPECT_LE(large.reads, 300);
  EXPECT_TRUE(pace_.behind());
}

// Frames of a large transaction: few, but of 64 KiB.
TEST_F(ReadPaceTest, LargeFramesAreABacklogToo) {
  run(milliseconds(1), seconds(1), seconds(100), 65'536);
  EXPECT_TRUE(pace_.behind());
}

// As with synchronous_commit=off, where the server writes its log five times a second.
TEST_F(ReadPaceTest, KnowsABurstAfterSilenceAtOnce) {
  run(milliseconds(100), seconds(1), milliseconds(100));
  for (uint64_t i = 0; i < ReadPace::kMany; ++i) pace_.took(700, milliseconds(100));
  EXPECT_TRUE(pace_.emptied(now_ + milliseconds(1)));
  EXPECT_TRUE(pace_.behind());
}

TEST_F(ReadPaceTest, StopsWaitingWhenTheRushIsOver) {
  run(microseconds(50), seconds(1), seconds(100));
  // One wait of the longest step can still be running.
  const Cost last = run(milliseconds(1), milliseconds(20), microseconds(300));
  EXPECT_LE(last.longest, ReadPace::kLongestStep);
  const Cost after = run(milliseconds(1), seconds(1), microseconds(300));
  EXPECT_EQ(after.longest, Duration(0));
  EXPECT_FALSE(pace_.behind());
}

// The loop's timer ends a step without a frame: then it must not go on waking up.
TEST_F(ReadPaceTest, EndsBySilence) {
  run(microseconds(50), seconds(1), seconds(100));
  int turns = 0;
  while (until_ && turns < 100) {
    now_ = *until_;
    until_ = pace_.emptied(now_);
    ++turns;
  }
  EXPECT_LE(turns, 5);
}

TEST_F(ReadPaceTest, AClockThatWasSetBackChangesNothing) {
  const Cost cost = run(microseconds(50), seconds(1), -seconds(3600));
  EXPECT_LE(cost.longest, ReadPace::kShortestStep);
}

// Whatever comes: nothing is held for longer than the longest step, and what comes one by one is read in time.
TEST_F(ReadPaceTest, HoldsItsBoundsOnAnyTraffic) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 300; ++i) {
    const auto gap = microseconds(std::uniform_int_distribution<int>(1, 20'000)(random));
    const auto waited = microseconds(std::uniform_int_distribution<int>(0, 2'000'000)(random));
    const Cost cost = run(gap, milliseconds(std::uniform_int_distribution<int>(1, 200)(random)), waited);
    EXPECT_LE(cost.longest, ReadPace::kLongestStep) << gap.count();
  }
}

}  // namespace
}  // namespace penstock
