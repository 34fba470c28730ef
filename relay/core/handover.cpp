#include "relay/core/handover.h"

namespace penstock {

namespace {

enum Variant : uint8_t { kMoreFollow = 0, kLastOfTable = 1, kLastOfAll = 2 };

uint64_t relation_of(const Frame& frame) { return frame.header.after.end; }  // of kSnapshot: {relation, range, done}

}  // namespace

Result<bool> Handover::receive(Frame& frame, Time now) {
  while (true) {
    Frame arrived;
    if (next_) {
      arrived = std::move(*next_);
      next_.reset();
    } else if (!TRY(snapshot_->receive(arrived, now))) {
      if (snapshot_->finished() && !ended_) return receive_last(frame);
      return false;
    }
    // An empty table has nothing to mark: the row before it may still be the last of all.
    if (arrived.header.record_count == 0) continue;
    if (held_) {
      held_->variant = relation_of(arrived) == relation_of(*held_) ? kMoreFollow : kLastOfTable;
      frame = std::move(*held_);
      held_.reset();
      next_ = std::move(arrived);
      return true;
    }
    if (!arrived.header.last_of_unit()) {
      frame = std::move(arrived);
      return true;
    }
    held_ = std::move(arrived);
  }
}

Result<bool> Handover::receive_last(Frame& frame) {
  if (held_) {
    held_->variant = kLastOfAll;
    frame = std::move(*held_);
    held_.reset();
    return true;
  }
  frame = Frame();
  frame.header.kind = wire::UnitKind::kProgress;
  frame.header.flags = wire::kFirstOfUnit | wire::kLastOfUnit;
  frame.header.commit_lsn = start_.value;
  frame.header.end_lsn = start_.value;
  frame.header.after = {wire::AfterKind::kStream, start_.value, 0, 0};
  frame.reply_requested = true;  // nothing else comes: store it at once
  ended_ = true;
  return true;
}

}  // namespace penstock
