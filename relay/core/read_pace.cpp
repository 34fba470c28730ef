#include "relay/core/read_pace.h"

#include <algorithm>

namespace penstock {

std::optional<Time> ReadPace::emptied(Time now) {
  const Duration passed = now - window_;
  if (passed >= kWindow) {
    const bool quick = static_cast<uint64_t>(passed / kQuick) <= frames_;
    step_ = quick ? std::clamp(waited_ / kShareOfWait, kShortestStep, kLongestStep) : Duration::zero();
    window_ = now;
    frames_ = 0;
  }
  if (step_ == Duration::zero()) return std::nullopt;
  return now + step_;
}

}  // namespace penstock
