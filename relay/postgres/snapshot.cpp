#include "relay/postgres/snapshot.h"

#include <cstdlib>
#include <map>
#include <utility>

#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

// PostgreSQL's largest value.
constexpr size_t kRowBytesMax = (size_t{1} << 30) - 1;

// Row security would leave rows out silently; off, it is an error. The timeouts are for people's sessions. Names that
// the server does not know are passed over.
constexpr const char* kSessionSettings =
    "SELECT set_config(name, v.value, false) FROM pg_settings JOIN (VALUES ('row_security', 'off'), "
    "('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'), "
    "('transaction_timeout', '0')) AS v(setting_name, value) ON name = setting_name";

std::string oid_list(const std::vector<TableFacts>& tables) {
  std::string list = "0";
  for (const TableFacts& table : tables) list += ", " + std::to_string(table.oid);
  return list;
}

// Rows of a partitioned table are in its partitions; those of other tables' children are not its own.
Result<std::vector<SnapshotTable>> describe_tables(Connection& sql, const std::vector<TableFacts>& tables) {
  const PgResult rows = TRY(
      sql.run("SELECT c.oid, format('%I.%I', n.nspname, c.relname), CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END "
              "FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid IN (" +
                  oid_list(tables) + ')',
              Activity::kSnapshot));
  std::map<std::string, std::pair<std::string, std::string>> found;
  for (int row = 0; row < PQntuples(rows.get()); ++row)
    found[field(rows, row, 0)] = {field(rows, row, 1), field(rows, row, 2)};
  std::vector<SnapshotTable> described;
  for (const TableFacts& table : tables) {
    const auto at = found.find(std::to_string(table.oid));
    if (at == found.end()) {
      return Problem{Code::kPgStream, "table " + table.schema + '.' + table.table + " was dropped just now", ""};
    }
    const auto& [name, only] = at->second;
    const auto& overrides = sql.settings().snapshot_select_overrides;
    const auto select = overrides.find(table.schema + '.' + table.table);
    const bool overridden = select != overrides.end();
    described.push_back({table.oid, name, overridden ? select->second : "SELECT * FROM " + only + name, overridden,
                         quote_identifier(table.schema)});
  }
  return described;
}

// A command that the problem advises is about this table.
void name_table(Problem& problem, const SnapshotTable& table) {
  problem.mend = replaced(problem.mend, {{"<schema>", table.schema}, {"<table>", table.name}});
}

Status lock_tables(Connection& sql, const std::vector<SnapshotTable>& tables) {
  const std::string timeout = std::to_string(sql.settings().snapshot_lock_timeout.count());
  TRY(sql.run("SET LOCAL lock_timeout = " + timeout, Activity::kSnapshot));
  for (const SnapshotTable& table : tables) {
    auto locked = sql.run("LOCK TABLE " + table.name + " IN ACCESS SHARE MODE", Activity::kSnapshot);
    if (locked.is_ok()) continue;
    Problem problem = locked.problem();
    problem.what += "; table " + table.name + " could not be locked in ACCESS SHARE mode";
    name_table(problem, table);
    if (problem.code == Code::kPgCanceled) {
      problem.mend =
          "end who holds it: SELECT pid, mode FROM pg_locks WHERE granted AND relation = " + quote_literal(table.name) +
          "::regclass";
    }
    return problem;
  }
  TRY(sql.run("SET LOCAL lock_timeout = 0", Activity::kSnapshot));
  return Status::ok();
}

// In the snapshot. The transaction id is the txId of its records, as with Debezium; and the names that were locked must
// still be the tables that were meant.
Status import_snapshot(Connection& sql, const std::string& snapshot, const std::vector<SnapshotTable>& tables) {
  TRY(sql.run("SET TRANSACTION SNAPSHOT " + quote_literal(snapshot), Activity::kSnapshot));
  TRY(sql.run("SELECT pg_current_xact_id()", Activity::kSnapshot));
  // Statements that people wrote find what PostgreSQL's default path finds, as with Debezium.
  if (!sql.settings().snapshot_select_overrides.empty()) {
    TRY(sql.run("SET LOCAL search_path = \"$user\", public", Activity::kSnapshot));
  }
  for (const SnapshotTable& table : tables) {
    const PgResult row =
        TRY(sql.run("SELECT to_regclass(" + quote_literal(table.name) + ")::oid", Activity::kSnapshot));
    if (field(row, 0) == std::to_string(table.oid)) continue;
    return Problem{Code::kPgStream, "table " + table.name + " was renamed or dropped just now", ""};
  }
  return Status::ok();
}

