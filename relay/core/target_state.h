// Whether the connector is meant to run: a pause outlives the process, as with Kafka Connect. It is kept in the
// position topic under the connector's name; what was asked for in this process holds at once, and is written when it
// can be. Of what is asked for here and what the topic says, the later counts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace penstock {

class TargetState {
 public:
  // What the topic says, at each probe: the wall clock in ms when a pause was asked for (0: not known), nullopt if the
  // connector is not paused.
  void learn(std::optional<int64_t> paused_unix_ms) {
    stored_ = paused_unix_ms.has_value();
    stored_unix_ms_ = paused_unix_ms.value_or(0);
    if (wanted_ && paused_unix_ms && *paused_unix_ms > wanted_->unix_ms) wanted_.reset();
  }

  // pause(), resume(), by the wall clock in ms. A clock that was set back makes no command older than what is known.
  void want(bool paused, int64_t unix_ms) {
    wanted_ = Wanted{paused, std::max(unix_ms, stored_unix_ms_)};
    if (paused) stored_.reset();  // somebody else may have written since
  }

  bool paused() const { return wanted_ ? wanted_->paused : stored_.value_or(false); }
  // When the pause, or its end, was asked for; 0: not known.
  int64_t unix_ms() const { return wanted_ ? wanted_->unix_ms : stored_unix_ms_; }

  // The topic says something else, or is not known to say the same: paused() is to be written there.
  bool unwritten() const { return wanted_ && stored_ != wanted_->paused; }
  // A write was asked for: until it is answered, and if it fails, either may be in the topic.
  void writing() { stored_.reset(); }
  void written(bool paused, int64_t unix_ms) {
    stored_ = paused;
    stored_unix_ms_ = paused ? unix_ms : 0;
  }

 private:
  struct Wanted {
    bool paused = false;
    int64_t unix_ms = 0;
  };
  std::optional<bool> stored_;  // nullopt: not known
  int64_t stored_unix_ms_ = 0;
  std::optional<Wanted> wanted_;
};

}  // namespace penstock
