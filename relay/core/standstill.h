// How long the loop did not turn: a virtual machine that was paused, a stop, swapping, or a suspend, during which only
// the wall clock goes on. A wall clock that is set forward looks the same; to ask once too often does no harm.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "relay/core/ports.h"

namespace penstock {

class Standstill {
 public:
  // Since the last call, by the clock that went further; 0 for the first one.
  Duration turned(Time now, int64_t unix_now_us) {
    const bool first = !last_;
    const Duration by_clock = first ? Duration(0) : now - *last_;
    const Duration by_wall = std::chrono::microseconds(first ? 0 : unix_now_us - last_unix_us_);
    last_ = now;
    last_unix_us_ = unix_now_us;
    return std::max(by_clock, by_wall);
  }

 private:
  std::optional<Time> last_;
  int64_t last_unix_us_ = 0;
};

}  // namespace penstock
