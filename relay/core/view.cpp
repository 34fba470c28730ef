#include "relay/core/view.h"

#include <array>
#include <ctime>

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

std::string utc_text(int64_t unix_ms) {
  if (unix_ms == 0) return "an unknown time";
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text.data();
}

}  // namespace penstock
