#include "relay/core/snapshot_progress.h"

#include <algorithm>
#include <map>
#include <utility>

#include "relay/core/stats.h"

namespace penstock {

namespace {

// Rows read by the name of their table: transforms may spread one table over several topics.
using RowsRead = std::map<std::pair<std::string, std::string>, uint64_t>;

RowsRead rows_read(const std::vector<TableStats>& stats) {
  RowsRead rows;
  for (const TableStats& table : stats) rows[{table.schema, table.table}] += table.read;
  return rows;
}

uint64_t rows_of(const RowsRead& rows, const SnapshotEstimate& table) {
  const auto found = rows.find({table.schema, table.table});
  return found == rows.end() ? 0 : found->second;
}

}  // namespace

void SnapshotProgress::begin(std::vector<SnapshotEstimate> estimates, const std::vector<TableStats>& stats,
                             int64_t unix_now_us) {
  const RowsRead before = rows_read(stats);
  begun = true;
  running = true;
  started_us = unix_now_us;
  next_ = 0;
  tables.clear();
  for (SnapshotEstimate& estimate : estimates) {
    const uint64_t read = rows_of(before, estimate);
    tables.push_back({std::move(estimate), read, false});
  }
}

void SnapshotProgress::table_done(uint64_t oid) {
  for (size_t i = next_; i < tables.size(); ++i) {
    if (tables[i].estimate.oid != oid) continue;
    tables[i].done = true;
    while (next_ < tables.size() && tables[next_].done) ++next_;
    return;
  }
}

void SnapshotProgress::end(bool completed) {
  running = false;
  if (!completed) return;
  for (Table& table : tables) table.done = true;
}

SnapshotSummary summarize(const SnapshotProgress& progress, const std::vector<TableStats>& stats, int64_t unix_now_us) {
  SnapshotSummary summary;
  const RowsRead rows = rows_read(stats);
  double read = 0, all = 0;
  for (const SnapshotProgress::Table& table : progress.tables) {
    const auto own = static_cast<double>(rows_of(rows, table.estimate) - table.read_before);
    read += own;
    all += table.done ? own : std::max(own, table.estimate.rows);
    if (table.done) {
      ++summary.done;
    } else if (progress.running && summary.running == 0) {
      summary.running = 1;
    } else {
      ++summary.waiting;
    }
  }
  const bool complete = summary.done == progress.tables.size();
  summary.ratio = complete ? 1 : all > 0 ? read / all : 0;
  const double elapsed = static_cast<double>(std::max<int64_t>(unix_now_us - progress.started_us, 0)) / 1e6;
  if (complete) {
    summary.remaining_seconds = 0;
  } else if (progress.running && read > 0) {
    summary.remaining_seconds = elapsed * (all - read) / read;
  }
  return summary;
}

}  // namespace penstock
