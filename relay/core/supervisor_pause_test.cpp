// A pause outlives the process.
#include "relay/core/supervisor.h"
#include "relay/core/supervisor_test_support.h"

namespace penstock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PauseTest : public SupervisorTest {
 protected:
  PauseTest() { settings_.connector = "shop"; }

  // As another process has left it.
  void stored_pause() { facts_.kafka->paused = {{"other", 1}, {"shop", 1785592985123}}; }
  bool unstored() const {
    for (const Problem& problem : relay_->view().problems)
      if (problem.code == Code::kPosPauseUnstored) return true;
    return false;
  }
  void pause_while_streaming() {
    begin_streaming();
    relay_->pause(now_);
  }
};

TEST_F(PauseTest, IsStoredAndItsEndIsStoredBeforeTheNextProbe) {
  pause_while_streaming();
  const WriteTargetState pause = answer<WriteTargetState>(Done{});
  EXPECT_EQ(pause.connector, "shop");
  EXPECT_TRUE(pause.paused);
  EXPECT_NEAR(static_cast<double>(pause.unix_ms), static_cast<double>(unix_us()) / 1000, 10);
  answer<Close>(Done{});
  turn();
  EXPECT_EQ(state(), State::kPaused);
  EXPECT_EQ(relay_->view().paused_unix_ms, pause.unix_ms);
  turn(seconds(100));
  EXPECT_FALSE(control_.request);
  relay_->resume(now_);
  turn();
  EXPECT_FALSE(answer<WriteTargetState>(Done{}).paused);
  begin_streaming();
  EXPECT_EQ(relay_->view().paused_unix_ms, 0);
}

TEST_F(PauseTest, ThatIsStoredIsHonouredByTheNextProcess) {
  settings_.snapshot_mode = SnapshotMode::kInitial;
  stored_pause();
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kPaused);
  EXPECT_EQ(connect_name(state()), "PAUSED");
  EXPECT_EQ(relay_->view().paused_unix_ms, 1785592985123);
  EXPECT_EQ(relay_->view().identity.slot, "s");
  bool said = false;
  for (const Event& event : relay_->take_events())
    said |= event.text.find("paused at 2026-08-01 14:03:05 UTC") != std::string::npos;
  EXPECT_TRUE(said);
  turn(seconds(10));
  EXPECT_FALSE(control_.request) << relay_->view().step;
  relay_->restart(now_);
  turn();
  EXPECT_EQ(state(), State::kPaused);
  relay_->resume(now_);
  turn();
  EXPECT_FALSE(answer<WriteTargetState>(Done{}).paused);
  facts_.kafka->paused.clear();
  answer<Probe>(facts_);
  answer<WriteIntent>(Done{});
}

TEST_F(PauseTest, OfAnotherConnectorIsNotOurs) {
  facts_.kafka->paused = {{"other", 1}};
  begin_streaming();
}

TEST_F(PauseTest, ThatAnotherProcessEndsIsOver) {
  stored_pause();
  answer<Probe>(facts_);
  turn(settings_.retry_last);
  answer<Probe>(facts_);  // still
  EXPECT_EQ(state(), State::kPaused);
  facts_.kafka->paused.clear();
  turn(settings_.retry_last);
  EXPECT_EQ(state(), State::kPaused);
  open_stream();
}

// What was asked for before a standstill does not count: it is asked for anew.
TEST_F(PauseTest, IsLookedAtAgainAfterAStandstill) {
  stored_pause();
  answer<Probe>(facts_);
  turn(settings_.retry_last);
  step(settings_.frozen * 2);
  facts_.kafka->paused.clear();
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kPaused);
  turn();
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kStarting);
}

// Neither side has to answer for a paused relay to stay what it is.
TEST_F(PauseTest, GoesOnWhileKafkaIsAway) {
  stored_pause();
  answer<Probe>(facts_);
  Facts away;
  away.problems.push_back({Code::kKafkaUnreachable, "down", ""});
  turn(settings_.retry_last);
  answer<Probe>(std::move(away));
  EXPECT_EQ(state(), State::kPaused);
  EXPECT_EQ(relay_->view().problems.at(0).code, Code::kKafkaUnreachable);
}

TEST_F(PauseTest, IsTriedToBeStoredUntilItIs) {
  pause_while_streaming();
  answer<WriteTargetState>(Problem{Code::kKafkaUnreachable, "down", ""});
  answer<Close>(Done{});
  turn();
  EXPECT_EQ(state(), State::kPaused);
  EXPECT_TRUE(unstored());
  ASSERT_TRUE(relay_->wants().deadline);
  turn(*relay_->wants().deadline - now_);
  answer<WriteTargetState>(Problem{Code::kKafkaUnreachable, "down", ""});
  EXPECT_GT(*relay_->wants().deadline - now_, settings_.retry_first);
  turn(settings_.retry_last);
  answer<WriteTargetState>(Done{});
  EXPECT_FALSE(unstored());
  EXPECT_EQ(relay_->wants().deadline, std::nullopt);
}

