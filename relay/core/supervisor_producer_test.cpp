// What outlives a session, and what does not: the producer, a standstill, an adopted position.
#include "relay/core/supervisor_test_support.h"

namespace penstock {
namespace {

using std::chrono::seconds;

// What it still has to send comes before what the next session sends; its reports are not mistaken for that one's.
TEST_F(SupervisorTest, TheProducerOutlivesTheSession) {
  begin_streaming();
  const Frame transaction = FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720);
  source_->frames.push_back(transaction);
  turn();
  source_->broken = Problem{Code::kPgUnreachable, "gone", ""};
  turn();
  EXPECT_EQ(answer<Close>(Done{}).producer, nullptr);
  turn(seconds(2));
  open_stream();
  source_->frames.push_back(transaction);
  turn();
  ASSERT_EQ(producer_->taken.size(), 2u);  // the record of before, and where the session begins
  producer_->report(1);
  turn(seconds(1));
  ASSERT_EQ(producer_->taken.size(), 2u) << "the report of an earlier session counts";
  producer_->report(1);
  turn();
  ASSERT_EQ(producer_->taken.size(), 4u);  // the old epoch goes, the record again
  EXPECT_EQ(producer_->taken[3].topic, "shop.t");
  EXPECT_NE(producer_->taken[3].opaque, producer_->taken[0].opaque);
}

TEST_F(SupervisorTest, ABrokenProducerIsReplaced) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720));
  turn();
  producer_->report_failure(Problem{Code::kKafkaFatal, "fatal", ""});
  turn();
  EXPECT_NE(answer<Close>(Done{}).producer, nullptr);
  producer_ = nullptr;
  turn(seconds(2));
  begin_streaming();
}

// Its settings may be others.
TEST_F(SupervisorTest, AnotherConfigurationHasAnotherProducer) {
  begin_streaming();
  relay_->configure(settings_, now_);
  turn();
  EXPECT_NE(answer<Close>(Done{}).producer, nullptr);
}

// Somebody else may have taken over meanwhile: nothing that is here is handed on before the server was asked.
TEST_F(SupervisorTest, ARelayThatStoodStillAsksAnew) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720));
  step(seconds(60));
  EXPECT_EQ(state(), State::kWaiting);
  EXPECT_EQ(relay_->view().problems.at(0).code, Code::kPosFrozen);
  EXPECT_TRUE(producer_->taken.empty());
  EXPECT_NE(answer<Close>(Done{}).producer, nullptr);
  turn(seconds(2));
  answer<Probe>(facts_);
}

// The monotonic clock does not count a suspend.
TEST_F(SupervisorTest, ASuspendShowsInTheWallClock) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720));
  now_ += std::chrono::milliseconds(10);
  relay_->turn(now_, unix_us() + 3'600'000'000);
  EXPECT_EQ(state(), State::kWaiting);
  EXPECT_TRUE(producer_->taken.empty());
}

TEST_F(SupervisorTest, AnAnswerFromBeforeAStandstillIsNotUsed) {
  store(600);
  answer<Probe>(facts_);
  answer<OpenProducer>(producer());
  turn();
  control_.given = stream();
  step(seconds(60));
  EXPECT_EQ(state(), State::kStarting);
  EXPECT_NE(answer<Close>(Done{}).source, nullptr);
  answer<Probe>(facts_);
}

// Its descriptor stays readable and its time may be over: to poll(2) they would be work, and nothing does it.
TEST_F(SupervisorTest, ABrokenProducerThatCannotBeClosedYetIsNotWaitedFor) {
  begin_streaming();
  source_->frames.push_back(
      FrameBuilder().relation(1, "shop.t").row("k", "v").relation(2, "shop.new").transaction(700, 720));
  turn();
  producer_->fd = 7;
  producer_->due = now_;
  EXPECT_EQ(relay_->wants().producer, 7);
  EXPECT_EQ(relay_->wants().deadline, producer_->due);
  source_->frames.push_back(
      FrameBuilder().relation(2, "shop.new").record(wire::RecordKind::kRow, "k", "v", 0, 2).transaction(730, 740));
  turn();
  ASSERT_TRUE(control_.request && std::holds_alternative<CreateTopics>(*control_.request));
  producer_->report_failure(Problem{Code::kKafkaFatal, "fatal", ""});
  turn();
  ASSERT_EQ(state(), State::kWaiting);
  ASSERT_TRUE(control_.request && std::holds_alternative<CreateTopics>(*control_.request));
  EXPECT_EQ(relay_->wants().producer, -1);
  EXPECT_TRUE(!relay_->wants().deadline || *relay_->wants().deadline > now_);
}

// A standstill while the session of a connector that has failed is closed: it waits for a person, as before.
TEST_F(SupervisorTest, AStandstillRestartsNothingThatHasFailed) {
  begin_streaming();
  source_->broken = Problem{Code::kPgPublicationGone, "gone", ""};
  turn();
  ASSERT_EQ(state(), State::kFailed);
  turn();
  ASSERT_TRUE(control_.request && std::holds_alternative<Close>(*control_.request));
  step(seconds(60));
  control_.given = Done{};
  turn();
  while (control_.request && std::holds_alternative<Close>(*control_.request)) answer<Close>(Done{});
  turn(seconds(100));
  EXPECT_FALSE(control_.request);
  EXPECT_EQ(state(), State::kFailed);
}

// Durable before any row is read: a place where positions cannot be written would have every retry read all rows again.
TEST_F(SupervisorTest, AnAdoptedPositionIsStoredBeforeItsRowsAreRead) {
  settings_.snapshot_mode = SnapshotMode::kInitial;
  store(600);
  facts_.kafka->positions.clear();
  answer<Probe>(facts_);
  const WritePosition first = answer<WritePosition>(Done{});
  EXPECT_TRUE(first.stored.rows_pending);
  EXPECT_EQ(first.stored.position.end, Lsn{600});
  facts_.kafka->positions.push_back({{"7", 5, "s"}, first.stored});
  answer<OpenProducer>(producer());
  answer<OpenSnapshot>(Problem{Code::kPgUnreachable, "gone", ""});
  turn(seconds(2));
  answer<Probe>(facts_);
  EXPECT_TRUE(answer<WritePosition>(Done{}).stored.rows_pending);
  auto rows = std::make_unique<HandSource>();
  rows->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").range(16385));
  rows->at_end = true;
  answer<OpenSnapshot>(SnapshotOpened{Lsn{900}, std::move(rows)});
  turn();
  producer_->report();
  turn();
  ASSERT_EQ(producer_->taken.size(), 2u);
  EXPECT_NE(producer_->taken[1].value.find("\"end\":\"0/258\""), std::string::npos);
  EXPECT_EQ(producer_->taken[1].value.find("snapshot"), std::string::npos);
}

}  // namespace
}  // namespace penstock
