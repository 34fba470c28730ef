// What is asked of the server to read one table of a snapshot, as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/core/lsn.h"
#include "relay/postgres/settings.h"

namespace penstock {

struct SnapshotTable {
  uint32_t oid = 0;
  std::string name{};    // quoted: "public"."orders"
  std::string schema{};  // quoted
  bool partitioned = false;
  bool nameable = true;   // statements find it by its name; else that has no form in UTF-8, and `name` is for people
  std::string select{};   // the statement of snapshot.select.statement.overrides; empty: all rows
  bool deferred = false;  // it was told that its rows come at the end,
  bool gave_way = false;  // and that they are read anew
};

// What all tables of a snapshot have in common.
struct SnapshotStart {
  Lsn lsn;          // of the slot's consistent point
  std::string xid;  // source.txId, as a number
};

// Made in the transaction that sees the snapshot, before the first table: what a table's locks go back to.
inline constexpr std::string_view kTableSavepoint = "SAVEPOINT penstock_table";

// The COPY of one table. `first`: which mark its first row carries in source.snapshot, all (first of everything: of the
// first table alone, so that there is none if that table is empty, as with Debezium) or table (first of its table).
std::string snapshot_command(const PostgresSettings& settings, const SnapshotTable& table, const SnapshotStart& start,
                             std::string_view first);

// Locks the table until kTableSavepoint is gone back to.
std::string lock_command(const SnapshotTable& table);

// A row: whether the name is still that of the table, and which tables of all that are locked by now (partitions, those
// of a statement of the configuration) were rewritten since the snapshot. What it locks itself it gives back: somebody
// may want pg_class.
std::string proof_command(const SnapshotTable& table);

}  // namespace penstock
