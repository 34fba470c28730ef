#include "relay/sim/world.h"

#include <algorithm>
#include <cstdio>

namespace penstock::sim {

namespace {
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint32_t kFaultTurns = 500;
constexpr uint32_t kGiant = 60;           // changes
constexpr auto kStopMax = seconds(5);     // pg_ctl stop -m fast
constexpr auto kQuietMax = seconds(150);  // back-off, slot time-outs, then the backlog
constexpr auto kIdleMax = seconds(15);    // until an idle stream follows other databases' WAL
constexpr uint32_t kSlowControlMs = 800;  // from asked to done, and from done to answered
const std::string kSlot = "penstock";
}  // namespace

World::World(uint64_t seed, Coverage& coverage, bool verbose)
    : seed_(seed),
      verbose_(verbose),
      random_(seed),
      coverage_(coverage),
      now_(Time() + seconds(1000)),
      checker_(history_, coverage),
      kafka_(checker_, coverage, random_, "__penstock.penstock"),
      server_(history_, checker_, coverage, random_, now_) {}

void World::choose() {
  constexpr SnapshotMode kModes[] = {SnapshotMode::kInitial,   SnapshotMode::kInitial,     SnapshotMode::kNoData,
                                     SnapshotMode::kNoData,    SnapshotMode::kInitialOnly, SnapshotMode::kAlways,
                                     SnapshotMode::kWhenNeeded};
  settings_.connector = "shop";
  settings_.slot = kSlot;
  settings_.position_topic = kafka_.position_topic;
  settings_.snapshot_mode = kModes[random_.below(7)];
  settings_.queue_bytes = random_.once_in(3) ? random_.between(500, 3000) : 1u << 20;
  settings_.position_bytes = random_.once_in(3) ? random_.between(500, 5000) : 16u << 20;
  settings_.position_interval = milliseconds(random_.between(50, 1000));
  settings_.retry_last = seconds(random_.between(2, 8));
  units_to_come_ = random_.between(5, 60);
  changes_max_ = random_.once_in(4) ? kGiant : 6;
  fault_once_in_ = random_.once_in(5) ? 0 : random_.between(10, 120);
  server_.lower_flush_moves_back = random_.once_in(4);
  control_faults_ = {random_.once_in(2) ? random_.between(4, 30) : 0, random_.once_in(3) ? kSlowControlMs : 60};
  KafkaFaults& faults = kafka_.faults;
  faults.negative_once_in = random_.once_in(4) ? random_.between(30, 300) : 0;
  faults.fatal_once_in = random_.once_in(4) ? random_.between(50, 300) : 0;
  faults.full_once_in = random_.once_in(3) ? random_.between(2, 20) : 0;
  faults.queue_capacity = random_.once_in(3) ? random_.between(2, 20) : 1000;
  faults.report_delay_ms = random_.once_in(3) ? 2000 : 30;
  for (uint32_t before = random_.below(4); before > 0; --before) history_.add_transaction(random_, 5);
  if (random_.once_in(6)) {  // a slot that somebody made for us
    server_.create_slot();
    coverage_.reach(Rare::kAdopted);
    for (uint32_t since = random_.below(3); since > 0; --since) history_.add_transaction(random_, 5);
  }
}

void World::begin_relay() {
  kafka_.nobody_waits = true;
  relay_.reset();
  control_.reset();
  kafka_.nobody_waits = false;
  control_ = std::make_unique<ControlModel>(server_, kafka_, settings_.queue_bytes, kSlot);
  if (!quiet_) control_->faults = control_faults_;
  relay_ = std::make_unique<Supervisor>(settings_, *control_);
  stopping_relay_ = false;
  paused_ = false;
}

void World::note_crash() {
  const auto& positions = kafka_.positions();
  const bool intent = !positions.empty() && positions[0].stored.intent;
  if (intent) {
    coverage_.reach(server_.slot ? Rare::kCrashBetweenSlotAndPosition : Rare::kCrashBetweenIntentAndSlot);
  }
  if (relay_->view().state == State::kSnapshot) coverage_.reach(Rare::kSnapshotInterrupted);
  if (control_->producer() != nullptr && control_->producer()->position_in_flight()) {
    coverage_.reach(Rare::kCrashWithPositionInFlight);
  }
  if (control_->stream() != nullptr && control_->stream()->inside_unit()) coverage_.reach(Rare::kCrashInsideUnit);
}

// SIGKILL: nothing is told to anybody.
void World::kill_relay() {
  say("relay killed");
  note_crash();
  begin_relay();
  // What the killed one left behind may arrive while its follower repeats the same; a second kill is what makes it
  // count.
  if (random_.once_in(4)) begin_other();  // both want the slot now
  if (random_.once_in(2)) kill_at_ = turns_ + random_.between(20, 150);
}

void World::run() {
  choose();
  say("begins, mode " + std::to_string(static_cast<int>(settings_.snapshot_mode)));
  begin_relay();
  while (turns_ < kFaultTurns) {
    grow();
    if (random_.once_in(fault_once_in_)) fault();
    if (kill_at_ != 0 && turns_ == kill_at_) kill_relay();
    turn();
  }
  become_quiet();
  run_quiet();
  checker_.everything_is_there();
  checker_.last_is_newest();
  until("the end of a pause is not stored", &World::pause_is_over);
  if (random_.once_in(3)) stop_at_the_end();
}

void World::advance() {
  Duration step = milliseconds(random_.below(20));
  if (random_.once_in(20)) step = milliseconds(random_.below(3000));
  // The loop wakes up at its deadline, when Control has an answer, and by the watch connection.
  if (server_.stopping_since) step = std::min<Duration>(step, milliseconds(200));
  const Supervisor::Wants wants = relay_->wants();
  if (wants.at_once) step = Duration::zero();
  for (const std::optional<Time>& deadline : {wants.deadline, control_->deadline()}) {
    if (deadline) step = std::min(step, *deadline <= now_ ? milliseconds(1) : *deadline - now_);
  }
  if (other_) {
    for (const std::optional<Time>& deadline : {other_->wants().deadline, other_control_->deadline()}) {
      if (deadline) step = std::min(step, *deadline <= now_ ? milliseconds(1) : *deadline - now_);
    }
  }
  now_ += step;
}

void World::turn_relay() {
  relay_->turn(now_, unix_us());
}

// A deadline that has passed and that no turn moves would turn the loop for ever, and so would a descriptor that stays
// readable.
void World::check_deadline() {
  constexpr int kTurnsMax = 20;
  for (int turns = 0; turns < kTurnsMax; ++turns) {
    const Supervisor::Wants wants = relay_->wants();
    const bool late = wants.at_once || (wants.deadline && *wants.deadline <= now_);
    const bool readable = wants.producer >= 0 && control_->producer() != nullptr && control_->producer()->readable();
    if (!late && !readable) return;
    turn_relay();
  }
  Checker::violated("busy", "a deadline in the past, or a descriptor that nobody reads, in state " +
                                std::string(name(relay_->view().state)));
}

void World::turn() {
  ++turns_;
  advance();
  step_models();
  if (control_->producer() != nullptr) control_->producer()->step(now_);
  control_->step();
  if (control_->stream() != nullptr) control_->stream()->step();
  turn_other();
  turn_relay();
  check_deadline();
  if (relay_->stats().waiting == Waiting::kBudget) coverage_.reach(Rare::kBudgetReached);
  show_events();
  if (server_.stopping_since) {
    constexpr Duration closing = 2 * milliseconds(kSlowControlMs);
    if (!server_.slot_active) {
      server_.stopped();
      server_back_ = now_ + milliseconds(random_.below(3000));
    } else if (now_ - *server_.stopping_since > kStopMax + closing) {
      Checker::violated("stop", "the server waits for the relay to let it stop");
    }
  }
  if (stopping_relay_ && relay_->view().state == State::kStopped) {
    begin_relay();
    if (quiet_) relay_->resume(now_);  // the end of a pause may have come too late to be stored
  }
  if (relay_->view().state == State::kFailed) {
    Checker::violated("liveness", "failed: " + to_string(relay_->view().problems.at(0)));
  }
}

// What goes on by itself.
void World::step_models() {
  if (server_back_ && now_ >= *server_back_) {
    say("server is back");
    server_.up = true;
    server_back_.reset();
  }
  if (kafka_back_ && now_ >= *kafka_back_) {
    say("Kafka is back");
    kafka_.up = true;
    kafka_back_.reset();
  }
  kafka_.step(now_);
}

int64_t World::unix_us() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()).count();
}

