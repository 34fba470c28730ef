#include "relay/postgres/facts.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "relay/postgres/publication.h"
#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

constexpr Duration kProbeDeadline = std::chrono::seconds(60);

Time probe_deadline() {
  return std::chrono::steady_clock::now() + kProbeDeadline;
}

template <typename Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool truth(const std::string& text) {
  return text == "t";
}

// JSON has no control characters, so one can stand between its pieces.
std::vector<std::string> pieces_of(std::string_view joined) {
  std::vector<std::string> pieces;
  for (size_t end = 0; end != std::string_view::npos;) {
    end = joined.find('\1');
    pieces.emplace_back(joined.substr(0, end));
    if (end != std::string_view::npos) joined.remove_prefix(end + 1);
  }
  return pieces;
}

Status take_system(Connection& connection, ServerFacts& facts) {
  const PgResult row = TRY(connection.run("IDENTIFY_SYSTEM", Activity::kProbing, probe_deadline()));
  facts.system_id = field(row, 0);
  facts.timeline = number<uint32_t>(field(row, 1));
  facts.flushed = parse_lsn(field(row, 2)).value_or(Lsn{});
  if (facts.timeline <= 1) return Status::ok();
  const PgResult history =
      TRY(connection.run("TIMELINE_HISTORY " + std::to_string(facts.timeline), Activity::kProbing, probe_deadline()));
  facts.history = parse_timeline_history(field(history, 1));
  return Status::ok();
}

Status take_server(Connection& connection, ServerFacts& facts) {
  const std::string extension = quote_literal(connection.settings().plugin_name);
  const PgResult row = TRY(connection.run(
      "SELECT current_setting('server_version_num'), pg_is_in_recovery(), current_setting('wal_level'), d.oid, "
      "d.datname, r.rolname, r.rolreplication OR r.rolsuper, (SELECT extversion FROM pg_extension WHERE extname = " +
          extension + "), EXISTS (SELECT FROM pg_available_extensions WHERE name = " + extension +
          "), current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots), "
          "current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_get_wal_senders()), "
          "(SELECT setting FROM pg_settings WHERE name = 'wal_sender_timeout'), "
          "coalesce(extract(epoch FROM current_setting('idle_replication_slot_timeout', true)::interval)::bigint, 0) "
          "FROM pg_database AS d, pg_roles AS r WHERE d.datname = current_database() AND r.rolname = current_user",
      Activity::kProbing, probe_deadline()));
  facts.version_num = number<int>(field(row, 0));
  facts.in_recovery = truth(field(row, 1));
  facts.wal_level = field(row, 2);
  facts.database_oid = number<uint32_t>(field(row, 3));
  facts.database = field(row, 4);
  facts.role = field(row, 5);
  facts.role_replication = truth(field(row, 6));
  facts.extension_version = field(row, 7);
  facts.extension_available = truth(field(row, 8));
  facts.slots_free = number<int>(field(row, 9));
  facts.walsenders_free = number<int>(field(row, 10));
  facts.wal_sender_timeout_ms = number<int64_t>(field(row, 11));
  facts.idle_slot_timeout_s = number<int64_t>(field(row, 12));
  return Status::ok();
}

// Whether the server knows output_plugin_libraries: it came with a security release in 2026.
bool has_plugin_gate(int version_num) {
  constexpr int kFirst[] = {140024, 150019, 160015, 170011, 180006};
  const auto in_major = [&](int first) { return version_num / 10'000 == first / 10'000; };
  const auto* const first = std::find_if(std::begin(kFirst), std::end(kFirst), in_major);
  if (first != std::end(kFirst)) return version_num >= *first;
  return version_num >= 190000;
}

