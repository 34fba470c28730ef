#include "relay/core/read_pace.h"

#include <algorithm>
#include <utility>

namespace penstock {

std::optional<Time> ReadPace::emptied(Time now) {
  const uint64_t found = std::exchange(found_, 0);
  frames_ += found;
  const Duration passed = now - window_;
  if (passed >= kWindow || found >= kMany) {
    const bool quick = found >= kMany || static_cast<uint64_t>(passed / kQuick) <= frames_;
    step_ = quick ? std::clamp(waited_ / kShareOfWait, kShortestStep, kLongestStep) : Duration::zero();
    window_ = now;
    frames_ = 0;
  }
  if (step_ == Duration::zero()) return std::nullopt;
  return now + step_;
}

}  // namespace penstock
