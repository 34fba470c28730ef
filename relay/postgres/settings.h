// What the relay must know to reach one PostgreSQL database, and the libpq parameters that follow from it.
// Holds secrets: never print a PostgresSettings; describe() says where it points.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/core/problem.h"
#include "relay/core/status.h"

namespace penstock {

using Properties = std::map<std::string, std::string, std::less<>>;

// What publication.autocreate.mode asks for. kDisabled is also "not in the file": no publication is made unasked.
enum class PublicationAutocreate : uint8_t { kDisabled, kAllTables, kFiltered, kNoTables };

struct PostgresSettings {
  // The connection. Several hosts are a comma list, as libpq takes it: the primary among them is used.
  std::string host;
  std::string port = "5432";  // one for all hosts, or as many as hosts
  std::string user;
  std::string password;
  std::string dbname;
  // sslmode, sslcert, channel_binding, ...: libpq's own names and values, passed on as they are.
  std::vector<std::pair<std::string, std::string>> libpq;
  std::string application_name;  // seen in pg_stat_activity
  std::chrono::seconds connect_timeout{10};
  bool tcp_keepalive = true;
  // After this long without an acknowledgement of sent bytes or of a keepalive probe the peer counts as dead. Silence
  // does not: a walsender can be quiet for minutes while it reads WAL that is not ours (reliability notes, 2.6).
  std::chrono::milliseconds tcp_user_timeout{20'000};
  // Run at the start of connections that speak SQL, never on replication connections (as Debezium does).
  std::vector<std::string> initial_statements;

  // The slot and the plugin.
  std::string slot_name = "debezium";
  std::string plugin_name = "penstock";
  bool slot_failover = false;  // 17 and later
  std::string plugin_config;   // one JSON object of strings: the option `config` of the plugin
  std::string salts;           // the server's setting penstock.salts, with each connection; secret
  std::string run_id;          // option start.run_id
  std::vector<std::pair<std::string, std::string>> stream_params;  // slot.stream.params, passed on after our own
  std::string publication_name;
  PublicationAutocreate publication_autocreate = PublicationAutocreate::kDisabled;
  bool publish_via_partition_root = false;
  std::optional<std::string> skipped_operations;  // skipped.operations, if it is set

  bool autoset_replica_identity = false;  // replica.identity.autoset.values is set; the plugin reads it
  bool manual_flush = false;              // lsn.flush.mode=manual: nothing is confirmed
  std::string heartbeat_query;            // heartbeat.action.query; empty: none

  // Feedback to the server at least this often; the stream lowers it to a third of wal_sender_timeout.
  std::chrono::milliseconds status_interval{10'000};

  // Takes each WARNING and NOTICE of the server, as kPgNotice or the plugin's own code, on the thread that reads the
  // connection; may be empty.
  std::function<void(const Problem&)> notice;

  // Snapshots.
  std::chrono::milliseconds snapshot_lock_timeout{10'000};
  std::map<std::string, std::string, std::less<>> snapshot_select_overrides;  // "schema.table" → SELECT statement
};

// Reads `properties` (names of Debezium and Penstock, values already resolved). plugin_config and run_id are left
// empty: their owner fills them in. Problems are of kConfig... codes and never repeat a secret.
Result<PostgresSettings> postgres_settings(const Properties& properties);

// Every property that postgres_settings() reads under database.* and driver.* and its libpq parameter; empty if there
// is none of that name.
std::string_view libpq_parameter(std::string_view property);

enum class ConnectionKind : uint8_t {
  kSql,          // a plain connection
  kUserSql,      // the same for a statement that a person wrote: unqualified names are found as in a person's session
  kReplication,  // replication=database: a walsender, which also runs simple queries
};

// Keyword and value of each libpq parameter of one connection, secrets included: for PQconnectStartParams only.
std::vector<std::pair<std::string, std::string>> connection_parameters(const PostgresSettings& settings,
                                                                       ConnectionKind kind);

// "database shop on db1:5432 as cdc", for messages.
std::string describe(const PostgresSettings& settings);

}  // namespace penstock
