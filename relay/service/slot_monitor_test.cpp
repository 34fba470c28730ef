#include "relay/service/slot_monitor.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace penstock {
namespace {

using std::chrono::seconds;

class SlotMonitorTest : public testing::Test {
 protected:
  // Nobody listens there.
  static PostgresSettings away() {
    PostgresSettings settings;
    settings.host = "127.0.0.1";
    settings.port = "1";
    settings.slot_name = "s";
    return settings;
  }
  // Until the look that is under way has been taken up, without beginning another.
  bool ended(Time now) {
    for (int tries = 0; monitor_.busy() && tries < 3000; ++tries) {
      monitor_.turn(now);
      poll(nullptr, 0, 10);
    }
    return !monitor_.busy();
  }

  SlotMonitor monitor_;
  Time now_ = Time() + seconds(1000);
};

TEST_F(SlotMonitorTest, NothingIsLookedAtBeforeItIsConfigured) {
  monitor_.turn(now_);
  EXPECT_FALSE(monitor_.busy());
  EXPECT_FALSE(monitor_.look(now_));
}

TEST_F(SlotMonitorTest, AServerThatIsAwayIsAskedLessAndLessOften) {
  monitor_.configure(away());
  Duration pause = SlotMonitor::kInterval;
  for (int at = 0; at < 6; ++at) {
    monitor_.turn(now_);
    EXPECT_TRUE(monitor_.busy()) << at;
    ASSERT_TRUE(ended(now_)) << at;
    EXPECT_FALSE(monitor_.look(now_));
    pause = std::min<Duration>(2 * pause, SlotMonitor::kIntervalMax);
    monitor_.turn(now_ + pause - seconds(1));
    EXPECT_FALSE(monitor_.busy()) << at;
    now_ += pause;
  }
  EXPECT_EQ(pause, SlotMonitor::kIntervalMax);
}

TEST_F(SlotMonitorTest, AnotherConfigurationIsAskedAtOnce) {
  monitor_.configure(away());
  monitor_.turn(now_);
  ASSERT_TRUE(ended(now_));
  monitor_.configure(away());
  monitor_.turn(now_);
  EXPECT_TRUE(monitor_.busy());
}

}  // namespace
}  // namespace penstock
