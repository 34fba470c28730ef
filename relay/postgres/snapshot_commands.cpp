#include "relay/postgres/snapshot_commands.h"

#include <utility>

#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

// PostgreSQL's FirstNormalObjectId: below it are its own tables.
constexpr int kFirstUserOid = 16384;

}  // namespace

std::string snapshot_command(const PostgresSettings& settings, const SnapshotTable& table, const SnapshotStart& start,
                             std::string_view first) {
  const std::pair<std::string_view, std::string> options[] = {
      {"config", settings.plugin_config},
      {"start.snapshot.lsn", to_string(start.lsn)},
      {"start.snapshot.first", std::string(first)},
      {"start.snapshot.range", "0"},
      {"start.snapshot.xid", start.xid},
      {"start.run_id", settings.run_id},
  };
  std::string list;
  for (const auto& [name, value] : options) {
    if (value.empty()) continue;
    list += (list.empty() ? "" : ", ") + quote_literal(name) + ", " + quote_literal(value);
  }
  // NULL is the table itself. It is read without a query, in whose planning the table's owner would have a say.
  const std::string query = table.select.empty() ? "NULL" : quote_literal(table.select);
  return "COPY (SELECT penstock.snapshot(" + std::to_string(table.oid) + "::oid::regclass, " + query +
         "::text, VARIADIC ARRAY[" + list + "]::text[])) TO STDOUT (FORMAT binary)";
}

std::string lock_command(const SnapshotTable& table) {
  const std::string command = std::string("LOCK TABLE ") + (table.partitioned ? "" : "ONLY ");
  if (table.nameable) return command + table.name + " IN ACCESS SHARE MODE; ";
  return "DO $$ BEGIN EXECUTE '" + command + "' || " + std::to_string(table.oid) +
         "::regclass || ' IN ACCESS SHARE MODE'; END $$; ";
}

// pg_class is read as of the snapshot, the functions know what is now.
std::string proof_command(const SnapshotTable& table) {
  const std::string named = !table.nameable ? "true"
                                            : "to_regclass(" + quote_literal(table.name) +
                                                  ")::oid IS NOT DISTINCT FROM " + std::to_string(table.oid) + "::oid";
  return "SAVEPOINT penstock_proof; SELECT " + named +
         ", (SELECT string_agg(penstock.shown(c.oid::regclass::text), ', ') FROM pg_locks AS l JOIN pg_class AS c ON "
         "c.oid = "
         "l.relation WHERE l.locktype = 'relation' AND l.pid = pg_backend_pid() AND l.database = (SELECT oid FROM "
         "pg_database WHERE datname = current_database()) AND c.oid >= " +
         std::to_string(kFirstUserOid) +
         " AND c.relkind IN ('r', 'm') AND c.relfilenode IS DISTINCT FROM pg_relation_filenode(c.oid)); ROLLBACK TO "
         "SAVEPOINT penstock_proof; ";
}

}  // namespace penstock
