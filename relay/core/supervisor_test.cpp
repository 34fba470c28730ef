#include "relay/core/supervisor.h"

#include "relay/core/supervisor_test_support.h"

namespace penstock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(SupervisorTest, FirstStartWithoutRowsWritesIntentThenSlotThenPosition) {
  answer<Probe>(facts_);
  const WriteIntent intent = answer<WriteIntent>(Done{});
  EXPECT_EQ(intent.identity.slot, "s");
  answer<CreateSlot>(SlotCreated{Lsn{900}});
  const WritePosition position = answer<WritePosition>(Done{});
  EXPECT_EQ(position.stored.position.end, Lsn{900});
  EXPECT_EQ(position.stored.epoch, intent.epoch);
  answer<Probe>(facts_);
}

// As with Debezium: the rows stand for what came before them.
TEST_F(SupervisorTest, AlwaysStreamsOnFromWhereTheRowsWereRead) {
  settings_.snapshot_mode = SnapshotMode::kAlways;
  settings_.streaming_delay = seconds(3);
  store(600);
  facts_.kafka->positions[0].stored.sequence_lsn = Lsn{590};
  answer<Probe>(facts_);
  answer<OpenProducer>(producer());
  auto rows = std::make_unique<HandSource>();
  rows->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").range(16385));
  rows->at_end = true;
  EXPECT_TRUE(answer<OpenSnapshot>(SnapshotOpened{Lsn{900}, std::move(rows)}).temporary);
  turn();
  producer_->settle();  // the session's own position
  turn();
  producer_->report();
  turn();
  ASSERT_EQ(producer_->taken.size(), 3u);  // the old epoch goes, the row, the position
  EXPECT_NE(producer_->taken[2].value.find("\"end\":\"0/384\""), std::string::npos);
  EXPECT_NE(producer_->taken[2].value.find("\"sequence_lsn\":\"0/0\""), std::string::npos);
  producer_->report();
  turn();
  answer<Close>(Done{});
  store(900);
  answer<Probe>(facts_);
  turn();
  EXPECT_FALSE(control_.request.has_value()) << "streaming.delay.ms was not waited for";
  ASSERT_TRUE(relay_->wants().deadline.has_value());
  turn(seconds(3));
  EXPECT_EQ(answer<OpenStream>(stream()).from.end, Lsn{900});
}

TEST_F(SupervisorTest, DropsTheSlotThatItHasReadWhenItIsStopped) {
  settings_.drop_slot_on_stop = true;
  begin_streaming();
  relay_->stop(now_);
  turn();
  answer<Close>(Done{});
  answer<DropSlot>(Done{});
  turn();
  EXPECT_EQ(state(), State::kStopped);
}

TEST_F(SupervisorTest, DropsNoSlotThatItHasNotRead) {
  settings_.drop_slot_on_stop = true;
  store(600);
  facts_.server->slot->plugin = "pgoutput";
  answer<Probe>(facts_);
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kFailed);
  relay_->stop(now_);
  turn();
  EXPECT_FALSE(control_.request.has_value());
  EXPECT_EQ(state(), State::kStopped);
}

TEST_F(SupervisorTest, RowsWaitForTheSnapshotDelay) {
  settings_.snapshot_mode = SnapshotMode::kInitial;
  settings_.snapshot_delay = seconds(5);
  answer<Probe>(facts_);
  answer<WriteIntent>(Done{});
  answer<OpenProducer>(producer());
  turn(seconds(4));
  EXPECT_FALSE(control_.request.has_value());
  turn(seconds(2));
  ASSERT_TRUE(control_.request.has_value());
  EXPECT_TRUE(std::holds_alternative<OpenSnapshot>(*control_.request));
}

TEST_F(SupervisorTest, FirstStartWithRowsStoresThePositionAfterTheLastRow) {
  settings_.snapshot_mode = SnapshotMode::kInitial;
  answer<Probe>(facts_);
  answer<WriteIntent>(Done{});
  answer<OpenProducer>(producer());
  auto rows = std::make_unique<HandSource>();
  rows->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").range(16385));
  rows->at_end = true;
  const OpenSnapshot open =
      answer<OpenSnapshot>(SnapshotOpened{Lsn{900}, std::move(rows), {{16385, "public", "t", 5}}});
  const SnapshotProgress& progress = relay_->stats().snapshot;
  EXPECT_TRUE(progress.running && !progress.tables.at(0).done);
  EXPECT_FALSE(open.temporary);
  EXPECT_EQ(state(), State::kSnapshot);
  turn();
  ASSERT_EQ(producer_->taken.size(), 1u);
  producer_->report();
  turn();
  ASSERT_EQ(producer_->taken.size(), 2u);
  EXPECT_NE(producer_->taken[1].value.find("\"end\":\"0/384\""), std::string::npos);
  EXPECT_EQ(state(), State::kSnapshot);
  EXPECT_TRUE(progress.running && progress.tables[0].done);  // its last row is in Kafka
  EXPECT_EQ(relay_->stats().stored_time_us, 0);
  producer_->report();
  answer<Close>(Done{});
  answer<Probe>(facts_);
  EXPECT_FALSE(progress.running);
  EXPECT_GT(relay_->stats().stored_time_us, 1000000);
}

