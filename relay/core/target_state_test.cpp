#include "relay/core/target_state.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(TargetState, RunsUnlessTheTopicSaysOtherwise) {
  TargetState target;
  EXPECT_FALSE(target.paused());
  EXPECT_FALSE(target.unwritten());
  target.learn(500);
  EXPECT_TRUE(target.paused());
  EXPECT_EQ(target.unix_ms(), 500);
  EXPECT_FALSE(target.unwritten());
  target.learn(std::nullopt);  // somebody else has ended it
  EXPECT_FALSE(target.paused());
}

TEST(TargetState, WhatWasWantedHoldsAtOnceAndIsWrittenUntilItIs) {
  TargetState target;
  target.learn(std::nullopt);
  target.want(true, 600);
  EXPECT_TRUE(target.paused() && target.unwritten());
  target.writing();
  target.written(true, 600);
  EXPECT_TRUE(target.paused());
  EXPECT_FALSE(target.unwritten());
  target.want(false, 700);
  EXPECT_TRUE(!target.paused() && target.unwritten());
  target.writing();  // and fails: who knows
  EXPECT_TRUE(target.unwritten());
  target.written(false, 700);
  EXPECT_FALSE(target.unwritten());
}

TEST(TargetState, AnOlderWriteDoesNotStandForANewerWish) {
  TargetState target;
  target.want(true, 600);
  target.writing();
  target.want(false, 601);
  target.written(true, 600);
  EXPECT_TRUE(!target.paused() && target.unwritten());
}

TEST(TargetState, TheLaterOfWishAndTopicCounts) {
  TargetState target;
  target.learn(std::nullopt);
  target.want(false, 1000);
  target.learn(900);  // a pause of before, which came late
  EXPECT_TRUE(!target.paused() && target.unwritten());
  target.written(false, 1000);
  target.learn(1100);  // somebody else's
  EXPECT_TRUE(target.paused());
  EXPECT_FALSE(target.unwritten());
}

TEST(TargetState, AClockThatWasSetBackMakesNoWishOlder) {
  TargetState target;
  target.learn(5000);
  target.want(false, 100);
  target.learn(5000);
  EXPECT_TRUE(!target.paused() && target.unwritten());
}

}  // namespace
}  // namespace penstock
