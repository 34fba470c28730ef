#include "relay/postgres/snapshot.h"

#include <cstdlib>
#include <deque>
#include <map>
#include <utility>

#include "relay/postgres/slot.h"
#include "relay/postgres/snapshot_source.h"
#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

// Row security would leave rows out silently; off, it is an error. The timeouts are for people's sessions. A relay that
// was killed looks after nobody's wait any more: from 14 on the server then ends the command by itself. Names that the
// server does not know are passed over.
constexpr const char* kSessionSettings =
    "SELECT set_config(name, v.value, false) FROM pg_settings JOIN (VALUES ('row_security', 'off'), "
    "('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'), "
    "('transaction_timeout', '0'), ('client_connection_check_interval', '500')) AS v(setting_name, value) ON name = "
    "setting_name";

// For the estimate alone: who holds a table longer than this does not hold up the snapshot.
constexpr const char* kEstimateLockTimeout = "100ms";

struct Described {
  std::deque<SnapshotTable> tables;
  std::vector<SnapshotEstimate> estimates;  // without rows
};

Result<Connection> open_session(const PostgresSettings& settings, const Cancel& cancel) {
  Connection sql = TRY(Connection::open(settings, ConnectionKind::kSql, cancel));
  TRY(sql.run(kSessionSettings, Activity::kSnapshot));
  return sql;
}

// What is captured and was there when the snapshot was taken: penstock.tables() knows what is now, pg_class is read as
// of the snapshot. A table that came since is the stream's alone. It is not the list of the probe, which is older than
// the snapshot by as long as the server waited for running transactions: what came in between would be in neither.
Result<Described> describe_tables(Connection& sql) {
  const PgResult rows =
      TRY(sql.run("SELECT c.oid, t.schema, t.\"table\", format('%I.%I', t.schema, t.\"table\"), c.relkind = 'p', "
                  "to_regclass(format('%I.%I', t.schema, t.\"table\"))::oid IS NOT DISTINCT FROM t.relation FROM "
                  "penstock.tables(" +
                      config_argument(sql.settings().plugin_config) +
                      ") WITH ORDINALITY AS t JOIN pg_class AS c ON c.oid = t.relation WHERE t.kind = 'table' AND "
                      "t.in_snapshot ORDER BY t.ordinality",
                  Activity::kSnapshot));
  const auto& overrides = sql.settings().snapshot_select_overrides;
  Described described;
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    SnapshotTable table;
    table.oid = static_cast<uint32_t>(std::strtoul(field(rows, row, 0).c_str(), nullptr, 10));
    table.name = field(rows, row, 3);
    table.schema = quote_identifier(field(rows, row, 1));
    table.partitioned = field(rows, row, 4) == "t";
    table.nameable = field(rows, row, 5) == "t";
    const auto select = overrides.find(field(rows, row, 1) + '.' + field(rows, row, 2));
    if (select != overrides.end()) table.select = select->second;
    described.estimates.push_back({table.oid, field(rows, row, 1), field(rows, row, 2), 0});
    described.tables.push_back(std::move(table));
  }
  return described;
}

// As the planner does it: the rows a page of the last VACUUM or ANALYZE, times the pages of today; of what is
// partitioned, those of its leaves. It is for metrics only: if it fails, nothing is known, and the transaction goes on.
void estimate_rows(Connection& sql, std::vector<SnapshotEstimate>& estimates) {
  if (!sql.run("SAVEPOINT estimate", Activity::kSnapshot).is_ok()) return;
  std::string oids = "0";
  for (const SnapshotEstimate& estimate : estimates) oids += ", " + std::to_string(estimate.oid);
  const auto rows = sql.run(
      "SET LOCAL lock_timeout = '" + std::string(kEstimateLockTimeout) +
          "'; SELECT root.oid, sum(leaf.reltuples::float8 / leaf.relpages * pg_relation_size(leaf.oid) / "
          "current_setting('block_size')::int) FROM pg_class AS root, LATERAL (SELECT root.oid AS relid UNION SELECT "
          "t.relid FROM pg_partition_tree(root.oid) AS t WHERE t.isleaf) AS part JOIN pg_class AS leaf ON leaf.oid = "
          "part.relid AND leaf.relpages > 0 AND leaf.reltuples > 0 WHERE root.oid IN (" +
          oids + ") GROUP BY root.oid",
      Activity::kSnapshot);
  (void)sql.run("ROLLBACK TO SAVEPOINT estimate; RELEASE SAVEPOINT estimate", Activity::kSnapshot);
  if (!rows.is_ok()) return;
  std::map<std::string, double> known;
  for (int row = 0; row < PQntuples(rows.value().get()); ++row)
    known[field(rows.value(), row, 0)] = std::strtod(field(rows.value(), row, 1).c_str(), nullptr);
  for (SnapshotEstimate& estimate : estimates) estimate.rows = known[std::to_string(estimate.oid)];
}

// Behind the slot: the snapshot is there as long as its walsender is not asked for anything else.
Result<OpenedSnapshot> import_snapshot(const PostgresSettings& settings, const CreatedSlot& slot, const Cancel& cancel,
                                       const std::function<void(const Problem&)>& note) {
  Connection sql = TRY(open_session(settings, cancel));
  Connection watch = TRY(open_session(settings, cancel));
  // An id of its own, as the source.txId of the rows, that ends at once: who reads for an hour under one holds up every
  // slot that others create.
  const PgResult xid = TRY(sql.run("SELECT pg_current_xact_id()", Activity::kSnapshot));
  TRY(sql.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Activity::kSnapshot));
  TRY(sql.run("SET TRANSACTION SNAPSHOT " + quote_literal(slot.snapshot), Activity::kSnapshot));
  // What is asked of the catalogs locks them, and no longer than it takes: VACUUM FULL of pg_class waits for nobody.
  TRY(sql.run(std::string(kTableSavepoint), Activity::kSnapshot));
  Described described = TRY(describe_tables(sql));
  estimate_rows(sql, described.estimates);
  TRY(sql.run("ROLLBACK TO SAVEPOINT penstock_table", Activity::kSnapshot));
  LockWatch locks = TRY(LockWatch::open(std::move(watch), PQbackendPID(sql.raw())));
  return OpenedSnapshot{slot.consistent_point,
                        std::make_unique<SnapshotSource>(std::move(sql), std::move(locks), std::move(described.tables),
                                                         SnapshotStart{slot.consistent_point, field(xid, 0)}, note),
                        std::move(described.estimates)};
}

}  // namespace

Result<OpenedSnapshot> open_snapshot(const PostgresSettings& settings, bool temporary, const Cancel& cancel,
                                     const std::function<void(const Problem&)>& note) {
  Connection replication = TRY(Connection::open(settings, ConnectionKind::kReplication, cancel));
  const SlotRequest request{.temporary = temporary, .export_snapshot = true};
  const CreatedSlot slot = TRY(create_slot(replication, request, cancel, note));
  auto opened = import_snapshot(settings, slot, cancel, note);
  // Best effort: the intent record tells the next start to drop it in any case.
  if (!opened.is_ok() && !temporary) (void)drop_slot(replication);
  return opened;
}

}  // namespace penstock
