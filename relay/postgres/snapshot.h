// The rows of tables as they were at the slot's consistent point: locks, slot, imported snapshot, and a Source that
// reads penstock.snapshot() by COPY, table after table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/ports.h"
#include "relay/core/snapshot_progress.h"
#include "relay/postgres/binary_copy.h"
#include "relay/postgres/connection.h"
#include "relay/postgres/slot.h"

namespace penstock {

struct SnapshotTable {
  uint32_t oid = 0;
  std::string name;         // quoted: public."Orders"
  std::string query;        // whose rows are the snapshot's
  bool overridden = false;  // by snapshot.select.statement.overrides
  std::string schema = {};  // quoted
};

// The COPY of one table. `first`: which mark its first row carries in source.snapshot, all (first of everything: of the
// first table alone, so that there is none if that table is empty, as with Debezium) or table (first of its table).
std::string snapshot_command(const PostgresSettings& settings, const SnapshotTable& table, Lsn lsn,
                             std::string_view first);

class SnapshotSource final : public Source {
 public:
  // `connection` is in a transaction that sees the snapshot; it is taken over, and closed after the last row.
  SnapshotSource(Connection connection, std::vector<SnapshotTable> tables, Lsn lsn);

  Result<bool> receive(Frame& frame, Time now) override;
  Status confirm(Lsn /*durable*/, Time /*now*/) override { return Status::ok(); }
  int descriptor() const override { return connection_ ? connection_->socket() : -1; }
  bool finished() const override { return !connection_; }

 private:
  enum class Step : uint8_t { kBegin, kBeginning, kRows, kEnding };

  Result<bool> step(Frame& frame, Time now);
  Status begin_table();
  Result<bool> await_result(Time now);
  Result<bool> take_rows(Frame& frame, Time now);
  Result<bool> take_row(Frame& frame);
  bool consume(Time now);
  Problem problem(const PGresult* result) const;

  std::optional<Connection> connection_;
  const std::vector<SnapshotTable> tables_;
  const Lsn lsn_;
  size_t table_ = 0;
  Step step_ = Step::kBegin;
  BinaryCopyReader reader_;
  std::optional<Time> consumed_at_;
  bool broken_ = false;
};

struct OpenedSnapshot {
  Lsn consistent_point;
  std::unique_ptr<Source> source;
  std::vector<SnapshotEstimate> estimates;  // of the tables in their order
};

// Blocking. Locks `tables` in ACCESS SHARE, then creates the slot, then imports its snapshot: a TRUNCATE or a rewriting
// ALTER TABLE in between would make a table look empty (reliability notes, 4.1). The locks and the snapshot last until
// the source is finished or destroyed.
Result<OpenedSnapshot> open_snapshot(const PostgresSettings& settings, const std::vector<TableFacts>& tables,
                                     bool temporary, const Cancel& cancel,
                                     const std::function<void(const Problem&)>& note);

}  // namespace penstock