// As the planner does it: the rows a page of the last VACUUM or ANALYZE, times the pages of today; of what is
// partitioned, those of its leaves. All of them are locked already, so that nothing waits. It is for metrics only: if
// it fails, nothing is known, and the transaction goes on.
std::vector<SnapshotEstimate> estimate_rows(Connection& sql, const std::vector<TableFacts>& tables) {
  std::vector<SnapshotEstimate> estimates;
  for (const TableFacts& table : tables) estimates.push_back({table.oid, table.schema, table.table, 0});
  if (!sql.run("SAVEPOINT estimate", Activity::kSnapshot).is_ok()) return estimates;
  const auto rows = sql.run(
      "SELECT root.oid, sum(leaf.reltuples::float8 / leaf.relpages * pg_relation_size(leaf.oid) / "
      "current_setting('block_size')::int) FROM pg_class AS root, LATERAL (SELECT root.oid AS relid UNION SELECT "
      "t.relid FROM pg_partition_tree(root.oid) AS t WHERE t.isleaf) AS part JOIN pg_class AS leaf ON leaf.oid = "
      "part.relid AND leaf.relpages > 0 AND leaf.reltuples > 0 WHERE root.oid IN (" +
          oid_list(tables) + ") GROUP BY root.oid",
      Activity::kSnapshot);
  (void)sql.run(rows.is_ok() ? "RELEASE estimate" : "ROLLBACK TO estimate", Activity::kSnapshot);
  if (!rows.is_ok()) return estimates;
  std::map<std::string, double> known;
  for (int row = 0; row < PQntuples(rows.value().get()); ++row)
    known[field(rows.value(), row, 0)] = std::strtod(field(rows.value(), row, 1).c_str(), nullptr);
  for (SnapshotEstimate& estimate : estimates) estimate.rows = known[std::to_string(estimate.oid)];
  return estimates;
}

}  // namespace

std::string snapshot_command(const PostgresSettings& settings, const SnapshotTable& table, Lsn lsn,
                             std::string_view first) {
  const std::pair<std::string_view, std::string> options[] = {
      {"config", settings.plugin_config},
      {"start.snapshot.lsn", to_string(lsn)},
      {"start.snapshot.first", std::string(first)},
      {"start.snapshot.range", "0"},
      {"start.run_id", settings.run_id},
  };
  std::string list;
  for (const auto& [name, value] : options) {
    if (value.empty()) continue;
    list += (list.empty() ? "" : ", ") + quote_literal(name) + ", " + quote_literal(value);
  }
  return "COPY (SELECT penstock.snapshot(" + std::to_string(table.oid) + "::oid::regclass, " +
         quote_literal(table.query) + "::text, VARIADIC ARRAY[" + list + "]::text[])) TO STDOUT (FORMAT binary)";
}

SnapshotSource::SnapshotSource(Connection connection, std::vector<SnapshotTable> tables, Lsn lsn)
    : connection_(std::move(connection)), tables_(std::move(tables)), lsn_(lsn), reader_(kRowBytesMax) {
  if (tables_.empty()) connection_.reset();
}

Result<bool> SnapshotSource::receive(Frame& frame, Time now) {
  while (connection_) {
    const size_t table = table_;
    const Step before = step_;
    if (TRY(step(frame, now))) return true;
    if (step_ == before && table_ == table) return false;
  }
  return false;
}

// True: `frame` is filled. False with step_ unchanged: nothing now.
Result<bool> SnapshotSource::step(Frame& frame, Time now) {
  switch (step_) {
    case Step::kBegin:
      TRY_STATUS(begin_table());
      step_ = Step::kBeginning;
      return false;
    case Step::kBeginning:
      if (TRY(await_result(now))) step_ = Step::kRows;
      return false;
    case Step::kRows:
      return take_rows(frame, now);
    case Step::kEnding:
      if (!TRY(await_result(now))) return false;
      step_ = Step::kBegin;
      if (++table_ == tables_.size()) connection_.reset();
      return false;
  }
  return false;
}

