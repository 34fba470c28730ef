#include "relay/core/ack_tracker.h"

#include <algorithm>

#include "relay/core/status.h"

namespace penstock {

void AckTracker::handed(Frame& frame) {
  CHECK(!frame.closed && (open_ == nullptr || open_ == &frame));
  open_ = &frame;
  ++frame.outstanding;
}

Frame& AckTracker::at(uint64_t number) const {
  CHECK(number >= released_ && number <= marked_);
  Frame* frame = number == marked_ ? open_ : ring_[number - released_];
  CHECK(frame != nullptr);
  return *frame;
}

void AckTracker::delivered(uint64_t number) {
  Frame& frame = at(number);
  CHECK(frame.outstanding > 0);
  --frame.outstanding;
}

void AckTracker::mark(Frame& frame) {
  CHECK(!frame.closed && (open_ == nullptr || open_ == &frame));
  open_ = nullptr;
  frame.closed = true;
  ring_.push_back(&frame);
  ++marked_;
}

AckTracker::Advance AckTracker::advance() {
  Advance advance;
  while (!ring_.empty() && ring_.front()->outstanding == 0) {
    const Frame& frame = *ring_.front();
    pass(frame.header);
    advance.bytes += frame.charge;
    advance.records |= frame.header.record_count > 0;
    ring_.pop_front();
    ++released_;
  }
  return advance;
}

void AckTracker::pass(const wire::Header& header) {
  if (header.after.kind != wire::AfterKind::kStream) return;
  const Watermark before = watermark_;
  const Lsn end{header.after.end};
  const Lsn commit_lsn{header.after.commit_lsn};
  Position& position = watermark_.position;
  watermark_.sequence_lsn = std::max(watermark_.sequence_lsn, Lsn{header.sequence_lsn});
  if (header.kind == wire::UnitKind::kProgress && !commit_lsn) {
    pass_progress(end);
  } else if (commit_lsn) {
    // The end of the unit before may be older than a keepalive that came after it.
    position = {std::max(position.end, end), commit_lsn, header.after.ordinal};
    if (header.kind == wire::UnitKind::kTransaction) open_commit_ = commit_lsn;
  } else {
    position = {std::max(position.end, end), Lsn{}, 0};
    open_commit_ = Lsn{};
    watermark_.sequence_lsn = std::max(watermark_.sequence_lsn, end);
  }
  CHECK(position.end >= before.position.end);
}

// A keepalive between the frames of a unit is older than the unit's commit, so it moves `end` and keeps the place
// inside the unit. One beyond the unit that we stopped in says that the rest of that unit had nothing for us.
void AckTracker::pass_progress(Lsn end) {
  Position& position = watermark_.position;
  if (open_commit_) end = std::min(end, open_commit_);
  position.end = std::max(position.end, end);
  if (!open_commit_ && position.end > position.commit_lsn) position = {position.end, Lsn{}, 0};
}

}  // namespace penstock