TEST_F(SupervisorTest, StreamsFromTheStoredPositionWithAHigherEpoch) {
  store(600);
  answer<Probe>(facts_);
  answer<OpenProducer>(producer());
  EXPECT_EQ(answer<OpenStream>(stream()).from.end, Lsn{600});
  EXPECT_EQ(state(), State::kStreaming);
  EXPECT_GT(relay_->view().epoch, 1u);
  EXPECT_EQ(connect_name(state()), "RUNNING");
  settle();
  EXPECT_EQ(source_->confirmed, Lsn{600});
}

TEST_F(SupervisorTest, WaitsWithBackOffAndComesBack) {
  facts_.kafka.reset();
  facts_.problems.push_back({Code::kKafkaUnreachable, "down", ""});
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kWaiting);
  const Time first = *relay_->view().retry_at;
  EXPECT_EQ(relay_->wants().deadline, first);
  turn(first - now_ - milliseconds(1));
  EXPECT_FALSE(control_.request);
  turn(milliseconds(1));
  answer<Probe>(facts_);
  EXPECT_GT(*relay_->view().retry_at - now_, seconds(1));
  facts_.problems.clear();
  facts_.kafka.emplace();
  turn(seconds(60));
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kStarting);
  EXPECT_TRUE(relay_->view().problems.empty());
}

TEST_F(SupervisorTest, StopProblemFailsUntilRestart) {
  store(600);
  facts_.server->slot->confirmed_flush = Lsn{700};
  answer<Probe>(facts_);
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kFailed);
  EXPECT_EQ(connect_name(state()), "FAILED");
  EXPECT_EQ(relay_->view().problems.at(0).code, Code::kPosSlotAhead);
  turn(seconds(1000));
  EXPECT_FALSE(control_.request);
  relay_->restart(now_);
  facts_.server->slot->confirmed_flush = Lsn{600};
  turn();
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kStarting);
}

// The server was asked before another relay took the slot, Kafka after that one had stored a position.
TEST_F(SupervisorTest, AnswersThatAnotherRelayCameBetweenStopNothing) {
  store(600);
  const uint64_t busy_until = 3;
  for (uint64_t probe = 1; probe <= busy_until; ++probe) {
    store(1000 + probe);  // each time it has stored more than the server's log had when that was asked
    answer<Probe>(facts_);
    EXPECT_EQ(state(), State::kStarting);
  }
  facts_.server->slot->active = true;
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kWaiting);
  EXPECT_EQ(relay_->view().problems.at(0).code, Code::kPgSlotBusy);
}

TEST_F(SupervisorTest, SlotThatAnotherRelayMakesMeanwhileStopsNothing) {
  store(600);
  std::optional<SlotFacts> slot = std::exchange(facts_.server->slot, std::nullopt);
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kStarting);
  facts_.server->slot = slot;
  facts_.server->slot->active = true;
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kWaiting);
}

TEST_F(SupervisorTest, BrokenStreamIsClosedBeforeTheNextProbe) {
  begin_streaming();
  source_->broken = Problem{Code::kPgUnreachable, "gone", ""};
  turn();
  EXPECT_EQ(state(), State::kWaiting);
  EXPECT_EQ(relay_->view().problems.at(0).code, Code::kPgUnreachable);
  const Close closed = answer<Close>(Done{});
  EXPECT_TRUE(closed.source && closed.publisher);
  turn(seconds(2));
  begin_streaming();
  EXPECT_EQ(relay_->stats().reconnects, (std::array<uint64_t, 2>{1, 0}));
}

TEST_F(SupervisorTest, BackOffBeginsAnewAfterALongSession) {
  facts_.problems.push_back({Code::kKafkaUnreachable, "down", ""});
  for (int at = 0; at < 4; ++at) {
    answer<Probe>(facts_);
    turn(*relay_->view().retry_at - now_);
  }
  facts_.problems.clear();
  begin_streaming();
  turn(settings_.retry_last);
  source_->broken = Problem{Code::kPgUnreachable, "gone", ""};
  turn();
  EXPECT_EQ(*relay_->view().retry_at - now_, settings_.retry_first);
}

TEST_F(SupervisorTest, FailedOpeningKeepsTheProducer) {
  store(600);
  answer<Probe>(facts_);
  answer<OpenProducer>(producer());
  answer<OpenStream>(Problem{Code::kPgSlotBusy, "active", ""});
  EXPECT_EQ(state(), State::kWaiting);
  turn(seconds(2));
  begin_streaming();  // with the producer that is open
}

TEST_F(SupervisorTest, StopStoresAndConfirmsWhatWasRead) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720));
  turn();
  source_->frames.push_back(FrameBuilder().row("k", "w").transaction(730, 740));
  relay_->stop(now_);
  turn();
  producer_->report();
  turn();
  producer_->report();
  turn();
  EXPECT_EQ(source_->confirmed, Lsn{720});
  EXPECT_EQ(source_->frames.size(), 1u);
  answer<Close>(Done{});
  turn();
  EXPECT_EQ(state(), State::kStopped);
}

