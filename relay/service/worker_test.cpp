#include "relay/service/worker.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

namespace penstock {
namespace {

bool readable(int descriptor, int timeout_ms) {
  pollfd fd{descriptor, POLLIN, 0};
  return poll(&fd, 1, timeout_ms) == 1;
}

TEST(WakeUp, IsReadableUntilCleared) {
  WakeUp wake;
  EXPECT_FALSE(readable(wake.descriptor(), 0));
  wake.wake();
  wake.wake();
  EXPECT_TRUE(readable(wake.descriptor(), 0));
  wake.clear();
  EXPECT_FALSE(readable(wake.descriptor(), 0));
}

TEST(Worker, RunsJobsInTheirOrderAndAllOfThemBeforeItEnds) {
  std::vector<int> done;
  {
    Worker worker;
    for (int i = 0; i < 100; ++i) worker.run([&done, i] { done.push_back(i); });
  }
  ASSERT_EQ(done.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(done[static_cast<size_t>(i)], i);
}

TEST(Worker, WakesThePollOfAnotherThread) {
  WakeUp wake;
  Worker worker;
  worker.run([&wake] { wake.wake(); });
  EXPECT_TRUE(readable(wake.descriptor(), 10000));
}

}  // namespace
}  // namespace penstock
