#include "relay/core/problem.h"

#include <array>

#include "relay/core/printable.h"
#include "relay/core/status.h"
#include "wire/problem_state.h"

namespace penstock {

namespace {

using enum Code;
using enum ProblemClass;

constexpr std::string_view kAllowPlugin =
    "ALTER ROLE <role> SET output_plugin_libraries = pgoutput, test_decoding, penstock  -- no quotes around the list";
constexpr std::string_view kStartAnew =
    "to begin anew with a snapshot of all rows: set snapshot.mode=when_needed and restart the connector";
constexpr std::string_view kOtherHistory =
    "decide which side is true; to begin anew with this server: SELECT pg_drop_replication_slot('<slot>') if it "
    "exists, set "
    "penstock.position.topic to a new name, snapshot.mode=initial, and restart the connector";

constexpr std::string_view kOtherTopic =
    "leave the table out (table.exclude.list), rename it, or route it to another topic (transforms with "
    "org.apache.kafka.connect.transforms.RegexRouter), and restart the connector; rows that were left out come with a "
    "new snapshot of the table";

// One row a code, in the order of the enum.
constexpr std::array<ProblemInfo, static_cast<size_t>(kCount)> kTable = {{
    {kConfigFile, "PENSTOCK-CONF-001", kExit, "a configuration file cannot be read", "correct the file that is named"},
    {kConfigMissing, "PENSTOCK-CONF-002", kExit, "a required property is not set",
     "set the property in connector.json"},
    {kConfigValue, "PENSTOCK-CONF-003", kExit, "the value of a property is malformed or out of bounds",
     "correct the value; docs/configuration.md has type and bounds"},
    {kConfigRefused, "PENSTOCK-CONF-004", kExit, "a property that would change records or guarantees is not supported",
     "remove the property, or keep Debezium for this connector until it is supported"},
    {kConfigUnknown, "PENSTOCK-CONF-005", kExit, "an unknown property of a family that changes records",
     "correct the name or remove the property"},
    {kConfigUnknownHarmless, "PENSTOCK-CONF-006", kWarn, "an unknown property",
     "correct the name or remove the property"},
    {kConfigProvider, "PENSTOCK-CONF-007", kExit, "a ${provider:...} reference cannot be resolved",
     "check the file, directory or environment variable that is named"},
    {kConfigRenamed, "PENSTOCK-CONF-008", kWarn, "a property has a new name", "use the new name"},
    {kUsage, "PENSTOCK-CONF-009", kExit, "wrong command line", "see penstock --help"},

    {kPgUnreachable, "PENSTOCK-PG-001", kWait, "PostgreSQL cannot be reached",
     "check database.hostname and database.port, and that the server is up: psql -h <host> -p <port> -d <database>"},
    {kPgAuthentication, "PENSTOCK-PG-002", kWait, "PostgreSQL refuses the login",
     "check database.user and database.password, and that pg_hba.conf lets the role in"},
    {kPgRights, "PENSTOCK-PG-003", kWait, "the role lacks a right",
     "ALTER ROLE <role> REPLICATION; GRANT USAGE ON SCHEMA <schema> TO <role>; GRANT SELECT ON <table> TO <role>"},
    {kPgPluginNotAllowed, "PENSTOCK-PG-004", kWait, "the server does not allow the output plugin", kAllowPlugin},
    {kPgPluginMissing, "PENSTOCK-PG-005", kWait, "the plugin is not installed",
     "install the package for the server's major version there, then: CREATE EXTENSION penstock"},
    {kPgPluginOptions, "PENSTOCK-PG-006", kStop, "the plugin refuses an option or a pattern",
     "correct the property that is named"},
    {kPgWalLevel, "PENSTOCK-PG-007", kWait, "wal_level is not logical",
     "ALTER SYSTEM SET wal_level = logical, then restart the server"},
    {kPgSlotsFull, "PENSTOCK-PG-008", kWait, "no free replication slot, walsender or connection",
     "ALTER SYSTEM SET max_replication_slots = <more>; ALTER SYSTEM SET max_wal_senders = <more>; then restart the "
     "server; "
     "or drop a slot that nobody uses: SELECT slot_name, active FROM pg_replication_slots"},
    {kPgSlotBusy, "PENSTOCK-PG-009", kWait, "the replication slot is in use",
     "stop the other reader, or: SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = "
     "'<slot>'"},
    {kPgSlotLost, "PENSTOCK-PG-010", kStop, "the server has invalidated the slot: changes are missing", kStartAnew},
    {kPgSlotMissing, "PENSTOCK-PG-011", kStop, "a position is stored but the slot is gone: changes are missing",
     kStartAnew},
    {kPgSlotOtherPlugin, "PENSTOCK-PG-012", kStop, "the slot belongs to another output plugin",
     "let its reader go on to its end, stop it, then: SELECT pg_copy_logical_replication_slot('<slot>', "
     "'<slot>_penstock', false, 'penstock') and set slot.name=<slot>_penstock and snapshot.mode=no_data (the rows are "
     "in "
     "Kafka already)"},
    {kPgSlotOtherDatabase, "PENSTOCK-PG-013", kStop, "the slot belongs to another database",
     "set slot.name to a name of its own, or database.dbname to the slot's database"},
    {kPgDatabaseMissing, "PENSTOCK-PG-014", kWait, "the database does not exist", "check database.dbname"},
    {kPgShutdown, "PENSTOCK-PG-015", kWait, "PostgreSQL is stopping or starting",
     "nothing: the relay comes back by itself"},
    {kPgStream, "PENSTOCK-PG-016", kWait, "the replication stream broke",
     "nothing: the relay begins anew at the stored position; if it repeats, see the server's log"},
    {kPgProtocol, "PENSTOCK-PG-017", kWait, "the stream holds bytes that cannot be read",
     "check that plugin and relay are of one version: SELECT extversion FROM pg_extension WHERE extname = 'penstock'"},
    {kPgVersion, "PENSTOCK-PG-018", kStop, "this version of PostgreSQL is not supported", "use PostgreSQL 13 to 18"},
    {kPgMinor, "PENSTOCK-PG-019", kWarn, "this minor version has a known bug that loses or damages changes",
     "upgrade the server to the newest minor version"},
    {kPgReplicaIdentity, "PENSTOCK-PG-020", kWarn, "a captured table has no usable replica identity",
     "add a primary key, or: ALTER TABLE <table> REPLICA IDENTITY FULL"},
    {kPgDecodingError, "PENSTOCK-PG-021", kWait, "the server raised an error while decoding",
     "see the server's log; the relay repeats from the stored position"},
    {kPgSlotCreateWait, "PENSTOCK-PG-022", kWait, "creating the slot waits for old transactions to end",
     "see whose they are, and end them as their owners decide: SELECT pid, usename, xact_start, state, query FROM "
     "pg_stat_activity WHERE backend_xid IS NOT NULL; SELECT gid, owner, prepared FROM pg_prepared_xacts"},
    {kPgNoTables, "PENSTOCK-PG-023", kWarn, "no table is captured",
     "check table.include.list, schema.include.list and the publication"},
    {kPgRowSecurity, "PENSTOCK-PG-024", kWait, "row security would make the snapshot partial",
     "ALTER ROLE <role> BYPASSRLS, or exclude the table"},
    {kPgRecovery, "PENSTOCK-PG-025", kWait, "the server is a standby",
     "set database.hostname to the primary, or wait for the promotion"},
    {kPgManyTables, "PENSTOCK-PG-026", kWarn, "more tables are captured than guardrail.collections.max",
     "narrow table.include.list, or raise guardrail.collections.max"},
    {kPgTooManyTables, "PENSTOCK-PG-027", kStop, "more tables are captured than guardrail.collections.max allows",
     "narrow table.include.list, or raise guardrail.collections.max, then restart the connector"},
    {kPgHeartbeatQuery, "PENSTOCK-PG-028", kWarn, "heartbeat.action.query has failed",
     "correct the query, or what the server says; an idle database's position moves on without it"},
    {kPgHeartbeatTable, "PENSTOCK-PG-029", kStop, "heartbeat.action.query names a table that does not exist",
     "create the table, or remove heartbeat.action.query, which Penstock does not need; then restart the connector"},
    {kPgNotice, "PENSTOCK-PG-030", kWarn, "the server has a warning or a notice",
     "nothing has failed; read it: an option without effect is best left out"},
    {kPgNoPublication, "PENSTOCK-PG-031", kWait, "the publication does not exist, and none is made",
     "correct publication.name, or: CREATE PUBLICATION <publication> FOR TABLE <tables>"},
    {kPgPublicationGone, "PENSTOCK-PG-032", kStop,
     "a captured table was changed while the publication did not exist: what it holds back would be published",
     "CREATE PUBLICATION <publication> ... if it is to count from now on. Then, for the changes of the time without "
     "it, "
     "set penstock.publication.missing=nothing to leave them out, or =everything to publish them with all rows and "
     "columns, and restart the connector"},
    {kPgNotPublished, "PENSTOCK-PG-033", kWarn,
     "changes of captured tables, or of some of their rows, are not streamed",
     "ALTER PUBLICATION <publication> ADD TABLE <table>, or exclude the table; a row filter that fails on rows: ALTER "
     "PUBLICATION <publication> SET TABLE <tables> with another WHERE. Both count for changes from then on; restart "
     "the "
     "connector, which ends a warning of rows"},
    {kPgKeyLeaves, "PENSTOCK-PG-034", kWarn, "what keeps a column out of the value does not keep it out of the key",
     "set message.key.columns=<table>:<other columns>, or leave it, if the column may be in the key"},
    {kPgMessageLeftOut, "PENSTOCK-PG-035", kWarn, "a logical message or a record of transaction metadata was left out",
     "no row is missing; keep messages smaller, or raise producer.override.max.request.size and max.message.bytes of "
     "the "
     "topic, or limit a transform by a predicate; then restart the connector, which ends this warning"},
    {kPgValueAsNull, "PENSTOCK-PG-036", kWarn, "a value has no form in its column's schema, and null stands for it",
     "correct the value where it stands, or choose a mode that can show it, for numeric: decimal.handling.mode=string; "
     "then restart the connector, which ends this warning"},
    {kPgTableRewritten, "PENSTOCK-PG-037", kWarn, "ALTER TABLE rewrote a table: rows changed without records",
     "if consumers need the new values now, have every row told: UPDATE <table> SET <column> = <column>, in batches; "
     "then restart the connector, which ends this warning"},
    {kPgDocumentAsText, "PENSTOCK-PG-054", kWarn,
     "a JSON document is too large for table.expand.json.payload, and stays text",
     "nothing is missing: the record has the document as a string. Keep documents below 100,000 values and four times "
     "producer.override.max.request.size; then restart the connector, which ends this warning"},
    {kPgInitialStatements, "PENSTOCK-PG-045", kWait, "database.initial.statements fails",
     "correct database.initial.statements (the statement runs as the relay's role, with its search_path), or give the "
     "role what it needs"},
    {kPgSlotIdleTimeout, "PENSTOCK-PG-053", kWarn, "the server invalidates the slot if it is not read for a time",
     "ALTER SYSTEM SET idle_replication_slot_timeout = 0; SELECT pg_reload_conf(); or see that no pause lasts so long"},
    {kPgForeignSchema, "PENSTOCK-PG-038", kWait, "the extension's schema belongs to another role than the extension",
     "as superuser: ALTER SCHEMA penstock OWNER TO <owner of the extension>, after a look at what else stands in it: "
     "\\df penstock.*"},
    {kPgTopicTaken, "PENSTOCK-PG-039", kWarn,
     "a table is left out: its topic is that of a table that was created earlier, or the connector's own", kOtherTopic},
    {kPgTopicTakenStops, "PENSTOCK-PG-040", kStop, "the topic of a table is that of a table that was created earlier",
     "leave the table out (table.exclude.list) or route it to another topic (transforms with "
     "org.apache.kafka.connect.transforms.RegexRouter), and restart the connector; a rename counts for changes from "
     "then "
     "on: to get past those before it, penstock.bad.table=skip leaves them out"},
    {kPgTableReadAnew, "PENSTOCK-PG-041", kWarn, "a table was rewritten or dropped while the snapshot was read",
     "nothing: its rows are read as they are now, and the stream repeats what has happened to them since"},
    {kPgTableBusy, "PENSTOCK-PG-042", kWarn, "a table of the snapshot is locked by others",
     "end who holds it: SELECT pid, mode FROM pg_locks WHERE granted AND relation = '<table>'::regclass"},
    {kPgGaveWay, "PENSTOCK-PG-043", kWarn,
     "a table of the snapshot was released for a session that waited for its lock",
     "nothing: its rows are read again afterwards; if it repeats, postpone migrations and VACUUM FULL"},
    {kPgSlotChanged, "PENSTOCK-PG-044", kWait, "somebody has changed the slot just before the stream began",
     "nothing: it is judged again; see who uses the slot's name: SELECT * FROM pg_replication_slots"},
    {kPgReadOnly, "PENSTOCK-PG-046", kWait, "the session is read-only where something is to be made",
     "ALTER ROLE <role> SET default_transaction_read_only = off; or run by hand what is named"},
    {kPgResources, "PENSTOCK-PG-047", kWait, "the database server is out of memory or disk",
     "free on the database server what is named: df -h of its data directory; SELECT slot_name, wal_status, active "
     "FROM "
     "pg_replication_slots shows slots that keep WAL"},
    {kPgCanceled, "PENSTOCK-PG-048", kWait, "a time limit, a lock or a person ended a statement",
     "nothing, if it was meant: it is tried again; else see which limit the message names: SELECT name, setting, "
     "source "
     "FROM pg_settings WHERE name LIKE '%timeout'"},
    {kPgSnapshotQuery, "PENSTOCK-PG-049", kWait, "a statement of snapshot.select.statement.overrides fails",
     "correct the statement in snapshot.select.statement.overrides.<table>; psql shows the same error"},
    {kPgPooler, "PENSTOCK-PG-050", kWait, "a connection pooler answers, which cannot replicate",
     "set database.hostname and database.port to the database server itself"},
    {kPgRefused, "PENSTOCK-PG-051", kWait, "PostgreSQL refuses a statement",
     "correct what the server says; it is tried again"},
    {kPgDamaged, "PENSTOCK-PG-052", kWait, "the database server reports an error of its own or damaged data",
     "see the server's log around this time; for damaged data: pg_amcheck -d <database>, and the state of the storage"},

    {kPosKafkaAhead, "PENSTOCK-POS-002", kStop, "Kafka holds more than the server: a fail-over or restore went back",
     kOtherHistory},
    {kPosTimeline, "PENSTOCK-POS-003", kStop, "the stored position is not on the server's timeline", kOtherHistory},
    {kPosSlotAhead, "PENSTOCK-POS-004", kStop, "somebody else has moved the slot past the stored position", kStartAnew},
    {kPosAdopted, "PENSTOCK-POS-005", kWarn, "no position is stored: the slot's confirmed LSN is taken",
     "nothing, if the slot was made for this connector"},
    {kPosUnreadable, "PENSTOCK-POS-006", kStop, "the position topic holds a record that cannot be read",
     "use a relay at least as new as the one that wrote it"},
    {kPosIntent, "PENSTOCK-POS-007", kWarn, "an unfinished first start is begun anew", "nothing"},
    {kPosOtherCluster, "PENSTOCK-POS-008", kWarn, "the position topic also serves a slot of another cluster",
     "nothing, if both are meant; else correct database.hostname, or set penstock.position.topic to a name of its own"},
    {kPosShortened, "PENSTOCK-POS-011", kStop,
     "records of the position topic were deleted, and nothing is stored for a slot that exists",
     "set cleanup.policy=compact on the topic; then, to go on from the slot's confirmed LSN, snapshot.mode=no_data; "
     "or, to begin anew with all rows: SELECT pg_drop_replication_slot('<slot>'); then restart the connector"},
    {kPosChanging, "PENSTOCK-POS-012", kWait, "the position topic is not what it was when it was looked at",
     "nothing, if the topic was being made or shortened: the relay looks again; if it repeats, see who writes to it"},
    {kPosFrozen, "PENSTOCK-POS-013", kWait, "the relay stood still: another one may have taken over meanwhile",
     "nothing: it asks the server before it goes on; if it repeats, see what stops the process: CPU, swapping, "
     "suspends"},
    {kPosUpgraded, "PENSTOCK-POS-015", kWarn, "the server was upgraded by pg_upgrade, and the slot came along",
     "nothing, if pg_upgrade carried the slot over; if it was made by hand and tables were written before, read them "
     "again: snapshot.mode=always for one start"},
    {kPosPauseUnstored, "PENSTOCK-POS-016", kWarn, "a pause is not stored: a restart of the process would end it",
     "mend what keeps the relay from writing to the position topic: it tries again; until then keep the process "
     "running"},

    {kKafkaUnreachable, "PENSTOCK-KAFKA-001", kWait, "Kafka cannot be reached",
     "check bootstrap.servers and the network: kcat -L -b <bootstrap.servers>"},
    {kKafkaAuthentication, "PENSTOCK-KAFKA-002", kWait, "Kafka refuses the login",
     "check producer.override.security.protocol, sasl.mechanism and sasl.jaas.config"},
    {kKafkaTopicAuthorization, "PENSTOCK-KAFKA-003", kWait, "the principal may not use a topic",
     "kafka-acls.sh --bootstrap-server <servers> --add --allow-principal <principal> --operation Write --operation "
     "Describe --operation Create --operation Read --topic <topic>"},
    {kKafkaClusterAuthorization, "PENSTOCK-KAFKA-004", kWait, "the principal lacks a right on the cluster",
     "kafka-acls.sh --bootstrap-server <servers> --add --allow-principal <principal> --operation IdempotentWrite "
     "--cluster"},
    {kKafkaTopicMissing, "PENSTOCK-KAFKA-005", kWait, "a topic does not exist",
     "kafka-topics.sh --bootstrap-server <servers> --create --topic <topic>, or allow the relay to create topics"},
    {kKafkaRecordTooLarge, "PENSTOCK-KAFKA-006", kStop, "Kafka refuses a record because of its size",
     "raise max.message.bytes of the topic and producer.override.max.request.size, then restart the connector"},
    {kKafkaRecordRefused, "PENSTOCK-KAFKA-007", kStop, "Kafka refuses a record",
     "mend what the broker says, then restart the connector; nothing is skipped"},
    {kKafkaFatal, "PENSTOCK-KAFKA-008", kWait, "the producer has ended with an error",
     "nothing: the relay begins anew at the stored position"},
    {kKafkaSettings, "PENSTOCK-KAFKA-009", kStop, "a producer property is refused",
     "correct the producer.override.* property that is named"},
    {kKafkaPartition, "PENSTOCK-KAFKA-010", kWarn, "the settings of a topic break a promise",
     "change the topic's settings as said"},
    {kKafkaCertificate, "PENSTOCK-KAFKA-011", kWait, "the TLS handshake with Kafka fails",
     "see what the broker shows: openssl s_client -connect <broker> -CAfile <truststore> -verify_hostname <host>; then "
     "correct producer.override.ssl.truststore.location or bootstrap.servers, or renew the broker's certificate"},
    {kKafkaTopicSettings, "PENSTOCK-KAFKA-012", kWait, "Kafka does not make a topic as topic.creation.* asks",
     "correct topic.creation.default.partitions, topic.creation.default.replication.factor or the setting that is "
     "named, or those of the topic's group; or make the topic yourself: kafka-topics.sh --bootstrap-server <servers> "
     "--create --topic <topic>"},
    {kKafkaTopicName, "PENSTOCK-KAFKA-013", kWarn, "Kafka refuses the name of a topic: its records are left out",
     kOtherTopic},
    {kKafkaTopicNameStops, "PENSTOCK-KAFKA-014", kStop, "Kafka refuses the name of a topic", kOtherTopic},
    {kKafkaNoLeader, "PENSTOCK-KAFKA-015", kWait, "a topic has no leader",
     "bring back the brokers that hold it: kafka-topics.sh --bootstrap-server <servers> --describe --topic <topic>"},

    {kHttpListen, "PENSTOCK-HTTP-001", kWarn, "the REST port cannot be opened",
     "set listeners to a free port; the stream goes on without it"},
    {kHttpHost, "PENSTOCK-HTTP-002", kWarn, "a request by a host name that may be anybody's is refused",
     "ask by address, by localhost or by a name without a dot; if the name is yours, as that of a proxy which passes "
     "the "
     "Host header on, add it: penstock.http.allowed.hosts=<name>"},
    {kHttpOrigin, "PENSTOCK-HTTP-003", kWarn, "a change that a web page sends is refused",
     "nothing, if you do not know the page; if it is yours, add its host: penstock.http.allowed.hosts=<name>"},
}};

constexpr bool in_order() {
  for (size_t row = 0; row < kTable.size(); ++row) {
    if (static_cast<size_t>(kTable[row].code) != row) return false;
  }
  return true;
}
static_assert(in_order(), "a code without a row, or a row out of order");

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Code prerequisite(std::string_view message) {
  if (contains(message, "wal_level")) return kPgWalLevel;
  if (contains(message, "replication slot")) return kPgSlotLost;
  if (contains(message, "recovery")) return kPgRecovery;
  return kPgRefused;
}

// A file that is not there: the plugin's library, which has a name without a folder or in $libdir; else one of the
// server's own.
Code missing_file(std::string_view message) {
  const bool library = contains(message, "$libdir") || !contains(message, "/");
  return library && !contains(message, "WAL") ? kPgPluginMissing : kPgDamaged;
}

// The plugin's own: the number of a problem.
Code own_code(std::string_view number) {
  constexpr std::string_view kArea = "PENSTOCK-PG-";
  for (const ProblemInfo& row : kTable) {
    if (row.name.starts_with(kArea) && row.name.substr(kArea.size()) == number) return row.code;
  }
  return kPgStream;  // a newer plugin's
}
// Of SQLSTATEs that have one meaning, and of classes of them: two characters. The more particular comes first.
struct SqlstateMeaning {
  std::string_view sqlstate;
  Code code;
};
constexpr SqlstateMeaning kSqlstates[] = {
    {"55006", kPgSlotBusy},
    {"42883", kPgPluginMissing},
    {"3F000", kPgPluginMissing},
    {"22023", kPgPluginOptions},
    {"2201B", kPgPluginOptions},
    {"3D000", kPgDatabaseMissing},
    {"57P04", kPgDatabaseMissing},  // dropped while we were connected
    {"57P01", kPgShutdown},
    {"57P02", kPgShutdown},
    {"57P03", kPgShutdown},
    {"57014", kPgCanceled},   // canceled, statement_timeout
    {"57P05", kPgCanceled},   // idle_session_timeout
    {"25P03", kPgCanceled},   // idle_in_transaction_session_timeout
    {"25P04", kPgCanceled},   // transaction_timeout
    {"55P03", kPgCanceled},   // lock_timeout, NOWAIT
    {"40P01", kPgCanceled},   // deadlock
    {"53300", kPgSlotsFull},  // connections
    {"53400", kPgSlotsFull},  // slots
    {"42P01", kPgStream},     // a table that was dropped just now: the next attempt knows
    {"53", kPgResources},
    {"28", kPgAuthentication},
    {"08", kPgUnreachable},
    {"40", kPgStream},  // serialization: the next attempt may do
    {"XX", kPgDamaged},
    {"58", kPgDamaged},
    {"F0", kPgDamaged},
};

struct KafkaMeaning {
  std::string_view name;
  Code code;
};
constexpr KafkaMeaning kKafkaErrors[] = {
    {"_ALL_BROKERS_DOWN", kKafkaUnreachable},
    {"_TRANSPORT", kKafkaUnreachable},
    {"_RESOLVE", kKafkaUnreachable},
    {"_TIMED_OUT", kKafkaUnreachable},
    {"_TIMED_OUT_QUEUE", kKafkaUnreachable},
    {"_MSG_TIMED_OUT", kKafkaUnreachable},
    {"REQUEST_TIMED_OUT", kKafkaUnreachable},
    {"NETWORK_EXCEPTION", kKafkaUnreachable},
    {"LEADER_NOT_AVAILABLE", kKafkaNoLeader},
    {"BROKER_NOT_AVAILABLE", kKafkaUnreachable},
    {"NOT_ENOUGH_REPLICAS", kKafkaUnreachable},
    {"NOT_ENOUGH_REPLICAS_AFTER_APPEND", kKafkaUnreachable},
    {"_AUTHENTICATION", kKafkaAuthentication},
    {"_SSL", kKafkaCertificate},
    {"SASL_AUTHENTICATION_FAILED", kKafkaAuthentication},
    {"UNSUPPORTED_SASL_MECHANISM", kKafkaAuthentication},
    {"ILLEGAL_SASL_STATE", kKafkaAuthentication},
    {"TOPIC_AUTHORIZATION_FAILED", kKafkaTopicAuthorization},
    {"CLUSTER_AUTHORIZATION_FAILED", kKafkaClusterAuthorization},
    {"GROUP_AUTHORIZATION_FAILED", kKafkaClusterAuthorization},
    {"TRANSACTIONAL_ID_AUTHORIZATION_FAILED", kKafkaClusterAuthorization},
    {"UNKNOWN_TOPIC_OR_PART", kKafkaTopicMissing},
    {"_UNKNOWN_TOPIC", kKafkaTopicMissing},
    {"_UNKNOWN_PARTITION", kKafkaTopicMissing},
    {"MSG_SIZE_TOO_LARGE", kKafkaRecordTooLarge},
    {"RECORD_LIST_TOO_LARGE", kKafkaRecordTooLarge},
    {"INVALID_RECORD", kKafkaRecordRefused},
    {"INVALID_MSG", kKafkaRecordRefused},
    {"INVALID_MSG_SIZE", kKafkaRecordRefused},
    {"INVALID_TIMESTAMP", kKafkaRecordRefused},
    {"UNSUPPORTED_FOR_MESSAGE_FORMAT", kKafkaRecordRefused},
    {"UNSUPPORTED_COMPRESSION_TYPE", kKafkaSettings},
    {"_INVALID_ARG", kKafkaSettings},
    {"INVALID_CONFIG", kKafkaTopicSettings},
    {"INVALID_PARTITIONS", kKafkaTopicSettings},
    {"INVALID_REPLICATION_FACTOR", kKafkaTopicSettings},
    {"POLICY_VIOLATION", kKafkaTopicSettings},
    {"TOPIC_EXCEPTION", kKafkaTopicSettings},
};

}  // namespace

std::span<const ProblemInfo> problem_table() {
  return kTable;
}

const ProblemInfo& info(Code code) {
  const size_t row = static_cast<size_t>(code);
  CHECK(row < kTable.size());
  return kTable[row];
}

std::string_view name(ProblemClass klass) {
  switch (klass) {
    case kWait:
      return "wait";
    case kStop:
      return "stop";
    case kExit:
      return "exit";
    case kWarn:
      return "warn";
  }
  return "?";
}

bool is_kafka(Code code) {
  return info(code).name.starts_with("PENSTOCK-KAFKA-");
}

Code code_of_sqlstate(std::string_view sqlstate, std::string_view message) {
  if (sqlstate.starts_with(wire::kProblemState)) return own_code(sqlstate.substr(wire::kProblemState.size()));
  if (sqlstate.empty()) return kPgStream;
  if (sqlstate == "42501") {
    return contains(message, "output plugin") ? kPgPluginNotAllowed : kPgRights;
  }
  if (sqlstate == "55000") return prerequisite(message);
  if (sqlstate == "42710") return contains(message, "replication slot") ? kPgSlotBusy : kPgRefused;
  if (sqlstate == "42704") return contains(message, "replication slot") ? kPgSlotMissing : kPgRefused;
  if (sqlstate == "58P01") return missing_file(message);
  if (sqlstate == "25006") return contains(message, "recovery") ? kPgRecovery : kPgReadOnly;
  if (sqlstate == "54000" && contains(message, "record for topic")) return kKafkaRecordTooLarge;  // said by the plugin
  for (const SqlstateMeaning& meaning : kSqlstates) {
    if (sqlstate.starts_with(meaning.sqlstate)) return meaning.code;
  }
  return kPgRefused;
}

Code code_of_kafka_error(std::string_view name) {
  for (const KafkaMeaning& meaning : kKafkaErrors) {
    if (meaning.name == name) return meaning.code;
  }
  return kKafkaFatal;
}

std::string replaced(std::string text, Known known) {
  for (const auto& [placeholder, value] : known) {
    for (size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + value.size())) {
      text.replace(at, placeholder.size(), value);
    }
  }
  return text;
}

std::string to_string(const Problem& problem) {
  const ProblemInfo& row = info(problem.code);
  std::string text(row.name);
  text += ": ";
  text += printable(problem.what.empty() ? row.title : std::string_view(problem.what));
  text += "\nmend: ";
  text += printable(problem.mend.empty() ? row.mend : std::string_view(problem.mend));
  return text;
}

}  // namespace penstock