// Only roles with pg_read_all_settings may ask for the setting, and asking in vain would leave an ERROR in the server's
// log each time. What ALTER ROLE or ALTER DATABASE has set is in a catalog that everybody reads; where it is not set
// there, the server has the word.
Status take_plugin_gate(Connection& connection, ServerFacts& facts) {
  const std::string& plugin = connection.settings().plugin_name;
  const PgResult row = TRY(connection.run(
      "SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('output_plugin_libraries', "
      "true) "
      "ELSE (SELECT split_part(c, '=', 2) FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c WHERE split_part(c, "
      "'=', 1) "
      "= 'output_plugin_libraries' AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user)) AND "
      "s.setdatabase IN (0, " +
          std::to_string(facts.database_oid) +
          ") ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 "
          "DESC LIMIT 1) END",
      Activity::kProbing, probe_deadline()));
  const bool known = PQgetisnull(row.get(), 0, 0) == 0;
  facts.plugin_gate = known || has_plugin_gate(facts.version_num);
  facts.plugin_allowed = !known || list_names(field(row, 0), plugin);
  return Status::ok();
}

// Columns that only some versions have are read through to_jsonb.
Status take_slot(Connection& connection, ServerFacts& facts) {
  const PgResult row =
      TRY(connection.run("SELECT s.plugin, s.database, s.confirmed_flush_lsn, s.restart_lsn, s.active, s.active_pid, "
                         "s.wal_status, to_jsonb(s) ->> 'invalidation_reason', format('%s, from %s', "
                         "coalesce(nullif(a.application_name, ''), 'no name'), coalesce(a.client_addr::text, 'where "
                         "is not visible')), a.application_name = current_setting('application_name') FROM "
                         "pg_replication_slots AS s LEFT JOIN pg_stat_activity AS a ON a.pid = s.active_pid WHERE "
                         "s.slot_name = " +
                             quote_literal(connection.settings().slot_name),
                         Activity::kProbing, probe_deadline()));
  if (PQntuples(row.get()) == 0) return Status::ok();
  SlotFacts slot;
  slot.plugin = field(row, 0);
  slot.database = field(row, 1);
  slot.confirmed_flush = parse_lsn(field(row, 2)).value_or(Lsn{});
  slot.restart = parse_lsn(field(row, 3)).value_or(Lsn{});
  slot.active = truth(field(row, 4));
  slot.active_pid = number<int32_t>(field(row, 5));
  slot.wal_status = field(row, 6);
  slot.invalidation_reason = field(row, 7);
  if (slot.active) slot.holder = field(row, 8);
  slot.held_by_relay = slot.active && truth(field(row, 9));
  facts.slot = std::move(slot);
  return Status::ok();
}

// Who owns the schema may put functions of his own beside the extension's, or another schema in its place: they would
// run as our role. CREATE EXTENSION takes a schema that is there already, whoever made it.
Status take_schema(Connection& connection, ServerFacts& facts) {
  const PgResult row = TRY(
      connection.run("SELECT n.nspname = 'penstock' AND (n.nspowner = e.extowner OR o.rolsuper OR o.rolname = "
                     "current_user), o.rolname, "
                     "CASE WHEN n.nspname = 'penstock' THEN format('ALTER SCHEMA penstock OWNER TO %I', "
                     "pg_get_userbyid(e.extowner)) ELSE format('ALTER SCHEMA %I RENAME TO penstock', n.nspname) END "
                     "FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace JOIN pg_roles AS o ON "
                     "o.oid = n.nspowner "
                     "WHERE e.extname = " +
                         quote_literal(connection.settings().plugin_name),
                     Activity::kProbing, probe_deadline()));
  if (PQntuples(row.get()) == 0) return Status::ok();
  facts.schema_trusted = truth(field(row, 0));
  facts.schema_owner = field(row, 1);
  facts.schema_mend = field(row, 2);
  return Status::ok();
}

