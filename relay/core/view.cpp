#include "relay/core/view.h"

namespace penstock {

std::string_view name(State state) {
  switch (state) {
    case State::kStarting:
      return "starting";
    case State::kSnapshot:
      return "snapshot";
    case State::kStreaming:
      return "streaming";
    case State::kWaiting:
      return "waiting";
    case State::kPaused:
      return "paused";
    case State::kFailed:
      return "failed";
    case State::kCompleted:
      return "completed";
    case State::kStopping:
      return "stopping";
    case State::kStopped:
      return "stopped";
  }
  return "?";
}

std::string_view connect_name(State state) {
  switch (state) {
    case State::kSnapshot:
    case State::kStreaming:
    case State::kCompleted:
      return "RUNNING";
    case State::kPaused:
      return "PAUSED";
    case State::kFailed:
      return "FAILED";
    case State::kWaiting:
    case State::kStarting:
    case State::kStopping:
    case State::kStopped:
      return "UNASSIGNED";
  }
  return "?";
}

}  // namespace penstock
