// Pipeline and acknowledged publisher together, on a source and a producer in the test's hands.
#include "relay/core/pipeline.h"

#include <gtest/gtest.h>

#include "relay/core/acked_publisher.h"
#include "relay/core/position_record.h"
#include "relay/core/test_doubles.h"

namespace penstock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() { settings_.position_topic = "positions"; }

  void begin() {
    AckedPublisher::Session session;
    session.identity = {"7", 5, "s"};
    session.epoch = 2;
    session.old_epoch = old_epoch_;
    session.start = {{Lsn{100}, {}, 0}, {}};
    publisher_ = std::make_unique<AckedPublisher>(producer_, settings_, session);
    pipeline_ = std::make_unique<Pipeline>(
        source_, *publisher_, stats_,
        Pipeline::Settings{settings_.queue_bytes, Lsn{100}, {"shop.t"}, settings_.bad_table_stops});
    if (!claims_) return;
    EXPECT_TRUE(publisher_->stored(now_).is_ok());
    producer_.settle();
    EXPECT_TRUE(publisher_->stored(now_).is_ok());
  }
  Status turn(Duration later = milliseconds(1)) {
    if (!pipeline_) begin();
    now_ += later;
    return pipeline_->turn(now_);
  }
  void send(Frame frame) { source_.frames.push_back(std::move(frame)); }
  Frame insert(uint64_t commit_lsn, uint64_t end_lsn) {
    return FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(commit_lsn, end_lsn);
  }
  // Position records that were written, in order.
  std::vector<Lsn> positions() const {
    std::vector<Lsn> ends;
    for (const auto& taken : producer_.taken) {
      PositionTopic topic;
      if (taken.topic == "positions" && topic.add(taken.key, taken.tombstone ? "x" : taken.value).is_ok()) {
        ends.push_back(topic.entries()[0].stored.position.end);
      }
    }
    return ends;
  }

  CoreSettings settings_;
  uint64_t old_epoch_ = 0;
  bool claims_ = true;  // the position that the session begins from is stored before the test begins
  HandSource source_;
  HandProducer producer_;
  Stats stats_;
  Time now_ = Time() + seconds(100);
  std::unique_ptr<AckedPublisher> publisher_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, ConfirmsOnlyWhatKafkaHasAndAPositionRecordSays) {
  send(insert(110, 120));
  ASSERT_TRUE(turn().is_ok());
  ASSERT_EQ(producer_.taken.size(), 1u);
  EXPECT_EQ(producer_.taken[0].topic, "shop.t");
  EXPECT_EQ(producer_.taken[0].key, "k");
  EXPECT_EQ(producer_.taken[0].value, "v");
  ASSERT_TRUE(turn(seconds(2)).is_ok());
  EXPECT_EQ(source_.confirmed, Lsn{100});
  EXPECT_TRUE(positions().empty());
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(positions(), std::vector<Lsn>{Lsn{120}});
  EXPECT_EQ(source_.confirmed, Lsn{100});
  EXPECT_FALSE(pipeline_->idle());
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(source_.confirmed, Lsn{120});
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(PipelineTest, RecordsGatherOnlyBehindABacklog) {
  send(insert(110, 120));
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(producer_.taken.size(), 1u);
  EXPECT_EQ(producer_.sent_now, 0u);
  source_.is_behind = false;
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(producer_.sent_now, 0u);  // nothing came in this turn
  send(insert(130, 140));
  send(insert(150, 160));
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(producer_.sent_now, 3u);
}

TEST_F(PipelineTest, OffersTheSameRecordAgainWhenTheQueueIsFull) {
  producer_.room = 1;
  send(FrameBuilder().relation(1, "shop.t").row("a", "1").row("b", "2").row("c", "3").transaction(110, 120));
  for (int at = 0; at < 8; ++at) {
    ASSERT_TRUE(turn().is_ok());
    producer_.report(1);
  }
  ASSERT_GE(producer_.taken.size(), 3u);
  EXPECT_EQ(producer_.taken[0].key, "a");
  EXPECT_EQ(producer_.taken[1].key, "b");
  EXPECT_EQ(producer_.taken[2].key, "c");
  EXPECT_GT(stats_.queue_full, 0u);
}

TEST_F(PipelineTest, StopsReadingAtTheBudget) {
  settings_.queue_bytes = 1000;
  for (uint64_t at = 0; at < 100; ++at) send(insert(110 + 10 * at, 115 + 10 * at));
  ASSERT_TRUE(turn().is_ok());
  EXPECT_GT(source_.frames.size(), 90u);
  EXPECT_FALSE(pipeline_->has_room());
  const size_t left = source_.frames.size();
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(source_.frames.size(), left);
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  EXPECT_LT(source_.frames.size(), left);
}

TEST_F(PipelineTest, ATableWithoutATopicStopsIfThatIsAskedForAndNothingOfItIsConfirmed) {
  const wire::Notice notice{wire::NoticeReason::kTopicTaken, 3, "public.b", "its topic is that of table public.a"};
  settings_.bad_table_stops = true;
  send(FrameBuilder().notice(notice).transaction(110, 120));
  const Status status = turn();
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.problem().code, Code::kPgTopicTakenStops);
  EXPECT_EQ(status.problem().what, "public.b: its topic is that of table public.a");
  EXPECT_TRUE(positions().empty());
  EXPECT_EQ(stats_.notices.counts()[static_cast<size_t>(Code::kPgTopicTaken)], 0u);
}

