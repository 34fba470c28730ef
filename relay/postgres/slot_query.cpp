#include "relay/postgres/slot_query.h"

#include <charconv>
#include <chrono>

#include "relay/postgres/sql_text.h"

namespace penstock {

namespace {

constexpr Duration kDeadline = std::chrono::seconds(10);

// A standby has no end of its own; it keeps log back from what it has replayed. CASE evaluates one branch only. Columns
// and settings that only some versions have are read so that others give null.
std::string look_command(const std::string& slot) {
  return "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END, "
         "s.slot_name IS NOT NULL, s.active, s.restart_lsn, s.confirmed_flush_lsn, s.wal_status, s.safe_wal_size, "
         "CASE WHEN NOT s.active AND idle.timeout > interval '0' THEN greatest(0, extract(epoch FROM idle.timeout - "
         "(clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz)))::bigint END "
         "FROM (SELECT) AS one LEFT JOIN pg_replication_slots AS s ON s.slot_name = " +
         quote_literal(slot) +
         ", (SELECT current_setting('idle_replication_slot_timeout', true)::interval AS timeout) AS idle";
}

// Nullopt: null, or no number.
std::optional<int64_t> number(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

SlotLook to_look(const PgResult& row) {
  SlotLook look;
  look.at = std::chrono::steady_clock::now();
  look.server_end = parse_lsn(field(row, 0)).value_or(Lsn{});
  look.exists = field(row, 1) == "t";
  look.active = field(row, 2) == "t";
  look.restart = parse_lsn(field(row, 3)).value_or(Lsn{});
  look.confirmed = parse_lsn(field(row, 4)).value_or(Lsn{});
  look.wal_status = field(row, 5);
  look.safe_bytes = number(field(row, 6));
  look.idle_seconds_left = number(field(row, 7));
  return look;
}

}  // namespace

Result<SlotLook> SlotQuery::look() {
  if (!connection_) {
    Connection fresh = TRY(Connection::open(settings_, ConnectionKind::kReplication, cancel_));
    // Idle by design, between two looks. 13 does not know the setting.
    TRY(fresh.run("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
                  Activity::kProbing, std::chrono::steady_clock::now() + kDeadline));
    connection_.emplace(std::move(fresh));
  }
  auto row = connection_->run(look_command(settings_.slot_name), Activity::kProbing,
                              std::chrono::steady_clock::now() + kDeadline);
  if (row.is_ok() && PQntuples(row.value().get()) == 1) return to_look(row.value());
  connection_.reset();
  if (row.is_ok()) return Problem{Code::kPgStream, "the server gives no answer about the slot", ""};
  return row.problem();
}

}  // namespace penstock
