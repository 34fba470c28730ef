// What people ask of the supervisor while it runs: stop, restart, another configuration; and how it leaves what it
// does.
#include <utility>

#include "relay/core/supervisor.h"

namespace penstock {

void Supervisor::stop(Time now) {
  if (goal_ != Goal::kStop) leave(Goal::kStop, now);
}

void Supervisor::restart(Time now) {
  stats_.notices.settle();
  if (goal_ != Goal::kStop && goal_ != Goal::kPause && view_.state != State::kPaused) leave(Goal::kRestart, now);
}

void Supervisor::configure(CoreSettings settings, Time now) {
  // A pause goes with the connector to its new name or topic.
  const bool elsewhere =
      settings.connector != settings_.connector || settings.position_topic != settings_.position_topic;
  settings_ = std::move(settings);
  if (elsewhere && target_.paused()) pause(now);
  producer_unwanted_ = producer_ != nullptr;
  restart(now);
}

void Supervisor::leave(Goal goal, Time now) {
  goal_ = goal;
  if (goal == Goal::kStop || !leave_by_) leave_by_ = now + settings_.drain;  // asking again gives no more time
  probe_at_.reset();
  hold_until_.reset();
  view_.retry_at.reset();
  if (goal == Goal::kStop && view_.state != State::kSnapshot) set_state(State::kStopping);
  if (pipeline_) pipeline_->drain();
  // A pause that is being stored is wanted all the more when the process ends; its end comes after it.
  const bool needed = asked_live_ || (writing_ && goal != Goal::kRestart);
  if (asked_ && !needed) control_.cancel();
}

void Supervisor::left(Time now) {
  if (goal_ != Goal::kStop) leave_by_.reset();
  switch (goal_) {
    case Goal::kStop:
      if (target_.unwritten() && !std::exchange(last_write_asked_, true)) return ask_target_state();
      // Only a slot that we have read; another's would be dropped with it.
      if (settings_.drop_slot_on_stop && view_.sessions > 0 && !std::exchange(drop_asked_, true)) {
        say(Event::Level::kInfo, "the slot is dropped, as slot.drop.on.stop asks");
        return ask(DropSlot{});
      }
      return set_state(State::kStopped);
    case Goal::kPause:
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