TEST_F(PipelineTest, ATableWithoutATopicIsCountedIfItIsLeftOut) {
  send(FrameBuilder().notice({wire::NoticeReason::kTopicTaken, 3, "public.b", "why"}).transaction(110, 120));
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(stats_.notices.counts()[static_cast<size_t>(Code::kPgTopicTaken)], 3u);
}

TEST_F(PipelineTest, NoticesAreCountedAndThePositionGoesOn) {
  send(FrameBuilder().notice({wire::NoticeReason::kTableRewritten, 1, "public.t", "rewritten"}).transaction(110, 120));
  ASSERT_TRUE(turn().is_ok());
  EXPECT_TRUE(producer_.taken.empty());
  EXPECT_EQ(stats_.notices.counts()[static_cast<size_t>(Code::kPgTableRewritten)], 1u);
  ASSERT_TRUE(turn(seconds(10)).is_ok());
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(source_.confirmed, Lsn{120});
}

TEST_F(PipelineTest, TombstoneCountsAsARecordOfItsOwn) {
  send(FrameBuilder()
           .relation(1, "shop.t")
           .row("k", "deleted")
           .record(wire::RecordKind::kTombstone, "k", std::string_view(), 1)
           .transaction(110, 120));
  ASSERT_TRUE(turn().is_ok());
  ASSERT_EQ(producer_.taken.size(), 2u);
  EXPECT_TRUE(producer_.taken[1].tombstone);
  EXPECT_EQ(producer_.taken[1].part, 1);
  producer_.report(1);
  ASSERT_TRUE(turn(seconds(2)).is_ok());
  EXPECT_TRUE(positions().empty());
}

TEST_F(PipelineTest, TakesTheVariantThatIsMeantOfASnapshotsFinalRow) {
  Frame frame = FrameBuilder()
                    .relation(1, "shop.t")
                    .row("a", "first")
                    .record(wire::RecordKind::kVariant, "b", "true", 0)
                    .record(wire::RecordKind::kVariant, "b", "last_in_data_collection", 1)
                    .record(wire::RecordKind::kVariant, "b", "last", 2)
                    .range(16385);
  frame.variant = 1;
  send(std::move(frame));
  ASSERT_TRUE(turn().is_ok());
  ASSERT_EQ(producer_.taken.size(), 2u);
  EXPECT_EQ(producer_.taken[1].value, "last_in_data_collection");
}

TEST_F(PipelineTest, WaitsForATopicThatDoesNotExistYet) {
  send(FrameBuilder().relation(1, "shop.new").row("k", "v").transaction(110, 120));
  ASSERT_TRUE(turn().is_ok());
  EXPECT_TRUE(producer_.taken.empty());
  EXPECT_EQ(pipeline_->take_missing_topics(), std::vector<std::string>{"shop.new"});
  pipeline_->topics_created({});
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(producer_.taken.size(), 1u);
}

