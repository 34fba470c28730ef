// A pause outlives the process: storing it and its end in the position topic, and finding it there at a start.
#include <algorithm>
#include <utility>

#include "relay/core/supervisor.h"

namespace penstock {

namespace {

constexpr int64_t kUsPerMs = 1000;

}  // namespace

void Supervisor::pause(Time now) {
  if (goal_ == Goal::kStop) return;
  target_.want(true, stats_.unix_now_us / kUsPerMs);
  write_at_.reset();
  if (goal_ != Goal::kPause) leave(Goal::kPause, now);
}

// Before the first probe nobody knows whether there is a pause to be ended: then it is, wherever it is found.
void Supervisor::resume(Time now) {
  if (goal_ == Goal::kStop) return;
  target_.want(false, stats_.unix_now_us / kUsPerMs);
  if (goal_ == Goal::kPause || view_.state == State::kPaused) leave(Goal::kRestart, now);
}

void Supervisor::ask_target_state() {
  writing_ = WriteTargetState{settings_.connector, target_.paused(), target_.unix_ms()};
  target_.writing();
  ask(*writing_);
}

// As soon as nothing else is asked, also while the session still drains: who kills the process next finds it.
void Supervisor::store_pause(Time now) {
  if (asked_ || goal_ != Goal::kPause || !target_.unwritten() || (write_at_ && now < *write_at_)) return;
  ask_target_state();
}

void Supervisor::take_target_state(const Answer& answer, Time now) {
  const WriteTargetState asked = *std::exchange(writing_, std::nullopt);
  write_at_.reset();
  std::erase_if(view_.problems, [](const Problem& problem) { return problem.code == Code::kPosPauseUnstored; });
  const Problem* problem = std::get_if<Problem>(&answer);
  if (problem == nullptr) {
    write_attempts_ = 0;
    say(Event::Level::kInfo,
        asked.paused ? "the pause is stored: it outlives the process" : "the end of the pause is stored");
    return target_.written(asked.paused, asked.unix_ms);
  }
  if (!asked.paused && goal_ == Goal::kRun) {
    view_.problems.clear();
    return fail({problem->code, "the end of the pause is not stored yet: " + problem->what, problem->mend}, now);
  }
  if (target_.paused() != asked.paused) return;  // what is wanted now is written next
  write_at_ = now + back_off(write_attempts_);
  const std::string what = asked.paused ? "the pause is not stored, and ends with this process: "
                                        : "the end of the pause is not stored, and the next start would find it: ";
  view_.problems.push_back({Code::kPosPauseUnstored, what + problem->what, problem->mend});
  say_warnings();
}

// Paused, by this process before it was started again or by another one: nothing is judged, made or read. Whoever ends
// the pause elsewhere is followed.
void Supervisor::stay_paused(const Facts& facts, Time now) {
  view_.problems = facts.problems;
  if (facts.server) {
    view_.server_end = facts.server->flushed;
    view_.identity = {facts.server->system_id, facts.server->database_oid, settings_.slot};
  }
  say_warnings();
  if (goal_ != Goal::kRun) return;
  attempts_ = 0;
  probe_at_ = now + settings_.retry_last;
  if (view_.state == State::kPaused) return;
  say(Event::Level::kWarn, "connector " + settings_.connector + " was paused at " + utc_text(target_.unix_ms()) +
                               ", as topic " + settings_.position_topic + " says: nothing is read until it is resumed");
  set_state(State::kPaused);
}

void Supervisor::learn_target_state(const KafkaFacts& kafka) {
  const auto found = std::ranges::find(kafka.paused, settings_.connector, &PausedConnector::connector);
  target_.learn(found == kafka.paused.end() ? std::nullopt : std::optional(found->unix_ms));
}

}  // namespace penstock