TEST_F(PauseTest, WhoseEndCannotBeStoredIsNotOver) {
  stored_pause();
  answer<Probe>(facts_);
  relay_->resume(now_);
  turn();
  for (int times = 0; times < 3; ++times) {
    answer<WriteTargetState>(Problem{Code::kKafkaUnreachable, "down", ""});
    EXPECT_EQ(state(), State::kWaiting);
    EXPECT_EQ(relay_->view().problems.size(), 1u);
    turn(*relay_->view().retry_at - now_);
  }
  answer<WriteTargetState>(Done{});
  answer<Probe>(facts_ = Facts{facts_.server, KafkaFacts{}, {}});
}

TEST_F(PauseTest, AndItsEndInQuickSuccessionEndWithTheLast) {
  pause_while_streaming();
  turn();
  relay_->resume(now_);
  EXPECT_TRUE(answer<WriteTargetState>(Done{}).paused);
  answer<Close>(Done{});
  EXPECT_FALSE(answer<WriteTargetState>(Done{}).paused);
  turn();
  relay_->pause(now_);
  relay_->resume(now_);
  relay_->pause(now_);
  answer<Probe>(facts_);
  EXPECT_TRUE(answer<WriteTargetState>(Done{}).paused);
  turn();
  EXPECT_EQ(state(), State::kPaused);
}

TEST_F(PauseTest, IsStoredBeforeAProcessThatWasToldToStopEnds) {
  pause_while_streaming();
  relay_->stop(now_);
  answer<Close>(Done{});
  EXPECT_TRUE(answer<WriteTargetState>(Problem{Code::kKafkaUnreachable, "down", ""}).paused);
  turn();
  EXPECT_EQ(state(), State::kStopped) << "one attempt is enough";
  EXPECT_TRUE(unstored());
}

TEST_F(PauseTest, ThatIsBeingStoredIsNotBrokenOffByAStop) {
  pause_while_streaming();
  turn();
  relay_->stop(now_);
  EXPECT_FALSE(control_.cancelled);
  answer<WriteTargetState>(Done{});
  answer<Close>(Done{});
  turn();
  EXPECT_EQ(state(), State::kStopped);
}

// Whoever asks before the first probe does not know either what it will find.
TEST_F(PauseTest, CanBeEndedBeforeItWasFound) {
  turn();
  relay_->resume(now_);
  stored_pause();
  facts_.kafka->paused[1].unix_ms = 1;
  store(600);
  answer<Probe>(facts_);
  EXPECT_FALSE(answer<WriteTargetState>(Done{}).paused);
  answer<OpenProducer>(producer());
  answer<OpenStream>(stream());
}

TEST_F(PauseTest, IsEndedAlsoWhereNothingIsToBeDone) {
  settings_.snapshot_mode = SnapshotMode::kInitialOnly;
  turn();
  relay_->resume(now_);
  stored_pause();
  facts_.kafka->paused[1].unix_ms = 1;
  store(600);
  answer<Probe>(facts_);
  EXPECT_EQ(state(), State::kCompleted);
  EXPECT_FALSE(answer<WriteTargetState>(Done{}).paused);
  turn(seconds(100));
  EXPECT_FALSE(control_.request);
  EXPECT_EQ(state(), State::kCompleted);
}

TEST_F(PauseTest, GoesWithTheConnectorToAnotherTopic) {
  pause_while_streaming();
  answer<WriteTargetState>(Done{});
  answer<Close>(Done{});
  turn();
  settings_.position_topic = "elsewhere";
  relay_->configure(settings_, now_);
  EXPECT_TRUE(answer<WriteTargetState>(Done{}).paused);
  turn();
  EXPECT_EQ(state(), State::kPaused);
}

TEST_F(PauseTest, IsStoredWhileTheSessionStillDrains) {
  begin_streaming();
  source_->frames.push_back(FrameBuilder().relation(1, "shop.t").row("k", "v").transaction(700, 720));
  turn();
  relay_->pause(now_);
  EXPECT_TRUE(answer<WriteTargetState>(Done{}).paused);
  producer_->report();
  turn();
  producer_->report();
  turn();
  EXPECT_EQ(source_->confirmed, Lsn{720});
  answer<Close>(Done{});
  turn();
  EXPECT_EQ(state(), State::kPaused);
}

}  // namespace
}  // namespace penstock
