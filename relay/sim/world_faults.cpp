// What happens to the relay of a World: kills, stops, losses, and what people ask of it.
#include "relay/sim/world.h"

namespace penstock::sim {

namespace {
using std::chrono::milliseconds;
}  // namespace

void World::fault() {
  if (other_ && random_.once_in(3)) {
    say("other relay killed");
    return end_other();
  }
  if (control_->has_asked_server() && random_.once_in(2)) return pass_others_by();
  switch (random_.below(5)) {
    case 0:
      return kill_relay();
    case 1:
      return fault_of_server();
    case 2:
      return fault_of_kafka();
    case 3:
      return freeze();
    default:
      return command();
  }
}

void World::fault_of_server() {
  if (!server_.up) return;
  if (random_.once_in(2)) {
    say("server stops");
    return server_.begin_stop(kafka_.up);
  }
  say("server crashes");
  server_.crash();
  server_back_ = now_ + milliseconds(random_.below(4000));
}

void World::fault_of_kafka() {
  if (!kafka_.up) return;
  say("Kafka goes away");
  kafka_.up = false;
  kafka_back_ = now_ + milliseconds(random_.below(random_.once_in(4) ? 60000 : 5000));
}

void World::command() {
  if (stopping_relay_) return;
  if (paused_ || is_paused()) {
    coverage_.reach(paused_ ? Rare::kPausedAndResumed : Rare::kPauseFound);
    paused_ = false;
    return relay_->resume(now_);
  }
  switch (random_.below(3)) {
    case 0:
      say("stop");
      stopping_relay_ = true;
      return relay_->stop(now_);
    case 1:
      say("pause");
      paused_ = true;
      return relay_->pause(now_);
    default:
      coverage_.reach(Rare::kRestarted);
      return relay_->restart(now_);
  }
}

// A virtual machine is paused with our relay in it; another relay may be started meanwhile.
void World::freeze() {
  if (control_->stream() == nullptr) return;
  const Time until = now_ + milliseconds(random_.between(3000, 40000));
  say("relay frozen until " +
      std::to_string(std::chrono::duration_cast<milliseconds>(until.time_since_epoch()).count()));
  control_->stream()->freeze();
  if (random_.once_in(2)) begin_other();
  const uint64_t session = kafka_.newest_session;
  while (now_ < until) {
    now_ += milliseconds(random_.between(1, 200));
    step_models();
    control_->stream()->step();
    turn_other();
    if (server_.stopping_since) server_.stopping_since = now_;  // who stands still lets nothing go
    if (random_.once_in(20)) grow();
  }
  if (kafka_.newest_session != session) coverage_.reach(Rare::kTakenOver);
  control_->stream()->thaw();
  if (server_.stopping_since) server_.stopping_since = now_;  // it could not be let go of before
  coverage_.reach(Rare::kThawed);
}

// What another relay does after our probe has asked the server, and before it asks Kafka.
void World::pass_others_by() {
  say("the server was asked, Kafka will be");
  begin_other();
  const uint64_t session = kafka_.newest_session;
  const auto epoch = [this] { return kafka_.positions().empty() ? 0 : kafka_.positions()[0].stored.epoch; };
  const uint64_t epoch_before = epoch();
  for (uint32_t turns = random_.between(20, 80); turns > 0 && server_.up; --turns) {
    now_ += milliseconds(random_.between(1, 25));
    step_models();
    turn_other();
    if (random_.once_in(5)) grow();
  }
  if (kafka_.newest_session != session && epoch() != epoch_before) coverage_.reach(Rare::kTakenWhileAsked);
}

// P2: a pause that is stored is found by the next process, which reads nothing until it is resumed.
void World::pause_over_a_kill() {
  if (stopping_relay_) return;
  say("pause over a kill");
  if (random_.once_in(2)) {
    kafka_.up = false;
    kafka_back_ = now_ + milliseconds(random_.below(3000));
  }
  relay_->pause(now_);
  for (uint32_t changes = random_.below(3); changes > 0; --changes) {
    for (uint32_t turns = random_.below(8); turns > 0; --turns) turn();
    relay_->resume(now_);
    for (uint32_t turns = random_.below(8); turns > 0; --turns) turn();
    relay_->pause(now_);
  }
  if (random_.once_in(2)) until("the relay does not pause", &World::is_paused);
  for (uint32_t turns = 20; turns > 0; --turns) turn();
  until("a pause is not stored", &World::pause_is_stored);
  begin_relay();
  until("a stored pause is not found", &World::is_paused);
  for (uint32_t turns = random_.below(200); turns > 0; --turns) {
    grow();
    turn();
    if (!is_paused()) Checker::violated("P2", "a pause ends by itself");
  }
  if (relay_->view().sessions > 0) Checker::violated("P2", "a paused relay has begun a session");
}

}  // namespace penstock::sim
