// Facts of both sides → what is wrong, and what to do next. One pure function: `run`, `doctor` and REST print the same.
// The table is DESIGN.md section 5, "Position topic"; the start checks are reliability notes 2.9.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/problem.h"
#include "relay/core/settings.h"

namespace penstock {

enum class Next : uint8_t {
  kWait,      // a problem of class wait
  kStop,      // a problem of class stop
  kCreate,    // first start: intent, slot, and rows if `snapshot`
  kAdopt,     // a slot of ours without a position: rows beside it if `snapshot`, then store its confirmed LSN
  kStream,    // from the stored position; with rows of a temporary slot before it if `snapshot`
  kComplete,  // initial_only and everything is there
};

struct Verdict {
  std::vector<Problem> problems;  // gravest first, warnings last
  Next next = Next::kWait;
  bool drop_slot = false;  // before kCreate
  bool snapshot = false;
  StreamIdentity identity;
  Position in_kafka;                // what Kafka has of this stream; none: nothing is stored
  uint64_t epoch = 1;               // of the session that begins
  uint64_t old_epoch = 0;           // whose record may go once ours is stored; 0: none
  StoredPosition from;              // kStream: the stored position; kAdopt: the slot's confirmed LSN
  uint32_t timeline = 0;            // the server's
  ServerMark mark;                  // the server's, for the records of the session that begins
  std::vector<std::string> topics;  // of services whose first record comes in any case; tables' are made with theirs
};

// `first` is true for the first session of this process (snapshot.mode=always).
Verdict judge(const Facts& facts, const CoreSettings& settings, bool first);

// kWarn if there is none.
ProblemClass gravest(const std::vector<Problem>& problems);

}  // namespace penstock