TEST_F(PipelineTest, ReadsOnWhileATopicIsMadeSoThatOneRequestIsForMany) {
  for (uint32_t at = 0; at < 2500; ++at) {
    const std::string topic = "shop.t" + std::to_string(at);
    send(FrameBuilder().relation(1, topic).row("k", topic).transaction(110 + 10 * at, 115 + 10 * at));
  }
  size_t requests = 0;
  while (producer_.taken.size() < 2500 && requests < 100) {
    ASSERT_TRUE(turn().is_ok());
    if (!pipeline_->wants_topics()) continue;
    ++requests;
    ASSERT_FALSE(pipeline_->take_missing_topics().empty());
    ASSERT_TRUE(turn().is_ok());
    pipeline_->topics_created({});
  }
  EXPECT_LE(requests, 10u);
  ASSERT_EQ(producer_.taken.size(), 2500u);
  for (const auto& taken : producer_.taken) EXPECT_EQ(taken.topic, taken.value) << "a definition of a later frame";
}

TEST_F(PipelineTest, ReadsOnWithinTheBudgetOnly) {
  settings_.queue_bytes = 1000;
  for (uint64_t at = 0; at < 100; ++at) {
    send(FrameBuilder().relation(1, "shop.new").row("k", "v").transaction(110 + 10 * at, 115 + 10 * at));
  }
  ASSERT_TRUE(turn().is_ok());
  ASSERT_TRUE(turn().is_ok());
  EXPECT_GT(source_.frames.size(), 90u);
  EXPECT_FALSE(pipeline_->has_room());
}

TEST_F(PipelineTest, WantsNoTopicForADefinitionWithoutARecord) {
  send(FrameBuilder()
           .relation(1, "shop.empty")
           .relation(2, "shop.t")
           .record(wire::RecordKind::kRow, "k", "v", 0, 2)
           .transaction(110, 120));
  ASSERT_TRUE(turn().is_ok());
  EXPECT_FALSE(pipeline_->wants_topics());
  EXPECT_EQ(producer_.taken.size(), 1u);
}

TEST_F(PipelineTest, LeavesOutRecordsOfATopicThatKafkaRefusesAndGoesOn) {
  send(FrameBuilder().relation(1, "shop.a.b").row("k", "v").row("l", "w").transaction(110, 120));
  send(insert(130, 140));
  ASSERT_TRUE(turn().is_ok());
  static_cast<void>(pipeline_->take_missing_topics());
  pipeline_->topics_created({{"shop.a.b", "collides with shop.a_b"}});
  ASSERT_TRUE(turn().is_ok());
  ASSERT_EQ(producer_.taken.size(), 1u);
  EXPECT_EQ(producer_.taken[0].topic, "shop.t");
  EXPECT_EQ(stats_.tables[0].left_out, 2u);
  producer_.report();
  ASSERT_TRUE(turn(seconds(2)).is_ok());
  EXPECT_EQ(positions(), std::vector<Lsn>{Lsn{140}});
}

TEST_F(PipelineTest, NegativeReportEndsTheSession) {
  send(insert(110, 120));
  ASSERT_TRUE(turn().is_ok());
  producer_.report_failure({Code::kKafkaRecordTooLarge, "topic shop.t: too large", ""});
  const Status status = turn();
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.problem().code, Code::kKafkaRecordTooLarge);
  EXPECT_NE(status.problem().what.find("commit 0/6E"), std::string::npos) << status.problem().what;
}

TEST_F(PipelineTest, RefusedRecordIsNamed) {
  producer_.refuse = true;
  send(insert(110, 120));
  const Status status = turn();
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.problem().what, "too large (topic shop.t, commit 0/6E, change 1, 2 bytes)");
}

TEST_F(PipelineTest, DamagedFramesEndTheSession) {
  const Frame whole = insert(110, 120);
  for (size_t size = wire::kHeaderSize; size < whole.bytes.size(); ++size) {
    SCOPED_TRACE(size);
    pipeline_.reset();
    source_.frames.clear();
    Frame cut = insert(110, 120);
    cut.bytes.resize(size);
    send(std::move(cut));
    const Status status = turn();
    ASSERT_FALSE(status.is_ok());
    EXPECT_EQ(status.problem().code, Code::kPgProtocol);
  }
}

TEST_F(PipelineTest, RowOfAnUnknownRelationEndsTheSession) {
  send(FrameBuilder().row("k", "v").transaction(110, 120));
  EXPECT_EQ(turn().problem().code, Code::kPgProtocol);
}

