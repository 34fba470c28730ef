#include "relay/core/handover.h"

namespace penstock {

namespace {

enum Variant : uint8_t { kMoreFollow = 0, kLastOfTable = 1, kLastOfAll = 2 };

// An empty range has no rows to mark, only the definition of its relation at most, and notices.
bool has_rows(const Frame& frame) {
  if (frame.bytes.empty()) return false;
  wire::RecordReader reader(frame.bytes);
  wire::Record record;
  while (reader.next(record)) {
    if (record.kind != wire::RecordKind::kRelation && record.kind != wire::RecordKind::kNotice) return true;
  }
  return !reader.ok();  // damage is for the pipeline to find
}

uint64_t relation_of(const Frame& frame) {
  return frame.header.after.end;
}  // of kSnapshot: {relation, range, done}

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
    if (!has_rows(arrived)) {  // the row before it may still be the last of all
      frame = std::move(arrived);
      return true;
    }
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