// A second relay on the same slot, which waits for it to be free, or has it.
void World::turn_other() {
  if (!other_) return;
  coverage_.reach(Rare::kTwoRelays);
  other_control_->step();
  if (other_control_->producer() != nullptr) other_control_->producer()->step(now_);
  if (other_control_->stream() != nullptr) other_control_->stream()->step();
  other_->turn(now_, unix_us() + 1);
  for (const Event& event : other_->take_events()) {
    if (verbose_) say("  other: " + (event.problem ? to_string(*event.problem) : event.text));
  }
  if (other_->view().state == State::kFailed) {
    Checker::violated("liveness", "the other relay failed: " + to_string(other_->view().problems.at(0)));
  }
}

// Not before there is a position, and not where every start reads rows beside whoever has the slot: two of those are
// not one too many, they are a mistake.
void World::begin_other() {
  const auto& positions = kafka_.positions();
  const bool streams = !positions.empty() && !positions[0].stored.intent && !positions[0].stored.rows_pending;
  if (other_ || !streams || settings_.rules().at_each_start) return;
  other_control_ = std::make_unique<ControlModel>(server_, kafka_, settings_.queue_bytes, kSlot);
  other_ = std::make_unique<Supervisor>(settings_, *other_control_);
}

void World::end_other() {
  kafka_.nobody_waits = true;
  other_.reset();
  other_control_.reset();
  kafka_.nobody_waits = false;
}

