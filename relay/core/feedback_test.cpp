#include "relay/core/feedback.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FeedbackTest : public testing::Test {
 protected:
  FeedbackTest() { feedback_.due(now_); }  // the first status of a session goes out at once

  std::optional<StandbyStatus> after(Duration later) {
    now_ += later;
    return feedback_.due(now_);
  }

  Time now_ = Time() + seconds(100);
  Feedback feedback_{Feedback::Settings(), Lsn{100}, now_};
};

TEST(Feedback, FirstStatusGoesOutAtOnce) {
  Feedback feedback({}, Lsn{100}, Time());
  const auto status = feedback.due(Time());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->flush, Lsn{}) << "nothing is confirmed before the session's own position is stored";
  EXPECT_EQ(status->write, Lsn{100});
}

TEST(Feedback, IntervalIsAThirdOfTheServersPatience) {
  EXPECT_EQ(Feedback::interval_for(milliseconds(6000)), Duration(seconds(2)));
  EXPECT_EQ(Feedback::interval_for(seconds(600)), Duration(seconds(10)));
  EXPECT_EQ(Feedback::interval_for(milliseconds(0)), Duration(seconds(10)));
}

TEST_F(FeedbackTest, SaysNewsAtOnce) {
  feedback_.received(Lsn{200});
  EXPECT_FALSE(after(milliseconds(1)));
  feedback_.confirm(Lsn{150}, now_);
  const auto status = after(milliseconds(1));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->flush, Lsn{150});
  EXPECT_EQ(status->write, Lsn{200});
  EXPECT_FALSE(after(milliseconds(1)));
}

// A flush of 0 confirms nothing, and a server that stops then waits for what was written.
TEST(Feedback, ManualFlushConfirmsNothing) {
  Time now = Time() + seconds(100);
  Feedback feedback({.manual = true}, Lsn{100}, now);
  const auto first = feedback.due(now);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->flush, Lsn{});
  feedback.received(Lsn{200});
  feedback.confirm(Lsn{200}, now);
  EXPECT_FALSE(feedback.due(now + milliseconds(1)));
  const auto later = feedback.due(now + seconds(10));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->flush, Lsn{});
  EXPECT_EQ(later->write, Lsn{200});
}

TEST_F(FeedbackTest, SpeaksAlsoWithoutNews) {
  EXPECT_FALSE(after(milliseconds(9999)));
  EXPECT_TRUE(after(milliseconds(1)));
}

TEST_F(FeedbackTest, StaleAnswersAreFarApart) {
  int answers = 0;
  for (int ms = 0; ms < 1000; ++ms) {
    feedback_.reply_requested(Lsn{200}, now_);
    answers += after(milliseconds(1)).has_value();
  }
  EXPECT_EQ(answers, 5);
}

TEST_F(FeedbackTest, AnswerWithNewsDoesNotWait) {
  feedback_.reply_requested(Lsn{200}, now_);
  EXPECT_FALSE(after(milliseconds(1)));
  feedback_.confirm(Lsn{200}, now_);
  EXPECT_TRUE(after(milliseconds(1)));
}

TEST_F(FeedbackTest, RepeatedRequestsForOneEndMeanThatTheServerStops) {
  for (int at = 0; at < 8 && !feedback_.stopping(); ++at) {
    feedback_.reply_requested(Lsn{200}, now_);
    after(milliseconds(200));
  }
  ASSERT_TRUE(feedback_.stopping());
  EXPECT_FALSE(feedback_.should_let_go(now_));
  EXPECT_TRUE(feedback_.should_let_go(now_ + seconds(2)));
}

TEST_F(FeedbackTest, OrdinaryKeepalivesAreNoStop) {
  for (int at = 0; at < 50; ++at) {
    feedback_.reply_requested(Lsn{200}, now_);
    after(milliseconds(200));
    after(seconds(5));
  }
  EXPECT_FALSE(feedback_.stopping());
  for (uint64_t at = 0; at < 50; ++at) {
    feedback_.reply_requested(Lsn{300 + at}, now_);
    after(milliseconds(200));
  }
  EXPECT_FALSE(feedback_.stopping());
}

TEST_F(FeedbackTest, StoppingServerIsKeptWhileThePositionMovesButNotForLong) {
  feedback_.received(Lsn{10000});
  feedback_.server_stopping(now_);
  const Time begin = now_;
  uint64_t end = 100;
  while (!feedback_.should_let_go(now_)) {
    feedback_.confirm(Lsn{++end}, now_);
    after(milliseconds(500));
    ASSERT_LT(now_ - begin, seconds(10));
  }
  EXPECT_EQ(now_ - begin, seconds(4));
}

TEST_F(FeedbackTest, DeadlineIsWhenSomethingIsDue) {
  EXPECT_EQ(feedback_.deadline(), now_ + seconds(10));
  feedback_.reply_requested(Lsn{200}, now_);
  EXPECT_EQ(feedback_.deadline(), now_ + milliseconds(200));
  feedback_.server_stopping(now_);
  after(milliseconds(200));
  EXPECT_EQ(feedback_.deadline(), now_ - milliseconds(200) + seconds(2));
}

TEST_F(FeedbackTest, NeverConfirmsBeyondWhatWasReceived) {
  feedback_.received(Lsn{200});
  EXPECT_DEATH(feedback_.confirm(Lsn{201}, now_), "CHECK failed");
}

TEST_F(FeedbackTest, NeverConfirmsLess) {
  feedback_.confirm(Lsn{100}, now_);
  EXPECT_DEATH(feedback_.confirm(Lsn{99}, now_), "CHECK failed");
}

}  // namespace
}  // namespace penstock