TEST_F(SupervisorTest, StopDoesNotWaitForKafkaForEver) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720));
  turn();
  relay_->stop(now_);
  turn(settings_.drain);
  EXPECT_EQ(state(), State::kStopped);
}

TEST_F(SupervisorTest, StopDuringARequestCancelsIt) {
  turn();
  relay_->stop(now_);
  EXPECT_TRUE(control_.cancelled);
  answer<Probe>(facts_);
  turn();
  EXPECT_EQ(state(), State::kStopped);
}

// systemctl stop, then an impatient kill: the time that is left does not begin anew.
TEST_F(SupervisorTest, StoppingTwiceTakesNoLonger) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720));
  turn();
  relay_->stop(now_);
  turn(settings_.drain / 2);
  relay_->stop(now_);
  turn(settings_.drain / 2);
  EXPECT_EQ(state(), State::kStopped);
}

TEST_F(SupervisorTest, PausesAndResumes) {
  begin_streaming();
  relay_->pause(now_);
  answer<WriteTargetState>(Done{});
  answer<Close>(Done{});
  turn();
  EXPECT_EQ(state(), State::kPaused);
  EXPECT_EQ(connect_name(state()), "PAUSED");
  relay_->restart(now_);
  turn(seconds(100));
  EXPECT_EQ(state(), State::kPaused);
  EXPECT_EQ(relay_->wants().deadline, std::nullopt);
  relay_->resume(now_);
  turn();
  answer<WriteTargetState>(Done{});
  answer<Probe>(facts_);
}

TEST_F(SupervisorTest, CreatesTheTopicOfANewTableWhileTheStreamGoesOn) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.new").row("k", "v").transaction(700, 720));
  turn();
  EXPECT_TRUE(producer_->taken.empty());
  EXPECT_EQ(answer<CreateTopics>(TopicsCreated{}).topics, std::vector<std::string>{"shop.new"});
  EXPECT_EQ(producer_->taken.size(), 1u);
  EXPECT_EQ(state(), State::kStreaming);
}

// Kafka may take as long for an answer as it likes; nobody waits for this one any more.
TEST_F(SupervisorTest, TopicsOfASessionThatHasEndedAreNotWaitedFor) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.new").row("k", "v").transaction(700, 720));
  turn();
  ASSERT_TRUE(control_.request && std::holds_alternative<CreateTopics>(*control_.request));
  relay_->pause(now_);
  EXPECT_FALSE(control_.cancelled) << "the records that wait for it could still go";
  turn(settings_.drain);
  EXPECT_TRUE(control_.cancelled);
  control_.given = Problem{Code::kKafkaUnreachable, "cancelled", ""};
  turn();
  answer<WriteTargetState>(Done{});
  answer<Close>(Done{});
  turn();
  EXPECT_EQ(state(), State::kPaused);
}

TEST_F(SupervisorTest, TopicsOfABrokenSessionAreNotWaitedFor) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.new").row("k", "v").transaction(700, 720));
  turn();
  source_->broken = Problem{Code::kPgUnreachable, "gone", ""};
  turn();
  EXPECT_TRUE(control_.cancelled);
}

TEST_F(SupervisorTest, TopicOfARefusedNameStopsIfThatIsAskedFor) {
  settings_.bad_table_stops = true;
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.a.b").row("k", "v").transaction(700, 720));
  answer<CreateTopics>(TopicsCreated{{{"shop.a.b", "it collides with shop.a_b"}}});
  EXPECT_EQ(state(), State::kFailed);
}

TEST_F(SupervisorTest, TableWhoseTopicIsTakenInMidStreamStopsIfThatIsAskedFor) {
  settings_.bad_table_stops = true;
  begin_streaming();
  source_->frames.push_back(
      FrameBuilder().notice({wire::NoticeReason::kTopicTaken, 1, "public.b", "why"}).transaction(700, 720));
  turn();
  EXPECT_EQ(state(), State::kFailed);
  EXPECT_EQ(relay_->view().problems[0].code, Code::kPgTopicTakenStops);
}

TEST_F(SupervisorTest, InitialOnlyEndsWhenRowsAreStored) {
  settings_.snapshot_mode = SnapshotMode::kInitialOnly;
  store(600);
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kCompleted);
  turn(seconds(100));
  EXPECT_FALSE(control_.request);
}

TEST_F(SupervisorTest, WarningsAreSaidOnce) {
  facts_.server->tables[0].has_key = false;
  const auto warnings = [&] {
    int count = 0;
    for (const Event& event : relay_->take_events()) {
      count += event.problem && event.problem->code == Code::kPgReplicaIdentity;
    }
    return count;
  };
  facts_.problems.push_back({Code::kKafkaUnreachable, "down", ""});
  answer<Probe>(facts_);
  EXPECT_EQ(warnings(), 1);
  turn(seconds(100));
  answer<Probe>(facts_);
  EXPECT_EQ(warnings(), 0);
}

}  // namespace
}  // namespace penstock