void World::grow() {
  if (units_to_come_ > 0 && random_.once_in(kFaultTurns / 60)) {
    --units_to_come_;
    if (history_.tables < kTables && random_.once_in(20)) ++history_.tables;
    if (random_.once_in(8)) {
      history_.add_message(random_);
    } else {
      history_.add_transaction(random_, changes_max_ == kGiant || random_.once_in(3) ? changes_max_ : 4);
    }
  }
  if (random_.once_in(30)) history_.add_foreign(random_);
  if (random_.once_in(40)) server_.checkpoint();
}

void World::become_quiet() {
  say("quiet");
  quiet_ = true;
  end_other();
  kafka_.up = true;
  kafka_back_.reset();
  kafka_.faults = KafkaFaults();
  if (!server_.up) server_back_ = now_;
  control_->faults = ControlFaults();
  if (random_.once_in(4)) pause_over_a_kill();
  relay_->resume(now_);
  paused_ = false;
}

void World::until(const char* what, bool (World::*reached)() const) {
  const Time begin = now_;
  while (!(this->*reached)()) {
    if (now_ - begin > kQuietMax) Checker::violated("liveness", what);
    turn();
  }
}

bool World::done() const {
  if (!server_.up || server_.stopping_since || stopping_relay_ || !server_.slot) return false;
  if (settings_.snapshot_mode == SnapshotMode::kInitialOnly) return relay_->view().state == State::kCompleted;
  return relay_->view().state == State::kStreaming && server_.slot->confirmed >= history_.end;
}

void World::run_quiet() {
  const Time begin = now_;
  while (!done()) {
    if (now_ - begin > kQuietMax) {
      Checker::violated("liveness", "still " + std::string(name(relay_->view().state)) + " " + relay_->view().step +
                                        ", stored " + to_string(relay_->view().stored) + " of " +
                                        to_string(Lsn{history_.end}));
    }
    turn();
  }
  if (settings_.rules().at_first) checker_.rows_are_there();
  if (settings_.snapshot_mode == SnapshotMode::kInitialOnly) {
    checker_.slot_begins(history_.end);  // nothing was streamed
    return;
  }
  history_.add_foreign(random_);
  const Time idle = now_;
  while (!done()) {
    if (now_ - idle > kIdleMax) Checker::violated("E9", "an idle stream does not follow the server's end");
    turn();
  }
}

void World::stop_at_the_end() {
  const bool streaming = relay_->view().state == State::kStreaming;
  if (streaming) history_.add_foreign(random_);
  relay_->stop(now_);
  const Time begin = now_;
  while (relay_->view().state != State::kStopped) {
    if (now_ - begin > settings_.drain + seconds(1)) Checker::violated("stop", "the relay does not stop");
    turn();
  }
  if (!streaming) return;
  coverage_.reach(Rare::kDrainedToTheEnd);
  if (server_.slot->confirmed != kafka_.positions().at(0).stored.position.end.value) {
    Checker::violated("stop", "what is stored was not confirmed");
  }
}

void World::say(const std::string& text) const {
  if (!verbose_) return;
  const auto ms = std::chrono::duration_cast<milliseconds>(now_.time_since_epoch()).count();
  std::printf("%8ld.%03ld turn %lu  %s\n", static_cast<long>(ms / 1000), static_cast<long>(ms % 1000),
              static_cast<unsigned long>(turns_), text.c_str());
}

void World::show_events() {
  for (const Event& event : relay_->take_events()) {
    if (verbose_) say(event.problem ? to_string(*event.problem) : event.text);
  }
}

}  // namespace penstock::sim