Status SnapshotSource::begin_table() {
  reader_ = BinaryCopyReader(kRowBytesMax);
  const std::string command =
      snapshot_command(connection_->settings(), tables_[table_], lsn_, table_ == 0 ? "all" : "table");
  if (PQsendQuery(connection_->raw(), command.c_str()) == 0) return problem(nullptr);
  return Status::ok();
}

// True once the result that ends this step is here: COPY has begun, or the command is done.
Result<bool> SnapshotSource::await_result(Time now) {
  while (true) {
    while (PQisBusy(connection_->raw()) != 0) {
      if (!consume(now)) return false;
    }
    const PgResult result(PQgetResult(connection_->raw()));
    if (!result) return true;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_OUT) return true;
    if (status != PGRES_COMMAND_OK) return problem(result.get());
  }
}

Result<bool> SnapshotSource::take_rows(Frame& frame, Time now) {
  while (true) {
    if (TRY(take_row(frame))) return true;
    char* raw = nullptr;
    const int size = PQgetCopyData(connection_->raw(), &raw, 1);
    const std::unique_ptr<char, PgFree> owned(raw);
    if (size > 0) {
      reader_.feed({raw, static_cast<size_t>(size)});
    } else if (size < 0) {
      step_ = Step::kEnding;
      return false;
    } else if (!consume(now)) {
      if (broken_) return problem(nullptr);
      return false;
    }
  }
}

Result<bool> SnapshotSource::take_row(Frame& frame) {
  switch (reader_.next(frame.bytes)) {
    case BinaryCopyReader::Next::kMore:
    case BinaryCopyReader::Next::kEnd:
      return false;
    case BinaryCopyReader::Next::kDamaged:
      break;
    case BinaryCopyReader::Next::kRow:
      if (!wire::read_header(frame.bytes, frame.header) || frame.header.kind != wire::UnitKind::kSnapshot) break;
      frame.reply_requested = false;
      return true;
  }
  return Problem{Code::kPgProtocol, "the snapshot of " + tables_[table_].name + " holds bytes that cannot be read", ""};
}

// False if there is nothing more to read in this turn: poll(2) tells of it.
bool SnapshotSource::consume(Time now) {
  if (broken_ || consumed_at_ == now) return false;
  consumed_at_ = now;
  broken_ = PQconsumeInput(connection_->raw()) == 0;
  return true;
}

Problem SnapshotSource::problem(const PGresult* result) const {
  const Activity activity = tables_[table_].overridden ? Activity::kSnapshotOverride : Activity::kSnapshot;
  Problem problem = connection_->problem(result, activity);
  problem.what += "; table " + tables_[table_].name;
  name_table(problem, tables_[table_]);
  return problem;
}

Result<OpenedSnapshot> open_snapshot(const PostgresSettings& settings, const std::vector<TableFacts>& tables,
                                     bool temporary, const Cancel& cancel,
                                     const std::function<void(const Problem&)>& note) {
  Connection sql = TRY(Connection::open(settings, ConnectionKind::kSql, cancel));
  TRY(sql.run(kSessionSettings, Activity::kSnapshot));
  std::vector<SnapshotTable> described = TRY(describe_tables(sql, tables));
  // LOCK takes no snapshot, so that the slot's can still be imported afterwards.
  TRY(sql.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Activity::kSnapshot));
  TRY_STATUS(lock_tables(sql, described));

  Connection replication = TRY(Connection::open(settings, ConnectionKind::kReplication, cancel));
  const SlotRequest request{.temporary = temporary, .export_snapshot = true};
  const CreatedSlot slot = TRY(create_slot(replication, request, cancel, note));
  const Status imported = import_snapshot(sql, slot.snapshot, described);
  if (!imported.is_ok()) {
    // Best effort: the intent record tells the next start to drop it in any case.
    if (!temporary) (void)drop_slot(replication);
    return imported.problem();
  }
  std::vector<SnapshotEstimate> estimates = estimate_rows(sql, tables);
  return OpenedSnapshot{slot.consistent_point,
                        std::make_unique<SnapshotSource>(std::move(sql), std::move(described), slot.consistent_point),
                        std::move(estimates)};
}

}  // namespace penstock
