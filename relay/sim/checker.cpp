#include "relay/sim/checker.h"

#include <algorithm>

#include "relay/core/lsn.h"

namespace penstock::sim {

namespace {
std::string text(uint64_t lsn) {
  return to_string(Lsn{lsn});
}

bool whole(const std::vector<SnapshotRow>& rows) {
  return std::all_of(rows.begin(), rows.end(), [](const SnapshotRow& row) { return row.durable; });
}
}  // namespace

void Checker::slot_begins(uint64_t start) {
  start_ = start;
  confirmed_ = 0;
  first_attempt_ = attempts_.size();
  checked_units_ = history_.first_from(start);
}

void Checker::snapshot_begins(std::vector<SnapshotRow> rows, bool first, uint64_t point, bool anew) {
  attempts_.push_back(std::move(rows));
  leaps_.push_back(anew ? point : 0);
  rows_needed_ = rows_needed_ || first;
}

void Checker::note_tail(size_t key, int64_t version, bool unfenced) {
  Tail& tail = tails_.at(key);
  tail.last = version;
  tail.newest = std::max(tail.newest, version);
  tail.unfenced = unfenced;
}

void Checker::appended(const Identity& identity, bool in_line, bool unfenced) {
  if (identity.kind == Identity::kSnapshot) {
    SnapshotRow& row = attempts_.at(identity.number).at(identity.row);
    note_tail(key_number(row.table, row.key), row.version, unfenced);
    if (row.final_of_range && row.variant != identity.variant) {
      violated("snapshot", "row " + std::to_string(identity.row) + " came in variant " +
                               std::to_string(identity.variant) + " instead of " + std::to_string(row.variant));
    }
    row.durable = true;
    return;
  }
  TrueRecord& record = history_.records.at(identity.number);
  note_tail(key_number(record.table, record.key), identity.number, unfenced);
  if (in_line && !record.in_line && !unfenced) {
    int64_t& newest = newest_.at(key_number(record.table, record.key));
    if (newest > static_cast<int64_t>(identity.number)) {
      violated("E4", "record " + std::to_string(identity.number) + " of a key came first after record " +
                         std::to_string(newest));
    }
    newest = identity.number;
    record.in_line = true;
  }
  record.durable = true;
}

void Checker::durable_below(uint64_t end, const std::string& invariant) {
  while (checked_units_ < history_.units.size() && history_.units[checked_units_].end_lsn <= end) {
    for (const Change& change : history_.units[checked_units_].changes) {
      for (uint32_t part = 0; change.captured && part < change.records; ++part) {
        if (history_.records[change.first_record + part].durable) continue;
        violated(invariant, text(end) + " says that record " + std::to_string(change.first_record + part) +
                                " of the unit that ends at " + text(history_.units[checked_units_].end_lsn) +
                                " is in Kafka");
      }
    }
    ++checked_units_;
  }
}

// Since the slot was made.
bool Checker::any_whole_reading() const {
  const auto first = attempts_.begin() + static_cast<std::ptrdiff_t>(first_attempt_);
  return std::any_of(first, attempts_.end(), whole);
}

void Checker::rows_are_there() const {
  if (!any_whole_reading()) violated("snapshot", "rows were never read to their end");
}

// Exactly there, and only after every row.
void Checker::leap(const StoredPosition& stored) {
  for (size_t attempt = first_attempt_; attempt < attempts_.size(); ++attempt) {
    if (leaps_[attempt] == 0 || stored.position.end.value != leaps_[attempt] || !whole(attempts_[attempt])) continue;
    if (start_ < leaps_[attempt]) {
      coverage_.reach(Rare::kLeap);
      // What the stream passes over is told by the rows alone, and rows that are gone are not told at all.
      for (Tail& tail : tails_) tail.newest = tail.last;
    }
    start_ = std::max(start_, leaps_[attempt]);
    checked_units_ = std::max(checked_units_, history_.first_from(start_));
  }
}

void Checker::position_appended(const StoredPosition& stored) {
  leap(stored);
  if (rows_needed_ && !stored.rows_pending) {
    // Of one whole reading: a position may come late, from a session that was killed at its end.
    if (!any_whole_reading()) violated("snapshot", "a position is stored before all rows");
    rows_needed_ = false;
    coverage_.reach(Rare::kSnapshotFinished);
  }
  durable_below(stored.position.end.value, "I3 (position)");
  if (!stored.position.inside_unit()) return;
  const size_t at = history_.first_from(stored.position.commit_lsn.value);
  if (at >= history_.units.size() || history_.units[at].commit_lsn != stored.position.commit_lsn.value) {
    violated("I4", "a position inside a unit that does not exist: " + to_string(stored.position));
  }
  durable_below(history_.end_before(at), "I3 (units before a position inside one)");
  const Unit& unit = history_.units[at];
  for (uint64_t ordinal = 0; ordinal < std::min<uint64_t>(stored.position.ordinal, unit.changes.size()); ++ordinal) {
    const Change& change = unit.changes[ordinal];
    for (uint32_t part = 0; change.captured && part < change.records; ++part) {
      if (!history_.records[change.first_record + part].durable) {
        violated("I4", "position " + to_string(stored.position) + " is beyond what is in Kafka");
      }
    }
  }
}

void Checker::confirmed(uint64_t flush, uint64_t received, const std::vector<PositionEntry>& in_kafka) {
  if (flush < confirmed_) violated("I1", "confirmed " + text(flush) + " after " + text(confirmed_));
  confirmed_ = flush;
  if (flush > received) violated("I2", "confirmed " + text(flush) + " but only " + text(received) + " was received");
  durable_below(flush, "I3");
  uint64_t stored = 0;
  for (const PositionEntry& entry : in_kafka) stored = std::max(stored, entry.stored.position.end.value);
  if (flush > stored) violated("I7", "confirmed " + text(flush) + " but Kafka's position is " + text(stored));
}

void Checker::everything_is_there() const {
  for (size_t at = history_.first_from(start_); at < history_.units.size(); ++at) {
    for (const Change& change : history_.units[at].changes) {
      for (uint32_t part = 0; change.captured && part < change.records; ++part) {
        if (!history_.records[change.first_record + part].durable) {
          violated("E1", "record " + std::to_string(change.first_record + part) + " was lost");
        }
      }
    }
  }
}

void Checker::last_is_newest() const {
  for (size_t key = 0; key < tails_.size(); ++key) {
    const Tail& tail = tails_[key];
    if (tail.last == tail.newest) continue;
    if (tail.unfenced) {
      coverage_.reach(Rare::kKilledRelayHasLastWord);
      continue;
    }
    violated("E5", "the last record of key " + std::to_string(key % kKeys) + " of table " +
                       std::to_string(key / kKeys) + " is number " + std::to_string(tail.last) +
                       ", older than number " + std::to_string(tail.newest));
  }
}

}  // namespace penstock::sim
