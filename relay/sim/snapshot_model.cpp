#include "relay/sim/snapshot_model.h"

#include <algorithm>

namespace penstock::sim {

namespace {

struct Range {
  uint32_t table = 0;
  std::vector<SnapshotRow> rows;
};

// Every row that the tables have now.
std::vector<Range> read_ranges(PostgresModel& server) {
  const History& history = server.history;
  std::vector<Range> ranges;
  for (uint32_t table = 0; table < history.tables; ++table) {
    const uint32_t count = server.random.between(1, 4);
    const size_t first = ranges.size();
    for (uint32_t range = 0; range < count; ++range) ranges.push_back({table, {}});
    for (uint32_t key = 0; key < kKeys; ++key) {
      const int64_t version = history.newest_of(table, key);
      if (history.is_deleted(version)) continue;
      Range& range = ranges[first + server.random.below(count)];
      range.rows.push_back({.table = table, .key = key, .version = version});
    }
  }
  return ranges;
}

// 0 more rows follow, 1 last of its table, 2 last of all.
uint32_t variant_of(size_t range, const std::vector<Range>& ranges) {
  uint32_t variant = 2;
  for (size_t later = range + 1; later < ranges.size(); ++later) {
    if (ranges[later].rows.empty()) continue;
    variant = std::min(variant, ranges[later].table == ranges[range].table ? 0u : 1u);
  }
  return variant;
}

}  // namespace

SnapshotModel::SnapshotModel(PostgresModel& server, bool first, uint64_t point, bool anew)
    : server_(server), connection_(server.connections) {
  std::vector<Range> ranges = read_ranges(server);
  std::vector<SnapshotRow> rows;
  const uint32_t attempt = server.attempts++;
  FrameWriter writer(server.random, server.coverage);
  for (size_t at = 0; at < ranges.size(); ++at) {
    Range& range = ranges[at];
    if (!range.rows.empty()) {
      range.rows.back().final_of_range = true;
      range.rows.back().variant = variant_of(at, ranges);
    }
    writer.begin();
    for (const SnapshotRow& row : range.rows) {
      const uint32_t number = static_cast<uint32_t>(rows.size());
      const auto kind = row.final_of_range ? wire::RecordKind::kVariant : wire::RecordKind::kRow;
      for (uint8_t variant = 0; variant < (row.final_of_range ? 3 : 1); ++variant) {
        writer.row(row.table, row.key, 'r', kind, variant, 0, {Identity::kSnapshot, attempt, number, variant});
      }
      rows.push_back(row);
    }
    wire::Header header;
    header.kind = wire::UnitKind::kSnapshot;
    header.flags = wire::kFirstOfUnit | wire::kLastOfUnit;
    header.after = {wire::AfterKind::kSnapshot, 16384 + range.table, at, 1};
    frames_.push_back(writer.finish(header));
  }
  server.checker.snapshot_begins(std::move(rows), first, point, anew);
}

Result<bool> SnapshotModel::receive(Frame& frame, Time) {
  if (connection_ != server_.connections) return Problem{Code::kPgUnreachable, "the connection broke", ""};
  if (finished() || server_.random.once_in(4)) return false;
  frame = std::move(frames_[at_++]);
  return true;
}

}  // namespace penstock::sim
