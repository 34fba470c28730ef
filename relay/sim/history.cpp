#include "relay/sim/history.h"

#include <algorithm>

namespace penstock::sim {

namespace {
constexpr char kOperations[] = {'c', 'u', 'u', 'd'};
}  // namespace

bool Unit::captured() const {
  return std::any_of(changes.begin(), changes.end(), [](const Change& change) { return change.captured; });
}

void History::add_transaction(Random& random, uint32_t changes_max) {
  Unit unit;
  const uint32_t count = random.between(1, changes_max);
  const bool uncaptured = random.once_in(8);
  for (uint32_t at = 0; at < count; ++at) {
    Change change;
    change.table = random.below(tables);
    change.key = random.below(kKeys);
    change.op = kOperations[random.below(4)];
    change.captured = !uncaptured && !random.once_in(6);
    change.records = change.op == 'd' ? 2 : 1;
    unit.changes.push_back(change);
  }
  close(random, std::move(unit));
}

void History::add_message(Random& random) {
  Unit unit;
  unit.kind = Unit::Kind::kMessage;
  unit.changes.push_back({.table = 0, .key = random.below(kKeys), .op = 'm'});
  close(random, std::move(unit));
}

void History::close(Random& random, Unit unit) {
  // The next record of the log may begin where this unit ends.
  unit.commit_lsn = end + random.below(60);
  unit.end_lsn = unit.commit_lsn + random.between(1, 40);
  end = unit.end_lsn + (random.once_in(2) ? 0 : random.below(50));
  for (uint32_t ordinal = 0; ordinal < unit.changes.size(); ++ordinal) {
    Change& change = unit.changes[ordinal];
    if (!change.captured) continue;
    change.first_record = static_cast<uint32_t>(records.size());
    for (uint32_t part = 0; part < change.records; ++part) {
      records.push_back({static_cast<uint32_t>(units.size()), ordinal, part, change.table, change.key});
    }
  }
  units.push_back(std::move(unit));
}

int64_t History::newest_of(uint32_t table, uint32_t key) const {
  const auto found = std::find_if(records.rbegin(), records.rend(),
                                  [&](const TrueRecord& record) { return record.table == table && record.key == key; });
  return records.rend() - found - 1;
}

bool History::is_deleted(int64_t record) const {
  if (record < 0) return false;
  const TrueRecord& newest = records[static_cast<size_t>(record)];
  return units[newest.unit].changes[newest.ordinal].op == 'd';
}

size_t History::first_from(uint64_t start) const {
  const auto found =
      std::partition_point(units.begin(), units.end(), [&](const Unit& unit) { return unit.commit_lsn < start; });
  return static_cast<size_t>(found - units.begin());
}

}  // namespace penstock::sim
