#include "relay/postgres/slot.h"

#include <vector>

#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

constexpr Duration kBlockersInterval = std::chrono::seconds(5);
constexpr Duration kBlockersDeadline = std::chrono::seconds(5);

// PostgreSQL's NAMEDATALEN less its zero byte.
constexpr size_t kNameBytesMax = 63;

std::string option(std::string_view name, std::string_view value) {
  return quote_identifier(name) + ' ' + quote_literal(value);
}

struct Blockers {
  std::string who;
  std::string mend;
};

// Whom the walsender `pid` waits for. pg_blocking_pids() gives 0 for a prepared transaction.
Result<Blockers> blockers_of(Connection& sql, int pid) {
  const std::string walsender = std::to_string(pid);
  const Time deadline = std::chrono::steady_clock::now() + kBlockersDeadline;
  const PgResult rows = TRY(sql.run(
      "SELECT format('pid %s (%s, %s, %s since %s)', a.pid, a.usename, coalesce(nullif(a.application_name, ''), "
      "'no name'), coalesce(a.state, 'state not visible'), coalesce(a.xact_start::text, '?')), "
      "format('wait for it, or SELECT pg_terminate_backend(%s)', a.pid) "
      "FROM unnest(pg_blocking_pids(" +
          walsender +
          ")) AS b(pid) JOIN pg_stat_activity AS a USING (pid) "
          "UNION ALL SELECT format('prepared transaction %L of %s since %s', p.gid, p.owner, p.prepared), "
          "format('as its owner decides, COMMIT PREPARED %1$L or ROLLBACK PREPARED %1$L', p.gid) "
          "FROM pg_locks AS l JOIN pg_prepared_xacts AS p ON p.transaction = l.transactionid "
          "WHERE l.pid = " +
          walsender + " AND NOT l.granted",
      Activity::kCreatingSlot, deadline));
  Blockers blockers;
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    blockers.who += (row == 0 ? "" : ", ") + field(rows, row, 0);
    blockers.mend += (row == 0 ? "" : "; ") + field(rows, row, 1);
  }
  return blockers;
}

}  // namespace

std::string slot_name(const PostgresSettings& settings, const SlotRequest& request) {
  if (!request.temporary) return settings.slot_name;
  const std::string suffix = "_snapshot";
  return settings.slot_name.substr(0, kNameBytesMax - suffix.size()) + suffix;
}

std::string create_slot_command(const PostgresSettings& settings, const SlotRequest& request, int server_version) {
  std::string command = "CREATE_REPLICATION_SLOT " + quote_identifier(slot_name(settings, request));
  if (request.temporary) command += " TEMPORARY";
  command += " LOGICAL " + quote_identifier(settings.plugin_name);
  if (server_version < 150000) return command + (request.export_snapshot ? " EXPORT_SNAPSHOT" : " NOEXPORT_SNAPSHOT");
  command += request.export_snapshot ? " (SNAPSHOT 'export'" : " (SNAPSHOT 'nothing'";
  if (settings.slot_failover && !request.temporary && server_version >= 170000) command += ", FAILOVER";
  return command + ')';
}

std::string start_replication_command(const PostgresSettings& settings, const Position& from, Lsn sequence_lsn) {
  std::string command = "START_REPLICATION SLOT " + quote_identifier(settings.slot_name) + " LOGICAL " +
                        to_string(from.end) + " (" + option("config", settings.plugin_config) + ", " +
                        option("format", "frames") + ", " + option("wire", "1-1") + ", " + option("cork", "true") +
                        ", " + option("start.end", to_string(from.end));
  if (from.inside_unit()) {
    command += ", " + option("start.commit_lsn", to_string(from.commit_lsn)) + ", " +
               option("start.ordinal", std::to_string(from.ordinal));
  }
  if (sequence_lsn) command += ", " + option("start.sequence", to_string(sequence_lsn));
  if (!settings.run_id.empty()) command += ", " + option("start.run_id", settings.run_id);
  for (const auto& [name, value] : settings.stream_params) command += ", " + option(name, value);
  return command + ')';
}

Result<CreatedSlot> create_slot(Connection& replication, const SlotRequest& request, const Cancel& cancel,
                                const std::function<void(const Problem&)>& note) {
  const PostgresSettings& settings = replication.settings();
  const int pid = PQbackendPID(replication.raw());
  std::optional<Connection> sql;
  const auto tell_blockers = [&] {
    if (!note) return;
    if (!sql) {
      auto opened = Connection::open(settings, ConnectionKind::kSql, cancel);
      if (!opened.is_ok()) return;
      sql.emplace(std::move(opened.value()));
    }
    auto blockers = blockers_of(*sql, pid);
    if (!blockers.is_ok()) {
      sql.reset();
      return;
    }
    if (blockers.value().who.empty()) return;
    note({Code::kPgSlotCreateWait,
          "creating slot " + slot_name(settings, request) + " waits for " + blockers.value().who,
          blockers.value().mend});
  };
  const PgResult row = TRY(replication.run_watched(create_slot_command(settings, request, replication.server_version()),
                                                   Activity::kCreatingSlot, kBlockersInterval, tell_blockers));
  const std::optional<Lsn> consistent_point = parse_lsn(field(row, 1));
  if (!consistent_point) {
    return Problem{Code::kPgProtocol, "CREATE_REPLICATION_SLOT gave \"" + field(row, 1) + "\" as its LSN", ""};
  }
  return CreatedSlot{*consistent_point, field(row, 2)};
}

Status drop_slot(Connection& connection) {
  auto dropped =
      connection.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = " +
                         quote_literal(connection.settings().slot_name),
                     Activity::kDroppingSlot);
  if (dropped.is_ok()) return Status::ok();
  return with_holder(dropped.problem(), connection);
}

Problem with_holder(Problem problem, Connection& connection) {
  if (problem.code != Code::kPgSlotBusy) return problem;
  const std::string slot = quote_literal(connection.settings().slot_name);
  auto rows = connection.run(
      "SELECT a.pid, format('%s, %s, from %s, since %s', a.usename, coalesce(nullif(a.application_name, ''), 'no "
      "name'), "
      "coalesce(a.client_addr::text, 'the server itself'), coalesce(a.backend_start::text, '?')) "
      "FROM pg_replication_slots AS s JOIN pg_stat_activity AS a ON a.pid = s.active_pid WHERE s.slot_name = " +
          slot,
      Activity::kProbing, std::chrono::steady_clock::now() + kBlockersDeadline);
  if (!rows.is_ok() || PQntuples(rows.value().get()) == 0) return problem;
  problem.what += "; held by pid " + field(rows.value(), 0) + " (" + field(rows.value(), 1) + ')';
  problem.mend = "stop that reader, or: SELECT pg_terminate_backend(" + field(rows.value(), 0) + ')';
  return problem;
}

}  // namespace penstock
