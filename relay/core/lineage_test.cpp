#include "relay/core/lineage.h"

#include "relay/core/judge_test_support.h"

namespace penstock {
namespace {

TEST_F(JudgeTest, KafkaAheadOfTheServerStops) {
  stored(1001);
  slot(500);
  EXPECT_EQ(verdict().next, Next::kStop);
  EXPECT_TRUE(says(Code::kPosKafkaAhead));
}

// Its reader goes on between the question to the server and the question to Kafka.
TEST_F(JudgeTest, KafkaAheadWhileAnotherReadsWaits) {
  stored(1001);
  slot(500);
  server().slot->active = true;
  EXPECT_EQ(verdict().next, Next::kWait);
  EXPECT_FALSE(says(Code::kPosKafkaAhead));
  server().slot->active = false;
  EXPECT_EQ(verdict().next, Next::kStop);
}

TEST_F(JudgeTest, PositionBeforeTheForkOfAnotherTimelineStreams) {
  stored(600);
  slot(500);
  server().timeline = 2;
  EXPECT_TRUE(says(Code::kPosTimeline));
  server().history = {{1, Lsn{599}}};
  EXPECT_EQ(verdict().next, Next::kStop);
  server().history = {{1, Lsn{600}}};
  EXPECT_EQ(verdict().next, Next::kStream);
}

// Of a transaction that is in Kafka in part, the server must have the commit.
TEST_F(JudgeTest, PositionInsideATransactionBeyondTheForkStops) {
  stored(600).position = {Lsn{600}, Lsn{650}, 12};
  slot(500);
  server().timeline = 2;
  server().history = {{1, Lsn{650}}};
  EXPECT_TRUE(says(Code::kPosTimeline));
  EXPECT_EQ(verdict().next, Next::kStop);
  server().history = {{1, Lsn{651}}};
  EXPECT_EQ(verdict().next, Next::kStream);
}

TEST_F(JudgeTest, PositionInsideATransactionThatTheServerLacksStops) {
  stored(600).position = {Lsn{600}, Lsn{1000}, 12};
  slot(500);
  EXPECT_TRUE(says(Code::kPosKafkaAhead));
  EXPECT_EQ(verdict().next, Next::kStop);
  server().flushed = Lsn{1001};
  EXPECT_EQ(verdict().next, Next::kStream);
}

// pg_upgrade makes a cluster with a system identifier of its own and carries slots over, from 17 on.
class UpgradeTest : public JudgeTest {
 protected:
  UpgradeTest() {
    server().version_num = 180006;
    StoredPosition& before = stored(600, "8");
    before.server = {170011, 16385, "public.t"};
    before.sequence_lsn = Lsn{590};
    slot(700);
  }
  StoredPosition& before() { return facts_.kafka->positions.front().stored; }
  bool goes_on() {
    const Verdict judged = verdict();
    return judged.next == Next::kAdopt && !judged.snapshot && says(Code::kPosUpgraded) &&
           judged.from.position.end == Lsn{700} && judged.from.sequence_lsn == Lsn{590};
  }
};

TEST_F(UpgradeTest, GoesOnAtTheSlotThatCameAlong) {
  EXPECT_TRUE(goes_on());
}

TEST_F(UpgradeTest, FindsTheClusterItCameFromAmongOthers) {
  stored(900, "9");
  EXPECT_TRUE(goes_on());
  std::swap(facts_.kafka->positions[0], facts_.kafka->positions[1]);
  EXPECT_TRUE(goes_on());
}

TEST_F(UpgradeTest, WhatIsNoUpgradeIsNotTakenForOne) {
  const Facts upgraded = facts_;
  const auto with = [&](auto&& change) {
    facts_ = upgraded;
    change();
    const Verdict judged = verdict();
    return judged.next == Next::kStop || judged.snapshot;
  };
  EXPECT_TRUE(with([&] { before().server = {}; })) << "a record of an older relay";
  EXPECT_TRUE(with([&] { before().server.version_num = 160015; })) << "whose slots are not carried over";
  EXPECT_TRUE(with([&] { before().server.version_num = 180003; })) << "the same major version";
  EXPECT_TRUE(with([&] { before().server.table_oid = 16386; })) << "dump and restore";
  EXPECT_TRUE(with([&] { before().server.table = "public.u"; })) << "dump and restore";
  EXPECT_TRUE(with([&] { before().position = {Lsn{600}, Lsn{650}, 3}; })) << "a slot with changes is not carried over";
  EXPECT_TRUE(with([&] { server().database_oid = 6; })) << "another database";
  EXPECT_TRUE(with([&] { slot(600); })) << "the new log begins behind the old one";
  EXPECT_TRUE(with([&] { server().slot.reset(); })) << "no slot";
  EXPECT_TRUE(with([&] { server().slot->wal_status = "lost"; }));
  EXPECT_TRUE(with([&] { before().intent = true; }));
}

}  // namespace
}  // namespace penstock