Status take_tables(Connection& connection, ServerFacts& facts) {
  const PgResult rows = TRY(connection.run(
      "SELECT t.relation::oid, t.kind, t.schema, t.\"table\", t.topic, coalesce(cardinality(t.key), 0) > 0, "
      "t.replica_identity, CASE WHEN t.relation::oid <> 0 THEN row_security_active(t.relation::oid) END, "
      "CASE WHEN t.relation::oid <> 0 THEN has_any_column_privilege(t.relation::oid, 'SELECT') AND "
      "has_schema_privilege((SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = t.relation), 'USAGE') ELSE true "
      "END, t.in_snapshot, t.heartbeat_key, "
      "array_to_string(t.heartbeat_value, chr(1)), t.topic_owner "
      "FROM penstock.tables(" +
          config_argument(connection.settings().plugin_config) + ") AS t",
      Activity::kProbing, probe_deadline()));
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    TableFacts table;
    table.oid = number<uint32_t>(field(rows, row, 0));
    table.kind = field(rows, row, 1);
    table.schema = field(rows, row, 2);
    table.table = field(rows, row, 3);
    table.topic = field(rows, row, 4);
    table.has_key = truth(field(rows, row, 5));
    table.replica_identity = field(rows, row, 6);
    table.row_security = truth(field(rows, row, 7));
    table.readable = truth(field(rows, row, 8));
    table.in_snapshot = truth(field(rows, row, 9));
    table.heartbeat_key = field(rows, row, 10);
    table.heartbeat_value = pieces_of(field(rows, row, 11));
    table.topic_owner = field(rows, row, 12);
    facts.tables.push_back(std::move(table));
  }
  return Status::ok();
}

Status take_publication(Connection& connection, ServerFacts& facts) {
  const std::string& name = connection.settings().publication_name;
  if (name.empty()) return Status::ok();
  const PgResult rows =
      TRY(connection.run("SELECT pubname FROM pg_publication WHERE pubname = " + quote_literal(name) +
                             " OR getdatabaseencoding() = 'UTF8' OR pubname ~ '^[ -~]+$' ORDER BY pubname",
                         Activity::kProbing, probe_deadline()));
  facts.publication.emplace();
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    if (field(rows, row, 0) == name) {
      facts.publication->exists = true;
    } else {
      facts.publication->others.push_back(field(rows, row, 0));
    }
  }
  return Status::ok();
}

Status take_findings(Connection& connection, ServerFacts& facts) {
  const PgResult rows = TRY(connection.run(
      "SELECT f.finding, penstock.shown(format('%I.%I', n.nspname, c.relname)), f.\"column\", c.relreplident = 'f' OR "
      "EXISTS (SELECT "
      "FROM pg_index AS i WHERE i.indrelid = c.oid AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = "
      "'i' AND i.indisreplident)) FROM penstock.capture_findings(" +
          config_argument(connection.settings().plugin_config) +
          ") AS f JOIN pg_class AS c ON c.oid = f.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace ORDER BY 2",
      Activity::kProbing, probe_deadline()));
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    facts.findings.push_back(
        {field(rows, row, 0), field(rows, row, 1), field(rows, row, 2), truth(field(rows, row, 3))});
  }
  return Status::ok();
}

}  // namespace

Result<ServerFacts> gather_facts(Connection& replication) {
  ServerFacts facts;
  TRY_STATUS(take_system(replication, facts));
  TRY_STATUS(take_server(replication, facts));
  TRY_STATUS(take_plugin_gate(replication, facts));
  TRY_STATUS(take_slot(replication, facts));
  TRY_STATUS(take_publication(replication, facts));
  if (facts.extension_version.empty()) return facts;
  TRY_STATUS(take_schema(replication, facts));
  if (!facts.schema_trusted) return facts;
  TRY_STATUS(take_tables(replication, facts));
  TRY_STATUS(take_findings(replication, facts));
  TRY_STATUS(take_publication_plan(replication, facts));
  return facts;
}

bool list_names(std::string_view setting, std::string_view library) {
  while (true) {
    const size_t comma = setting.find(',');
    std::string_view name = setting.substr(0, comma);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    if (name == library) return true;
    if (comma == std::string_view::npos) return false;
    setting.remove_prefix(comma + 1);
  }
}

std::vector<TimelineSwitch> parse_timeline_history(std::string_view content) {
  std::vector<TimelineSwitch> history;
  while (!content.empty()) {
    const size_t newline = content.find('\n');
    const std::string_view line = content.substr(0, newline);
    content.remove_prefix(newline == std::string_view::npos ? content.size() : newline + 1);
    const size_t first = line.find('\t');
    if (first == std::string_view::npos) continue;
    const std::optional<Lsn> end = parse_lsn(line.substr(first + 1, line.find('\t', first + 1) - first - 1));
    const uint32_t timeline = number<uint32_t>(line.substr(0, first));
    if (end && timeline != 0) history.push_back({timeline, *end});
  }
  return history;
}

}  // namespace penstock
