#include "relay/core/stream_order.h"

#include <algorithm>

namespace penstock {

const char* StreamOrder::check(const wire::Header& header) {
  const wire::After& after = header.after;
  if (header.kind == wire::UnitKind::kTransaction || header.kind == wire::UnitKind::kMessage) {
    if (const char* wrong = check_unit(header)) return wrong;
  } else if (header.kind == wire::UnitKind::kSnapshot && after.kind == wire::AfterKind::kStream) {
    return "a snapshot frame with a position of the stream";
  }
  if (after.kind == wire::AfterKind::kStream) received_ = std::max(received_, Lsn{after.end});
  return nullptr;
}

const char* StreamOrder::check_unit(const wire::Header& header) {
  const wire::After& after = header.after;
  if (after.kind != wire::AfterKind::kStream) return "a frame of a unit without a position";
  // Of a message the server tells only the end.
  const bool empty = header.end_lsn == header.commit_lsn && header.kind != wire::UnitKind::kMessage;
  if (header.commit_lsn == 0 || header.end_lsn < header.commit_lsn || empty) return "a unit without commit or end";
  if (open_commit_ != 0 && header.commit_lsn != open_commit_) return "a unit begins before the one before it has ended";
  if (header.end_lsn <= last_end_) return "a unit ends before the one before it";
  if (open_commit_ != 0 && header.first_ordinal < next_ordinal_) return "the changes of a unit are out of order";
  if (header.last_of_unit()) {
    if (after.end != header.end_lsn || after.commit_lsn != 0) return "the last frame of a unit has another position";
    last_end_ = header.end_lsn;
    open_commit_ = 0;
    next_ordinal_ = 0;
    return nullptr;
  }
  if (after.commit_lsn != header.commit_lsn || after.end > header.commit_lsn)
    return "a frame inside a unit has another position";
  if (after.ordinal < header.first_ordinal) return "a frame inside a unit goes back";
  open_commit_ = header.commit_lsn;
  next_ordinal_ = after.ordinal;
  return nullptr;
}

}  // namespace penstock
