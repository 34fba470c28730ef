// What the supervisor shows of itself: to HTTP, health, the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/ports.h"

namespace penstock {

enum class State : uint8_t {
  kStarting,  // asking, judging, creating
  kSnapshot,
  kStreaming,
  kWaiting,  // a problem of class wait: retried at view().retry_at
  kPaused,
  kFailed,     // a problem of class stop: until restart()
  kCompleted,  // initial_only: everything is in Kafka
  kStopping,   // draining
  kStopped,    // the process may end
};
std::string_view name(State state);          // "streaming"
std::string_view connect_name(State state);  // as Kafka Connect says it: UNASSIGNED, RUNNING, PAUSED, FAILED

// "2026-08-01 14:03:05 UTC"; "an unknown time" for 0.
std::string utc_text(int64_t unix_ms);

// What people are shown; a copyable picture of one moment.
struct View {
  State state = State::kStarting;
  std::string step;               // what is being waited for, in words: "creating the slot"
  std::vector<Problem> problems;  // of the last judgement and the last session's end, gravest first
  std::optional<Time> retry_at;
  int64_t paused_unix_ms = 0;  // wall clock when the pause was asked for; 0: not paused, or not known
  StreamIdentity identity;
  Position stored;  // newest position in Kafka
  Lsn received;     // largest end received
  Lsn server_end;   // the server's flushed end at the last probe
  uint64_t epoch = 0;
  uint32_t sessions = 0;  // begun so far
};

// Something that deserves a line in the log.
struct Event {
  enum class Level : uint8_t { kInfo, kWarn, kError } level = Level::kInfo;
  std::string text;
  std::optional<Problem> problem;
};

}  // namespace penstock
