#include "relay/core/slot_watch.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock {
namespace {

using std::chrono::seconds;

constexpr int64_t kMegabyte = 1'000'000;

class SlotForecastTest : public testing::Test {
 protected:
  void look(int64_t at, std::optional<int64_t> safe_bytes, const char* wal_status = "reserved") {
    SlotLook look;
    look.at = Time() + seconds(1000 + at);
    look.exists = true;
    look.wal_status = wal_status;
    look.safe_bytes = safe_bytes;
    forecast_.add(look);
  }
  bool never() const { return std::isinf(forecast_.seconds_left()); }

  SlotForecast forecast_;
};

TEST_F(SlotForecastTest, SteadyShrinkingEndsWhenItIsUsedUp) {
  for (int at = 0; at <= 60; at += 5) look(at, 1000 * kMegabyte - at * kMegabyte);
  EXPECT_NEAR(forecast_.seconds_left(), 940, 0.001);
}

TEST_F(SlotForecastTest, NothingToJudgeByIsNever) {
  EXPECT_TRUE(never());
  look(0, 100);
  look(5, 50);
  EXPECT_TRUE(never());
}

TEST_F(SlotForecastTest, WithoutABoundItIsNever) {
  for (int at = 0; at <= 60; at += 5) look(at, std::nullopt);
  EXPECT_TRUE(never());
}

TEST_F(SlotForecastTest, GrowingAndLevelAreNever) {
  for (int at = 0; at <= 60; at += 5) look(at, 100 * kMegabyte);
  EXPECT_TRUE(never());
  for (int at = 65; at <= 120; at += 5) look(at, 100 * kMegabyte + at * kMegabyte);
  EXPECT_TRUE(never());
}

TEST_F(SlotForecastTest, PassedOrLostIsNow) {
  look(0, -5);
  EXPECT_EQ(forecast_.seconds_left(), 0);
  look(5, std::nullopt, "lost");
  EXPECT_EQ(forecast_.seconds_left(), 0);
}

TEST_F(SlotForecastTest, ASlotThatNobodyReadsEndsWithTheServersPatience) {
  SlotLook look;
  look.exists = true;
  look.idle_seconds_left = 600;
  forecast_.add(look);
  EXPECT_EQ(forecast_.seconds_left(), 600);
  for (int at = 0; at <= 60; at += 5) {
    look.at = Time() + seconds(1000 + at);
    look.safe_bytes = 1000 * kMegabyte - at * 10 * kMegabyte;
    forecast_.add(look);
  }
  EXPECT_NEAR(forecast_.seconds_left(), 40, 0.001);
  look.active = true;
  look.idle_seconds_left.reset();
  look.safe_bytes.reset();
  forecast_.add(look);
  EXPECT_TRUE(never());
}

// A slot that is read moves its restart_lsn every 15 seconds: between two steps the room shrinks as fast as log is
// written. The room is an hour of writing; nobody must be woken.
TEST_F(SlotForecastTest, StepsOfAHealthySlotAreNoShrinking) {
  constexpr int64_t kHour = 3600;
  for (int64_t at = 0; at <= 1800; at += 5) {
    look(at, (kHour - at % 15) * kMegabyte);
    if (at < 60) continue;
    EXPECT_GT(forecast_.seconds_left(), 4.0 * kHour) << at;
  }
}

TEST_F(SlotForecastTest, AStandstillIsSeenWithinTheWindow) {
  int64_t at = 0;
  for (; at < 600; at += 5) look(at, 3600 * kMegabyte);
  const int64_t since = at;
  for (; at <= since + 120; at += 5) look(at, (3600 - (at - since)) * kMegabyte);
  EXPECT_NEAR(forecast_.seconds_left(), 3480, 5);
}

TEST_F(SlotForecastTest, RecoveryIsForgottenAfterTheWindow) {
  int64_t at = 0;
  for (; at < 60; at += 5) look(at, 1000 * kMegabyte - at * kMegabyte);
  for (; at < 300; at += 5) look(at, 5000 * kMegabyte);
  EXPECT_TRUE(never());
}

TEST(SlotLook, RetainedIsFromRestartToTheEnd) {
  SlotLook look;
  look.server_end = Lsn{1000};
  EXPECT_EQ(look.retained_bytes(), 0u);  // kept from nowhere
  look.restart = Lsn{400};
  EXPECT_EQ(look.retained_bytes(), 600u);
  look.restart = Lsn{1001};  // a standby that replays behind
  EXPECT_EQ(look.retained_bytes(), 0u);
}

}  // namespace
}  // namespace penstock
