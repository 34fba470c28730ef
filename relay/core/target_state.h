// Whether the connector is meant to run: a pause outlives the process, as with Kafka Connect. It is kept in the
// position topic under the connector's name; what was asked for in this process holds at once, and is written when it
// can be.
#pragma once

#include <optional>

namespace penstock {

class TargetState {
 public:
  // What the topic says, at each probe.
  void learn(bool paused) { stored_ = paused; }
  // pause(), resume().
  void want(bool paused) { wanted_ = paused; }

  bool paused() const { return wanted_.value_or(stored_.value_or(false)); }

  // The topic says something else, or is not known to say the same: paused() is to be written there.
  bool unwritten() const { return wanted_ && stored_ != wanted_; }
  void written() { stored_ = wanted_; }

 private:
  std::optional<bool> stored_;
  std::optional<bool> wanted_;
};

}  // namespace penstock
