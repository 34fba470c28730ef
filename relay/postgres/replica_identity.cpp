#include "relay/postgres/replica_identity.h"

#include "relay/postgres/connection.h"
#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

// ALTER TABLE waits for ACCESS EXCLUSIVE, and whoever comes after it waits for us.
constexpr const char* kLockTimeout = "SET lock_timeout = '300ms'";

// Tables whose identity differs from what is wanted: quoted name, and what stands behind REPLICA IDENTITY.
std::string query_of(const PostgresSettings& settings) {
  return "WITH wanted AS (SELECT t.relation, c.relkind, t.wanted_identity AS identity FROM penstock.tables(" +
         config_argument(settings.plugin_config) +
         ") AS t JOIN pg_class AS c ON c.oid = t.relation WHERE t.wanted_identity IS NOT NULL), "
         "each AS (SELECT relation, identity FROM wanted WHERE relkind <> 'p' OR identity LIKE 'USING %' UNION ALL "
         "SELECT p.relid, w.identity FROM wanted AS w, pg_partition_tree(w.relation) AS p "
         "WHERE w.relkind = 'p' AND w.identity NOT LIKE 'USING %' AND p.isleaf AND p.relid <> w.relation) "
         "SELECT penstock.shown(format('%I.%I', n.nspname, c.relname)), e.identity FROM each AS e JOIN pg_class AS c "
         "ON c.oid = "
         "e.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE e.identity <> CASE c.relreplident WHEN 'd' "
         "THEN 'DEFAULT' WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' ELSE 'USING INDEX ' || coalesce((SELECT "
         "quote_ident(x.relname) FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid WHERE i.indrelid = "
         "c.oid "
         "AND i.indisreplident), '') END ORDER BY 1";
}

}  // namespace

Status set_replica_identities(const PostgresSettings& settings, const Cancel& cancel,
                              const std::function<void(const Problem&)>& note) {
  if (!settings.autoset_replica_identity) return Status::ok();
  Connection sql = TRY(Connection::open(settings, ConnectionKind::kSql, cancel));
  const PgResult rows = TRY(sql.run(query_of(settings), Activity::kProbing));
  TRY(sql.run(kLockTimeout, Activity::kProbing));
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    const std::string command = "ALTER TABLE " + field(rows, row, 0) + " REPLICA IDENTITY " + field(rows, row, 1);
    const auto altered = sql.run(command, Activity::kProbing);
    if (altered.is_ok()) continue;
    if (PQstatus(sql.raw()) != CONNECTION_OK) return altered.problem();
    if (note) note({Code::kPgReplicaIdentity, altered.problem().what, "as the table's owner: " + command});
  }
  return Status::ok();
}

}  // namespace penstock