TEST_F(PipelineTest, UnitsMustComeInOrder) {
  send(insert(110, 120));
  send(insert(100, 115));
  EXPECT_EQ(turn().problem().code, Code::kPgProtocol);
}

TEST_F(PipelineTest, PositionsAreCoalescedUnderLoad) {
  producer_.room = SIZE_MAX;
  for (uint64_t at = 0; at < 200; ++at) {
    send(insert(110 + 10 * at, 115 + 10 * at));
    send(insert(111 + 10 * at + 5, 112 + 10 * at + 6));
    ASSERT_TRUE(turn(milliseconds(10)).is_ok());
    producer_.report(1);  // one of two: never idle
  }
  EXPECT_GE(positions().size(), 1u);
  EXPECT_LE(positions().size(), 3u);
}

TEST_F(PipelineTest, IdleKeepalivesAreStoredEveryFewSeconds) {
  for (uint64_t at = 0; at < 30; ++at) {
    send(FrameBuilder::keepalive(200 + at));
    ASSERT_TRUE(turn(seconds(1)).is_ok());
    producer_.report();
  }
  EXPECT_GE(positions().size(), 4u);
  EXPECT_LE(positions().size(), 7u);
}

TEST_F(PipelineTest, ReplyRequestIsStoredAtOnce) {
  send(FrameBuilder::keepalive(200, true));
  ASSERT_TRUE(turn().is_ok());
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(positions(), std::vector<Lsn>{Lsn{200}});
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(source_.confirmed, Lsn{200});
}

TEST_F(PipelineTest, ReplyRequestThatSaysNothingNewWritesNothing) {
  send(FrameBuilder::keepalive(100, true));
  for (int at = 0; at < 5; ++at) ASSERT_TRUE(turn(seconds(1)).is_ok());
  EXPECT_TRUE(positions().empty());
}

// What a killed session still has on its way may say more than this one has read.
TEST_F(PipelineTest, TheFirstPositionOfASessionComesBeforeItsFirstRecord) {
  claims_ = false;
  old_epoch_ = 1;
  send(insert(110, 120));
  ASSERT_TRUE(turn().is_ok());
  ASSERT_EQ(producer_.taken.size(), 1u);
  EXPECT_EQ(positions(), std::vector<Lsn>{Lsn{100}});
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  ASSERT_EQ(producer_.taken.size(), 3u);
  EXPECT_TRUE(producer_.taken[1].tombstone);
  EXPECT_EQ(producer_.taken[1].key, encode_position_key({"7", 5, "s"}, 1));
  EXPECT_EQ(producer_.taken[2].topic, "shop.t");
}

TEST_F(PipelineTest, CountsByTableAndOperation) {
  send(insert(110, 120));
  ASSERT_TRUE(turn().is_ok());
  ASSERT_EQ(stats_.tables.size(), 1u);
  EXPECT_EQ(stats_.tables[0].topic, "shop.t");
  EXPECT_EQ(stats_.tables[0].create, 1u);
  EXPECT_EQ(stats_.tables[0].bytes, 2u);
  EXPECT_EQ(stats_.records, 1u);
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  EXPECT_EQ(stats_.transactions, 1u);
  EXPECT_EQ(stats_.in_flight_bytes, 0u);
}

TEST_F(PipelineTest, EachPartOfTheWayIsMeasured) {
  Frame frame = insert(110, 120);
  frame.header.commit_time_us = 1'000'000;
  frame.sent_us = 1'002'000;
  send(std::move(frame));
  stats_.unix_now_us = 1'005'000;
  ASSERT_TRUE(turn().is_ok());
  stats_.unix_now_us = 1'045'000;
  producer_.report();
  ASSERT_TRUE(turn().is_ok());
  const auto records =
      static_cast<uint64_t>(FrameBuilder().relation(1, "t").row("k", "v").finish({}).header.record_count);
  EXPECT_EQ(stats_.stages[static_cast<size_t>(Stage::kDecode)].sum_us, 2'000 * records);
  EXPECT_EQ(stats_.stages[static_cast<size_t>(Stage::kTransfer)].sum_us, 3'000 * records);
  EXPECT_EQ(stats_.stages[static_cast<size_t>(Stage::kKafka)].sum_us, 40'000 * records);
  EXPECT_EQ(stats_.latency.sum_us, 45'000 * records);
}

}  // namespace
}  // namespace penstock
