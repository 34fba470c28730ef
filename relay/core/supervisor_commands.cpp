// What people ask of the supervisor while it runs: stop, pause, resume, restart, another configuration.
#include <utility>

#include "relay/core/supervisor.h"

namespace penstock {

void Supervisor::stop(Time now) {
  leave(Goal::kStop, now);
}

void Supervisor::pause(Time now) {
  if (goal_ != Goal::kStop && view_.state != State::kPaused) leave(Goal::kPause, now);
}

void Supervisor::resume(Time now) {
  if (goal_ == Goal::kPause || view_.state == State::kPaused) leave(Goal::kRestart, now);
}

void Supervisor::restart(Time now) {
  stats_.notices.settle();
  if (goal_ != Goal::kStop && goal_ != Goal::kPause && view_.state != State::kPaused) leave(Goal::kRestart, now);
}

void Supervisor::configure(CoreSettings settings, Time now) {
  settings_ = std::move(settings);
  producer_unwanted_ = producer_ != nullptr;
  restart(now);
}

void Supervisor::leave(Goal goal, Time now) {
  goal_ = goal;
  leave_by_ = now + settings_.drain;
  probe_at_.reset();
  hold_until_.reset();
  view_.retry_at.reset();
  if (goal == Goal::kStop && view_.state != State::kSnapshot) set_state(State::kStopping);
  if (pipeline_) pipeline_->drain();
  if (asked_ && !asked_live_) control_.cancel();
}

void Supervisor::left(Time now) {
  if (goal_ != Goal::kStop) leave_by_.reset();
  switch (goal_) {
    case Goal::kStop:
      // Only a slot that we have read; another's would be dropped with it.
      if (settings_.drop_slot_on_stop && view_.sessions > 0 && !std::exchange(drop_asked_, true)) {
        say(Event::Level::kInfo, "the slot is dropped, as slot.drop.on.stop asks");
        return ask(DropSlot{});
      }
      return set_state(State::kStopped);
    case Goal::kPause:
      // An answer that came meanwhile may have asked for another probe.
      probe_at_.reset();
      hold_until_.reset();
      view_.retry_at.reset();
      return set_state(State::kPaused);
    case Goal::kRestart:
      goal_ = Goal::kRun;
      attempts_ = 0;
      probe_at_ = now;
      return set_state(State::kStarting);
    case Goal::kRun:
      return;
  }
}

}  // namespace penstock
