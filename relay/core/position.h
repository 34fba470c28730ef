// Position: everything up to `end` is in Kafka, and of the unit that commits at `commit_lsn` all changes below
// `ordinal`. Never an LSN alone: the rows of one COPY share an LSN, and the end of one unit can equal the first LSN of
// the next (DESIGN.md section 4). The LSN that may be confirmed to PostgreSQL is always `end`.
#pragma once

#include "relay/core/lsn.h"

namespace penstock {

struct Position {
  Lsn end;
  Lsn commit_lsn;        // 0: not inside a unit
  uint64_t ordinal = 0;  // first change of the unit that is not in Kafka yet

  bool operator==(const Position&) const = default;
  bool inside_unit() const { return static_cast<bool>(commit_lsn); }
};

// True if `later` may follow `earlier` in one stream: units come with rising end, so neither `end` nor, inside one
// unit, `ordinal` goes back.
inline bool not_before(const Position& later, const Position& earlier) {
  if (later.end != earlier.end) return later.end > earlier.end;
  if (later.commit_lsn != earlier.commit_lsn) return later.commit_lsn > earlier.commit_lsn;
  return later.ordinal >= earlier.ordinal;
}

std::string to_string(const Position& position);  // "0/16B3748" or "0/16B3748+0/17A0000:12"

}  // namespace penstock
