// THE table of properties: every name that a Debezium connector JSON or a worker's properties may hold, one row each.
// Names, defaults and values are Debezium's and Kafka Connect's (sections as in their documentation); a row that
// differs from them says so.
#pragma once

#include "wire/option.h"

namespace penstock::wire {

namespace row {

// Short forms of a row, so that the table reads as one.
constexpr Option text(std::string_view name, std::string_view initial, Destination to, std::string_view help) {
  return {name, OptionType::kString, initial, to, "", "", 0, 0, help};
}
constexpr Option secret(std::string_view name, Destination to, std::string_view help) {
  return {name, OptionType::kSecret, "", to, "", "", 0, 0, help};
}
constexpr Option flag(std::string_view name, std::string_view initial, Destination to, std::string_view help) {
  return {name, OptionType::kBoolean, initial, to, "", "", 0, 0, help};
}
constexpr Option number(std::string_view name, std::string_view initial, Destination to, int64_t min, int64_t max,
                        std::string_view help) {
  return {name, OptionType::kInteger, initial, to, "", "", min, max, help};
}
constexpr Option choice(std::string_view name, std::string_view initial, Destination to, std::string_view choices,
                        std::string_view later, std::string_view help) {
  return {name, OptionType::kChoice, initial, to, choices, later, 0, 0, help};
}
constexpr Option list(std::string_view name, std::string_view initial, Destination to, std::string_view help) {
  return {name, OptionType::kList, initial, to, "", "", 0, 0, help};
}
constexpr Option patterns(std::string_view name, Destination to, std::string_view help) {
  return {name, OptionType::kPatterns, "", to, "", "", 0, 0, help};
}
constexpr Option renamed(std::string_view old_name, std::string_view new_name) {
  return {old_name, OptionType::kString, "", Destination::kRenamed, new_name, "", 0, 0, "Old name."};
}

inline constexpr auto kPlugin = Destination::kPlugin;
inline constexpr auto kRelay = Destination::kRelay;
inline constexpr auto kBoth = Destination::kBoth;
inline constexpr auto kProducer = Destination::kProducer;
inline constexpr auto kHarmless = Destination::kHarmless;
inline constexpr auto kRefused = Destination::kRefused;
inline constexpr int64_t kInt = INT32_MAX;
inline constexpr int64_t kLong = INT64_MAX;

}  // namespace row

// clang-format off
inline constexpr Option kOptions[] = {
  // Identity and connection
  row::text("name", "", row::kRelay, "Name of the connector: in REST answers, logs and metrics; topic.prefix if it is not set."),
  row::choice("connector.class", "io.debezium.connector.postgresql.PostgresConnector", row::kRelay,
    "io.debezium.connector.postgresql.PostgresConnector|PostgresConnector=io.debezium.connector.postgresql.PostgresConnector|Postgres=io.debezium.connector.postgresql.PostgresConnector", "",
    "The Debezium connector whose place Penstock takes; only the one for PostgreSQL."),
  row::text("connector.plugin.version", "", row::kHarmless, "Version of the Java connector."),
  row::number("tasks.max", "1", row::kHarmless, 1, row::kInt, "The connector has one task, whatever this says."),
  row::flag("tasks.max.enforce", "true", row::kHarmless, "The connector has one task."),
  row::text("topic.prefix", "", row::kBoth, "Required. Logical name of the server: first part of every topic; letters, digits, '-', '.', '_'."),
  row::text("database.hostname", "", row::kRelay, "Required. Host of the PostgreSQL server, or a directory of Unix sockets; of several, with commas between, the primary is used."),
  row::text("database.port", "5432", row::kRelay, "Port of the PostgreSQL server; one for all hosts, or one for each."),
  row::text("database.user", "", row::kRelay, "Required. Role with LOGIN and REPLICATION, and SELECT on the tables that are snapshotted."),
  row::secret("database.password", row::kRelay, "Password of database.user."),
  row::text("database.dbname", "", row::kRelay, "Required. The database to capture from."),
  row::choice("database.sslmode", "prefer", row::kRelay, "disable|allow|prefer|require|verify-ca|verify-full", "", "As libpq's sslmode."),
  row::text("database.sslcert", "", row::kRelay, "File with the client's certificate (PEM)."),
  row::text("database.sslkey", "", row::kRelay, "File with the client's key (PEM, or DER as pgjdbc wants it)."),
  row::secret("database.sslpassword", row::kRelay, "Password of database.sslkey."),
  row::text("database.sslrootcert", "", row::kRelay, "File with the certificates of authorities that are trusted."),
  row::text("database.sslfactory", "", row::kRefused, "A Java class cannot be loaded here: set database.sslmode and database.sslrootcert instead."),
  row::text("database.sslcrl", "", row::kRelay, "File with revoked certificates."),
  row::text("database.sslNegotiation", "", row::kRelay, "As libpq's sslnegotiation."),
  row::text("database.channelBinding", "", row::kRelay, "As libpq's channel_binding."),
  row::text("database.requireAuth", "", row::kRelay, "As libpq's require_auth."),
  row::text("database.gssEncMode", "", row::kRelay, "As libpq's gssencmode."),
  row::text("database.kerberosServerName", "", row::kRelay, "As libpq's krbsrvname."),
  row::text("database.options", "", row::kRelay, "As libpq's options."),
  row::text("database.ApplicationName", "", row::kRelay, "As libpq's application_name; penstock <slot.name> if it is not set."),
  row::number("database.loginTimeout", "10", row::kRelay, 1, 3600, "Bound of making a connection, in seconds."),
  row::number("database.connectTimeout", "10", row::kRelay, 1, 3600, "Bound of making a connection, in seconds."),
  row::text("database.socketTimeout", "", row::kHarmless, "A dead peer is noticed by TCP's own means."),
  row::flag("database.tcpKeepAlive", "true", row::kRelay, "TCP keep-alive on connections to the server."),
  row::text("database.initial.statements", "", row::kRelay, "SQL for each new connection, ';' between statements, with the role's own search_path; not on the replication connection."),
  row::number("database.query.timeout.ms", "600000", row::kHarmless, 0, row::kInt, "Catalogue queries have bounds of their own, and a snapshot may take as long as it needs."),
  row::text("database.connection.factory.class", "", row::kRefused, "A Java class cannot be loaded here: remove the line; the connection is made by libpq."),
  row::number("connection.validation.timeout.ms", "60000", row::kHarmless, 0, row::kLong, "Start checks have bounds of their own."),
  row::flag("read.only", "false", row::kHarmless, "Penstock writes nothing to the database in any case."),
  row::renamed("database.server.name", "topic.prefix"),
  row::text("database.*", "", row::kRelay, "A property of the Java driver: used if libpq has the same, else without effect."),
  row::text("driver.*", "", row::kRelay, "A property of the Java driver: used if libpq has the same, else without effect."),

  // Replication
  row::text("plugin.name", "", row::kHarmless, "The output plugin is penstock, whatever this says."),
  row::text("slot.name", "debezium", row::kRelay, "Replication slot, made if it is not there; lower-case letters, digits, '_', up to 63."),
  row::flag("slot.drop.on.stop", "false", row::kRelay, "Drops the slot when the relay is stopped in order. What changes until the next start is lost, so every start after an orderly stop ends in PENSTOCK-PG-011 until somebody decides, as the connector's does, or with snapshot.mode=when_needed reads all tables anew."),
  row::renamed("slot.drop_on_stop", "slot.drop.on.stop"),
  row::flag("slot.failover", "false", row::kRelay, "Makes the slot a fail-over slot (PostgreSQL 17 and later)."),
  row::text("slot.stream.params", "", row::kRefused, "These are options of another output plugin: use Debezium's own properties, such as table.include.list."),
  row::number("slot.max.retries", "6", row::kHarmless, 0, row::kInt, "A busy slot is waited for without end, loudly."),
  row::number("slot.retry.delay.ms", "10000", row::kHarmless, 0, row::kLong, "Retries back off by themselves."),
  row::text("publication.name", "", row::kBoth, "Only what this publication publishes is streamed, with its row filters and column lists; snapshots are not bound to it, as with Debezium: lists of tables and columns count in both. Not set, unlike in Debezium, everything is, unless publication.autocreate.mode is set: then it is dbz_publication."),
  row::choice("publication.autocreate.mode", "disabled", row::kBoth, "all_tables|disabled|filtered|no_tables", "", "Which publication is made if it is missing. Unlike in Debezium none unless this is set. If it is set to disabled, the start waits for the publication; if it is not set, everything is published until there is one. penstock.publication.missing says the rest."),
  row::flag("publish.via.partition.root", "false", row::kBoth, "Changes of partitions have the name, key and topic of the topmost partitioned table, which is what include lists match. A publication that exists decides this itself."),
  row::text("replica.identity.autoset.values", "", row::kBoth, "Replica identities that captured tables are given once, when the process starts: <table pattern>:DEFAULT, FULL, NOTHING or INDEX <index>, with commas between. database.user must own the tables."),
  row::choice("offset.mismatch.strategy", "no_validation", row::kHarmless, "no_validation|trust_offset|trust_slot|trust_greater_lsn", "", "A slot and a position that contradict each other always stop the connector."),
  row::number("status.update.interval.ms", "10000", row::kRelay, 1, row::kInt, "How often the server hears from the relay, in ms, at least."),
  row::choice("lsn.flush.mode", "connector", row::kRelay, "connector|connector_and_driver|manual", "", "Positions are confirmed to the server once their records are in Kafka, and move on in an idle database; with manual never: somebody else moves the slot (not beyond what is in Kafka), else the server keeps its write-ahead log for ever."),
  row::flag("flush.lsn.source", "true", row::kRelay, "Old form of lsn.flush.mode: false is manual."),
  row::number("lsn.flush.timeout.ms", "30000", row::kHarmless, 0, row::kLong, "Confirmations do not block."),
  row::choice("lsn.flush.timeout.action", "fail", row::kHarmless, "fail|warn|ignore", "", "Confirmations do not block."),
  row::number("xmin.fetch.interval.ms", "0", row::kPlugin, 0, 315360000000, "How often source.xmin is read from the slot, in ms, between transactions; 0 for never: it is null."),

  // What is captured
  row::patterns("schema.include.list", row::kPlugin, "Schemas to capture; patterns match the whole name in any case."),
  row::patterns("schema.exclude.list", row::kPlugin, "Schemas not to capture; not together with schema.include.list."),
  row::patterns("table.include.list", row::kPlugin, "Tables to capture, as schema.table; patterns match the whole name in any case."),
  row::patterns("table.exclude.list", row::kPlugin, "Tables not to capture, as schema.table; not together with table.include.list."),
  row::patterns("column.include.list", row::kPlugin, "Columns in the value, as schema.table.column; key columns stay in the key."),
  row::patterns("column.exclude.list", row::kPlugin, "Columns left out of the value, as schema.table.column; not together with column.include.list."),
  row::renamed("schema.whitelist", "schema.include.list"),
  row::renamed("schema.blacklist", "schema.exclude.list"),
  row::renamed("table.whitelist", "table.include.list"),
  row::renamed("table.blacklist", "table.exclude.list"),
  row::renamed("column.whitelist", "column.include.list"),
  row::renamed("column.blacklist", "column.exclude.list"),
  row::flag("table.ignore.builtin", "true", row::kPlugin, "System schemas and spatial_ref_sys are not captured."),
  row::text("message.key.columns", "", row::kPlugin, "Key columns of tables: <table pattern>:<column>,<column>;<table pattern>:…"),
  row::list("skipped.operations", "t", row::kPlugin, "Operations without records: c, u, d, t; or none."),
  row::flag("skip.messages.without.change", "false", row::kPlugin, "Updates that change nothing in the value's columns have no record. Needs REPLICA IDENTITY FULL: without it nothing is skipped. Unlike in Debezium a changed key is always told."),
  row::patterns("message.prefix.include.list", row::kPlugin, "Logical messages to capture, by prefix."),
  row::patterns("message.prefix.exclude.list", row::kPlugin, "Logical messages not to capture, by prefix; not together with message.prefix.include.list."),
  row::flag("tombstones.on.delete", "true", row::kPlugin, "A record with null value after each delete, for compaction."),
  row::flag("include.schema.changes", "true", row::kHarmless, "Without effect for PostgreSQL, as in Debezium."),
  row::flag("include.schema.comments", "false", row::kHarmless, "Without effect on records, as in Debezium."),

  // Record content
  row::choice("decimal.handling.mode", "precise", row::kPlugin, "precise|string|double", "", "numeric: precise is base64 of the unscaled number, string its text, double a number that may be rounded."),
  row::choice("time.precision.mode", "adaptive", row::kPlugin, "adaptive|adaptive_time_microseconds|connect|isostring|microseconds|nanoseconds", "structured", "How date, time and timestamp are written."),
  row::choice("binary.handling.mode", "bytes", row::kPlugin, "bytes|base64|base64-url-safe|hex", "", "How bytea is written; bytes is base64 too."),
  row::choice("hstore.handling.mode", "json", row::kPlugin, "json|map", "", "How hstore is written: JSON in a string, or an object."),
  row::choice("interval.handling.mode", "numeric", row::kPlugin, "numeric|string", "", "How interval is written: microseconds, or ISO 8601 text."),
  row::number("money.fraction.digits", "2", row::kPlugin, 0, 38, "Digits after the point that money has in records, unless decimal.handling.mode is string."),
  row::flag("include.unknown.datatypes", "false", row::kPlugin, "Types without a form of their own are written as their text, in the form of binary.handling.mode; else they are left out."),
  row::text("unavailable.value.placeholder", "__debezium_unavailable_value", row::kPlugin, "Stands for a TOASTed value that did not change and is not in the log."),
  row::renamed("toasted.value.placeholder", "unavailable.value.placeholder"),
  row::choice("schema.refresh.mode", "columns_diff", row::kHarmless, "columns_diff|columns_diff_exclude_unchanged_toast", "", "The catalogs as of each change are always right here."),
  row::patterns("column.truncate.to.*.chars", row::kPlugin, "Columns whose text, or bytes, are cut to so many characters (UTF-16 units), as schema.table.column."),
  row::patterns("column.mask.with.*.chars", row::kPlugin, "Character columns that show so many stars in place of any value, NULL included, as schema.table.column."),
  row::patterns("column.mask.hash.*", row::kPlugin, "<algorithm>.with.salt.<salt>, or v2.<algorithm>.with.salt.<salt>: character columns that show a hash of salt and value, as schema.table.column. Without v2 the value is hashed as Java serialises it. Algorithms: MD5, SHA-1, SHA-2, SHA3."),
  row::patterns("column.propagate.source.type", row::kPlugin, "Columns, as schema.table.column, whose schemas show type, length, scale and name in the database. Such columns are not hashed, as in Debezium."),
  row::patterns("datatype.propagate.source.type", row::kPlugin, "The same by type, as schema.table.type."),
  row::list("converters", "", row::kRefused, "A Java class cannot be loaded here: remove converters and the properties of its names."),
  row::list("post.processors", "", row::kRefused, "A Java class cannot be loaded here: remove post.processors and the properties of its names."),
  row::choice("schema.name.adjustment.mode", "none", row::kPlugin, "none|avro|avro_unicode", "", "Names of schemas as Avro allows them: other characters become _, or _u and their code."),
  row::choice("field.name.adjustment.mode", "none", row::kPlugin, "none|avro|avro_unicode", "", "Names of columns in records, as they are or as Avro allows them."),
  row::flag("sanitize.field.names", "false", row::kPlugin, "Old way of field.name.adjustment.mode=avro."),
  row::text("sourceinfo.struct.maker", "io.debezium.connector.postgresql.PostgresSourceInfoStructMaker", row::kRefused, "A Java class cannot be loaded here: remove the line."),
  row::text("source.struct.version", "v2", row::kRefused, "Only v2 of the source block exists: remove the line."),
  row::flag("provide.transaction.metadata", "false", row::kPlugin, "A transaction block in each record, and BEGIN and END records on a topic of their own."),
  row::text("transaction.metadata.factory", "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory", row::kRefused, "A Java class cannot be loaded here: remove the line."),
  row::flag("extended.headers.enabled", "true", row::kPlugin, "Headers __debezium.context.* on records of tables."),
  row::choice("event.processing.failure.handling.mode", "fail", row::kHarmless, "fail|warn|skip|ignore=skip", "", "A change is never skipped: what cannot be decoded stops the connector."),
  row::renamed("event.deserialization.failure.handling.mode", "event.processing.failure.handling.mode"),
  row::choice("event.converting.failure.handling.mode", "warn", row::kPlugin, "fail|warn|skip", "", "A value that cannot be converted: fail, or null with or without a warning."),

  // Snapshots and signals
  row::choice("snapshot.mode", "initial", row::kRelay, "initial|initial_only|no_data|always|when_needed|configuration_based|never=no_data|exported=initial", "custom", "When the tables are read: at the first start, that and no stream, never, at each start (the stream then goes on where they were read, so deletes in between have no record), at the first and whenever changes are missing, or as the five properties of configuration_based say."),
  row::text("snapshot.mode.custom.name", "", row::kRefused, "A Java class cannot be loaded here: use snapshot.mode initial, initial_only or no_data."),
  row::renamed("snapshot.custom.class", "snapshot.mode.custom.name"),
  row::flag("snapshot.mode.configuration.based.snapshot.data", "false", row::kRelay, "configuration_based: the tables are read at each start, as with always."),
  row::flag("snapshot.mode.configuration.based.snapshot.schema", "false", row::kHarmless, "Definitions of tables are always read, from the catalogs as of each change."),
  row::flag("snapshot.mode.configuration.based.start.stream", "false", row::kRelay, "configuration_based: changes are streamed."),
  row::flag("snapshot.mode.configuration.based.snapshot.on.schema.error", "false", row::kHarmless, "Definitions of tables are always read, from the catalogs as of each change."),
  row::flag("snapshot.mode.configuration.based.snapshot.on.data.error", "false", row::kRelay, "configuration_based: the tables are read anew when the slot can no longer give what follows the stored position."),
  row::choice("snapshot.isolation.mode", "serializable", row::kHarmless, "serializable|repeatable_read|read_committed|read_uncommitted", "", "The snapshot is always the one that the slot exported: consistent, and exact at the hand-over."),
  row::choice("snapshot.locking.mode", "none", row::kHarmless, "none|shared", "custom", "A table is locked in ACCESS SHARE while it is read; who waits for it goes first."),
  row::text("snapshot.locking.mode.custom.name", "", row::kRefused, "A Java class cannot be loaded here: remove the line."),
  row::number("snapshot.lock.timeout.ms", "10000", row::kRelay, 0, row::kLong, "How long the snapshot waits for a table's lock, in ms, before it reads others first; 0 for ever."),
  row::choice("snapshot.query.mode", "select_all", row::kRelay, "select_all", "custom", "Which rows the snapshot reads."),
  row::text("snapshot.query.mode.custom.name", "", row::kRefused, "A Java class cannot be loaded here: remove the line."),
  row::patterns("snapshot.include.collection.list", row::kPlugin, "Captured tables that the snapshot reads, as schema.table; all if it is not set."),
  row::list("snapshot.select.statement.overrides", "", row::kRelay, "Tables whose snapshot has a query of its own, as schema.table."),
  row::text("snapshot.select.statement.overrides.*", "", row::kRelay, "The query of that table."),
  row::choice("snapshot.tables.order.by.row.count", "disabled", row::kHarmless, "ascending|descending|disabled", "", "Without effect for PostgreSQL, as in Debezium, which is told no numbers of rows: tables are read in the order of table.include.list, then of their names."),
  row::number("snapshot.delay.ms", "0", row::kRelay, 0, row::kInt, "How long the snapshot waits before it begins, in ms; what changes meanwhile is part of it."),
  row::number("streaming.delay.ms", "0", row::kRelay, 0, row::kInt, "How long the stream waits after the last row of a snapshot, in ms."),
  row::number("snapshot.fetch.size", "10240", row::kHarmless, 0, row::kInt, "Rows come in frames of 64 KiB, whatever this says."),
  row::number("snapshot.max.threads", "1", row::kHarmless, 1, row::kInt, "One reader for now."),
  row::number("snapshot.max.threads.multiplier", "1", row::kHarmless, 1, row::kInt, "One reader for now."),
  row::text("snapshot.max.threads.multiplier.*", "", row::kHarmless, "One reader for now."),
  row::flag("legacy.snapshot.max.threads", "false", row::kHarmless, "One reader for now."),
  row::number("incremental.snapshot.chunk.size", "1024", row::kHarmless, 1, row::kInt, "Incremental snapshots come with a later version."),
  row::choice("incremental.snapshot.watermarking.strategy", "insert_insert", row::kHarmless, "insert_insert|insert_delete", "", "Incremental snapshots come with a later version."),
  row::flag("incremental.snapshot.allow.schema.changes", "false", row::kHarmless, "Without effect for PostgreSQL, as in Debezium."),
  row::text("signal.data.collection", "", row::kRefused, "Signals come with a later version: remove the line; rows of the signal table would be ignored."),
  row::list("signal.enabled.channels", "source", row::kRefused, "Signals come with a later version: remove the line."),
  row::number("signal.poll.interval.ms", "5000", row::kHarmless, 0, row::kLong, "Read only with a signal channel."),
  row::text("signal.kafka.*", "", row::kHarmless, "Read only with a signal channel."),
  row::text("signal.consumer.*", "", row::kHarmless, "Read only with a signal channel."),
  row::text("signal.file", "", row::kHarmless, "Read only with a signal channel."),
  row::number("signal.emit.failure.max.retries", "0", row::kHarmless, 0, row::kInt, "Read only with a signal channel."),
  row::number("signal.emit.failure.backoff.ms", "10000", row::kHarmless, 0, row::kLong, "Read only with a signal channel."),
  row::list("notification.enabled.channels", "", row::kRefused, "Notifications come with a later version: remove the line."),
  row::text("notification.sink.topic.name", "", row::kHarmless, "Read only with a notification channel."),

  // Topics and heartbeat
  row::choice("topic.naming.strategy", "io.debezium.schema.SchemaTopicNamingStrategy", row::kPlugin,
    "io.debezium.schema.SchemaTopicNamingStrategy|io.debezium.schema.SchemaUnicodeTopicNamingStrategy|io.debezium.schema.SchemaRegexTopicNamingStrategy|io.debezium.schema.DefaultTopicNamingStrategy|io.debezium.schema.DefaultUnicodeTopicNamingStrategy|io.debezium.schema.DefaultRegexTopicNamingStrategy", "",
    "Topics are <topic.prefix>.<schema>.<table>, with Default… <topic.prefix>.<table>; characters that a topic cannot have become _, with …Unicode… _uXXXX; …Regex… then applies topic.regex."),
  row::text("topic.delimiter", ".", row::kPlugin, "Stands between the parts of a topic's name."),
  row::number("topic.cache.size", "10000", row::kHarmless, 0, row::kInt, "Names are part of the plan of a table."),
  row::text("topic.heartbeat.prefix", "__debezium-heartbeat", row::kPlugin, "The heartbeat topic is <topic.heartbeat.prefix>.<topic.prefix>."),
  row::text("topic.heartbeat.name", "", row::kPlugin, "Whole name of the heartbeat topic."),
  row::renamed("heartbeat.topics.prefix", "topic.heartbeat.prefix"),
  row::text("topic.transaction", "transaction", row::kPlugin, "The transaction topic is <topic.prefix>.<topic.transaction>."),
  row::text("topic.regex", "", row::kPlugin, "Regex naming strategies: pattern that the whole name of a table's topic must match."),
  row::text("topic.replacement", "", row::kPlugin, "Regex naming strategies: the name instead; $1, ${name} stand for groups."),
  row::flag("topic.key.enforce.uniqueness", "true", row::kPlugin, "Regex naming strategies: a field at the end of each key that names the table, so that keys of several tables in one topic differ."),
  row::text("topic.key.field.name", "__dbz__physicalTableIdentifier", row::kPlugin, "Name of that field."),
  row::text("topic.key.field.regex", "", row::kPlugin, "Pattern for the field's value, which is the name of the table's topic before sanitising; where it matches the whole of it, topic.key.field.replacement counts."),
  row::text("topic.key.field.replacement", "", row::kPlugin, "The field's value instead; $1, ${name} stand for groups."),
  row::number("heartbeat.interval.ms", "0", row::kBoth, 0, row::kInt, "How often a heartbeat record is written, in ms; 0 for never."),
  row::text("heartbeat.action.query", "", row::kRelay, "SQL that is run before each heartbeat. Not needed: an idle database's position moves on without writes to it."),
  row::flag("topic.creation.enable", "true", row::kRelay, "Topics that are missing are made when their first record comes; those of tables without one are not."),
  row::number("topic.creation.default.replication.factor", "-1", row::kRelay, -1, 32767, "Replication factor of topics that are made; -1 for the broker's default."),
  row::number("topic.creation.default.partitions", "-1", row::kRelay, -1, row::kInt, "Partitions of topics that are made; -1 for the broker's default."),
  row::text("topic.creation.default.*", "", row::kRelay, "Settings of topics that are made: cleanup.policy, compression.type …"),
  row::list("topic.creation.groups", "", row::kBoth, "Groups of topics that are made with settings of their own; the first that matches counts, then the default."),
  row::patterns("topic.creation.*.include", row::kBoth, "Topics of that group: patterns match the whole name, in its case."),
  row::patterns("topic.creation.*.exclude", row::kBoth, "Topics that are not of that group, whatever its include says."),
  row::number("topic.creation.*.replication.factor", "", row::kRelay, -1, 32767, "As of the default group, whose value counts if it is not set."),
  row::number("topic.creation.*.partitions", "", row::kRelay, -1, row::kInt, "As of the default group, whose value counts if it is not set."),
  row::text("topic.creation.*", "", row::kRelay, "Settings of topics of that group; those of the default group do not add to them."),

  // Engine, errors, limits
  row::number("max.batch.size", "2048", row::kHarmless, 0, row::kInt, "Memory is bounded by max.queue.size.in.bytes."),
  row::number("max.queue.size", "8192", row::kHarmless, 0, row::kInt, "Memory is bounded by max.queue.size.in.bytes."),
  row::number("max.queue.size.in.bytes", "0", row::kRelay, 0, row::kLong, "Bytes that may be on their way to Kafka before reading stops; 0 for 32 MiB."),
  row::number("poll.interval.ms", "500", row::kHarmless, 0, row::kLong, "Records are passed on as they come."),
  row::number("poll.dispatch.interval.ms", "0", row::kHarmless, 0, row::kLong, "Records are passed on as they come."),
  row::text("queue.provider.*", "", row::kHarmless, "There is no queue between reading and producing."),
  row::number("query.fetch.size", "0", row::kHarmless, 0, row::kInt, "Rows come in frames of 64 KiB, whatever this says."),
  row::number("errors.max.retries", "-1", row::kHarmless, -1, row::kInt, "What somebody can mend is waited for without end, loudly; what cannot be mended stops the connector."),
  row::number("retriable.restart.connector.wait.ms", "10000", row::kHarmless, 0, row::kLong, "Retries back off by themselves."),
  row::number("executor.shutdown.timeout.ms", "4000", row::kHarmless, 0, row::kLong, "Stopping has a bound of its own."),
  row::number("guardrail.collections.max", "0", row::kRelay, 0, row::kInt, "More captured tables than this are warned of, or refused; 0 for any number."),
  row::choice("guardrail.collections.limit.action", "warn", row::kRelay, "warn|fail", "", "What happens beyond guardrail.collections.max: a warning, or the connector stops."),
  row::flag("statistics.metrics.enabled", "true", row::kHarmless, "Metrics are at /metrics."),
  row::text("custom.metric.tags", "", row::kHarmless, "Metrics are at /metrics; add labels where they are scraped."),
  row::text("custom.sanitize.pattern", "", row::kHarmless, "Properties of secrets are hidden by their names."),
  row::flag("openlineage.integration.enabled", "false", row::kRefused, "OpenLineage events are not sent: set it to false."),
  row::text("openlineage.*", "", row::kHarmless, "OpenLineage events are not sent."),
  row::text("memory.management.*", "", row::kHarmless, "Internal of the Java connector."),
  row::text("schemas.class", "", row::kHarmless, "Internal of the Java connector."),
  row::text("tables.class", "", row::kHarmless, "Internal of the Java connector."),
  row::text("internal.*", "", row::kHarmless, "Internal of the Java connector."),

  // Kafka Connect
  row::choice("key.converter", "org.apache.kafka.connect.json.JsonConverter", row::kRelay, "org.apache.kafka.connect.json.JsonConverter|JsonConverter=org.apache.kafka.connect.json.JsonConverter",
    "io.confluent.connect.avro.AvroConverter|io.confluent.connect.json.JsonSchemaConverter|io.confluent.connect.protobuf.ProtobufConverter|io.apicurio.registry.utils.converter.AvroConverter|org.apache.kafka.connect.storage.StringConverter|org.apache.kafka.connect.converters.ByteArrayConverter|io.debezium.converters.CloudEventsConverter|io.debezium.converters.BinaryDataConverter|io.debezium.converters.ByteArrayConverter",
    "How keys are written; JSON for now."),
  row::choice("value.converter", "org.apache.kafka.connect.json.JsonConverter", row::kRelay, "org.apache.kafka.connect.json.JsonConverter|JsonConverter=org.apache.kafka.connect.json.JsonConverter",
    "io.confluent.connect.avro.AvroConverter|io.confluent.connect.json.JsonSchemaConverter|io.confluent.connect.protobuf.ProtobufConverter|io.apicurio.registry.utils.converter.AvroConverter|org.apache.kafka.connect.storage.StringConverter|org.apache.kafka.connect.converters.ByteArrayConverter|io.debezium.converters.CloudEventsConverter|io.debezium.converters.BinaryDataConverter|io.debezium.converters.ByteArrayConverter",
    "How values are written; JSON for now."),
  row::flag("key.converter.schemas.enable", "true", row::kBoth, "Schema and payload in each key. True if key.converter is set and this is not; without any converter named, false."),
  row::flag("value.converter.schemas.enable", "true", row::kBoth, "Schema and payload in each value. True if value.converter is set and this is not; without any converter named, false."),
  row::choice("key.converter.decimal.format", "BASE64", row::kPlugin, "BASE64|NUMERIC", "", "How a Decimal is written in keys: base64 of the unscaled number, or a number."),
  row::choice("value.converter.decimal.format", "BASE64", row::kPlugin, "BASE64|NUMERIC", "", "How a Decimal is written in values: base64 of the unscaled number, or a number."),
  row::flag("key.converter.replace.null.with.default", "true", row::kPlugin, "NULL in a column with a default prints as the default in keys."),
  row::flag("value.converter.replace.null.with.default", "true", row::kPlugin, "NULL in a column with a default prints as the default in values."),
  row::number("key.converter.schemas.cache.size", "1000", row::kHarmless, 0, row::kInt, "There is no such cache."),
  row::number("value.converter.schemas.cache.size", "1000", row::kHarmless, 0, row::kInt, "There is no such cache."),
  row::text("key.converter.plugin.version", "", row::kHarmless, "Version of a Java class."),
  row::text("value.converter.plugin.version", "", row::kHarmless, "Version of a Java class."),
  row::text("key.converter.*", "", row::kRefused, "A setting of a converter that Penstock does not have: remove the line."),
  row::text("value.converter.*", "", row::kRefused, "A setting of a converter that Penstock does not have: remove the line."),
  row::choice("header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter", row::kRelay, "org.apache.kafka.connect.storage.SimpleHeaderConverter",
    "org.apache.kafka.connect.json.JsonConverter|org.apache.kafka.connect.storage.StringConverter|org.apache.kafka.connect.converters.ByteArrayConverter", "How headers are written."),
  row::text("header.converter.plugin.version", "", row::kHarmless, "Version of a Java class."),
  row::text("header.converter.*", "", row::kHarmless, "The default header converter has no settings."),
  row::list("transforms", "", row::kPlugin, "Transforms of records, applied in this order. They are compiled when a table is met first."),
  row::text("transforms.*.table.field.event.type", "type", row::kPlugin, "EventRouter: a column that nothing reads, in the connector too."),
  row::choice("transforms.*.type", "", row::kPlugin,
    "org.apache.kafka.connect.transforms.RegexRouter|org.apache.kafka.connect.transforms.TimestampRouter|org.apache.kafka.connect.transforms.ValueToKey|org.apache.kafka.connect.transforms.Filter|org.apache.kafka.connect.transforms.InsertHeader|org.apache.kafka.connect.transforms.DropHeaders|org.apache.kafka.connect.transforms.InsertField$Value|org.apache.kafka.connect.transforms.InsertField$Key|org.apache.kafka.connect.transforms.ReplaceField$Value|org.apache.kafka.connect.transforms.ReplaceField$Key|org.apache.kafka.connect.transforms.ExtractField$Value|org.apache.kafka.connect.transforms.ExtractField$Key|org.apache.kafka.connect.transforms.HoistField$Value|org.apache.kafka.connect.transforms.HoistField$Key|org.apache.kafka.connect.transforms.HeaderFrom$Value|org.apache.kafka.connect.transforms.HeaderFrom$Key|org.apache.kafka.connect.transforms.SetSchemaMetadata$Value|org.apache.kafka.connect.transforms.SetSchemaMetadata$Key|io.debezium.transforms.ExtractNewRecordState|io.debezium.transforms.ByLogicalTableRouter|io.debezium.transforms.outbox.EventRouter|RegexRouter=org.apache.kafka.connect.transforms.RegexRouter|TimestampRouter=org.apache.kafka.connect.transforms.TimestampRouter|ValueToKey=org.apache.kafka.connect.transforms.ValueToKey|InsertHeader=org.apache.kafka.connect.transforms.InsertHeader|DropHeaders=org.apache.kafka.connect.transforms.DropHeaders|ExtractNewRecordState=io.debezium.transforms.ExtractNewRecordState|ByLogicalTableRouter=io.debezium.transforms.ByLogicalTableRouter|EventRouter=io.debezium.transforms.outbox.EventRouter",
    "org.apache.kafka.connect.transforms.MaskField$Value|org.apache.kafka.connect.transforms.MaskField$Key|org.apache.kafka.connect.transforms.Cast$Value|org.apache.kafka.connect.transforms.Cast$Key|org.apache.kafka.connect.transforms.TimestampConverter$Value|org.apache.kafka.connect.transforms.TimestampConverter$Key|org.apache.kafka.connect.transforms.Flatten$Value|org.apache.kafka.connect.transforms.Flatten$Key|io.debezium.transforms.Filter|io.debezium.transforms.ContentBasedRouter|io.debezium.transforms.partitions.PartitionRouting|io.debezium.transforms.HeaderToValue|io.debezium.transforms.ExtractChangedRecordState|io.debezium.transforms.ExtractSchemaToNewRecord|io.debezium.transforms.TimezoneConverter|io.debezium.transforms.tracing.ActivateTracingSpan|io.debezium.transforms.VectorToJsonConverter|io.debezium.transforms.GeometryFormatTransformer|io.debezium.transforms.SwapGeometryCoordinates|io.debezium.transforms.EnforceRecordSize|io.debezium.transforms.SchemaChangeEventFilter|io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent|io.debezium.connector.postgresql.transforms.timescaledb.TimescaleDb",
    "Class of a transform. Others cannot be done here: do their work in the consumer."),
  row::text("transforms.*", "", row::kPlugin, "Options of a transform, by the names that its class has; predicate and negate. One that the class does not know has no effect; a slip in a name is refused."),
  row::list("predicates", "", row::kPlugin, "Predicates that transforms.<name>.predicate can name."),
  row::choice("predicates.*.type", "", row::kPlugin, "org.apache.kafka.connect.transforms.predicates.TopicNameMatches|org.apache.kafka.connect.transforms.predicates.HasHeaderKey|org.apache.kafka.connect.transforms.predicates.RecordIsTombstone|TopicNameMatches=org.apache.kafka.connect.transforms.predicates.TopicNameMatches|HasHeaderKey=org.apache.kafka.connect.transforms.predicates.HasHeaderKey|RecordIsTombstone=org.apache.kafka.connect.transforms.predicates.RecordIsTombstone", "", "Class of a predicate."),
  row::text("predicates.*", "", row::kPlugin, "Type (TopicNameMatches, HasHeaderKey, RecordIsTombstone) and options of a predicate."),
  row::choice("errors.tolerance", "none", row::kHarmless, "none|all", "", "Records are never skipped."),
  row::flag("errors.log.enable", "false", row::kHarmless, "Problems are always logged."),
  row::flag("errors.log.include.messages", "false", row::kHarmless, "Rows are never logged."),
  row::number("errors.retry.timeout", "0", row::kHarmless, -1, row::kLong, "What somebody can mend is waited for without end."),
  row::number("errors.retry.delay.max.ms", "60000", row::kHarmless, 0, row::kLong, "Retries back off by themselves."),
  row::text("errors.deadletterqueue.*", "", row::kHarmless, "A setting of sink connectors."),
  row::choice("exactly.once.support", "requested", row::kRelay, "requested", "required", "Records are delivered at least once, in order, without repetition inside one run."),
  row::choice("transaction.boundary", "poll", row::kHarmless, "poll|connector|interval", "", "Read only with exactly.once.support=required."),
  row::number("transaction.boundary.interval.ms", "", row::kHarmless, 1, row::kLong, "Read only with exactly.once.support=required."),
  row::text("offsets.storage.topic", "", row::kHarmless, "Positions are kept in penstock.position.topic."),
  row::text("config.action.reload", "restart", row::kHarmless, "SIGHUP reloads."),
  row::number("producer.override.max.request.size", "1048576", row::kBoth, 1, row::kInt, "Largest record in bytes."),
  row::secret("producer.override.sasl.jaas.config", row::kProducer, "User and password of PLAIN or SCRAM, as Java's clients have them."),
  row::text("producer.override.*", "", row::kProducer, "Settings of the Kafka producer by their Java names. A linger.ms holds; without one records gather, for 5 ms, only while there is a backlog."),
  row::text("admin.override.*", "", row::kHarmless, "One set of client settings is used: producer.override.*."),
  row::text("consumer.override.*", "", row::kHarmless, "One set of client settings is used: producer.override.*."),

  // Worker (worker.properties, or the same names in the connector's file)
  row::list("bootstrap.servers", "", row::kProducer, "Required. Brokers to begin with, as host:port,host:port."),
  row::choice("security.protocol", "PLAINTEXT", row::kProducer, "PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL", "", "How brokers are talked to."),
  row::secret("sasl.jaas.config", row::kProducer, "User and password of PLAIN or SCRAM, as Java's clients have them."),
  row::text("sasl.*", "", row::kProducer, "SASL settings of the Kafka client by their Java names."),
  row::text("ssl.*", "", row::kProducer, "TLS settings of the Kafka client by their Java names."),
  row::text("client.id", "", row::kProducer, "Name of the client at the brokers."),
  row::number("producer.max.request.size", "1048576", row::kProducer, 1, row::kInt, "Largest record in bytes, unless producer.override.max.request.size is set."),
  row::text("producer.*", "", row::kProducer, "Settings of the Kafka producer by their Java names; producer.override.* goes before it."),
  row::text("admin.*", "", row::kHarmless, "One set of client settings is used: producer.*."),
  row::text("consumer.*", "", row::kHarmless, "One set of client settings is used: producer.*."),
  row::text("listeners", "http://127.0.0.1:8083", row::kRelay, "Where REST, health and metrics are served: http://host:port. Unlike in Connect only this machine can reach it unless it is set."),
  row::text("rest.advertised.*", "", row::kHarmless, "There is one worker."),
  row::text("rest.host.name", "", row::kHarmless, "Use listeners."),
  row::text("rest.port", "", row::kHarmless, "Use listeners."),
  row::text("rest.extension.classes", "", row::kRefused, "A Java class cannot be loaded here: protect listeners by binding them to 127.0.0.1, or by a proxy."),
  row::text("admin.listeners", "", row::kHarmless, "Use listeners."),
  row::text("access.control.allow.*", "", row::kHarmless, "No cross-origin headers are sent."),
  row::text("response.http.headers.config", "", row::kHarmless, "No extra headers are sent."),
  row::text("group.id", "", row::kHarmless, "There is one worker."),
  row::text("plugin.path", "", row::kHarmless, "No Java classes are loaded."),
  row::text("plugin.discovery", "", row::kHarmless, "No Java classes are loaded."),
  row::text("offset.storage.*", "", row::kHarmless, "Positions are kept in penstock.position.topic."),
  row::text("offset.flush.*", "", row::kHarmless, "Positions are kept in penstock.position.topic."),
  row::text("config.storage.*", "", row::kHarmless, "The file is the configuration."),
  row::text("config.providers", "", row::kHarmless, "${file:…}, ${env:…} and ${dir:…} are always there."),
  row::text("config.providers.*", "", row::kHarmless, "${file:…}, ${env:…} and ${dir:…} are always there."),
  row::text("status.storage.*", "", row::kHarmless, "Status is kept in memory."),
  row::text("connector.client.config.override.policy", "", row::kHarmless, "producer.override.* is always read."),
  row::text("exactly.once.source.support", "", row::kHarmless, "Set exactly.once.support on the connector."),
  row::text("topic.tracking.*", "", row::kHarmless, "GET /connectors/<name>/topics is always there."),
  row::text("scheduled.rebalance.max.delay.ms", "", row::kHarmless, "There is one worker."),
  row::text("task.shutdown.graceful.timeout.ms", "", row::kHarmless, "Stopping has a bound of its own."),
  row::text("metrics.context.*", "", row::kHarmless, "Metrics are at /metrics."),
  row::text("metric.reporters", "", row::kHarmless, "Metrics are at /metrics."),

  // Penstock's own
  row::list("penstock.http.allowed.hosts", "", row::kRelay, "Host names beside addresses, localhost and names without a dot by which REST may be asked, and whose web pages may send changes: connect.example.com,*.intra.example; * is every name, but no web page."),
  row::text("penstock.position.topic", "", row::kRelay, "Topic of one partition, compacted, that holds the position; __penstock.<slot.name> if it is not set."),
  row::choice("penstock.composite.handling.mode", "unknown", row::kPlugin, "unknown|struct", "", "How composite types are written: unknown as Debezium does it (left out, or text: include.unknown.datatypes), struct as an object of their attributes."),
  row::choice("penstock.publication.missing", "stop", row::kBoth, "stop|nothing|everything", "", "What becomes of changes that were committed while the publication did not exist: stop the connector, publish nothing of them, or everything, with all rows and columns. With stop everything is published only if publication.autocreate.mode is not set, all_tables or filtered, and the publication was not there before or published all tables."),
  row::flag("penstock.position.headers", "false", row::kPlugin, "Headers penstock.commit_lsn and penstock.ordinal on records of tables: with the topic and key they identify a change, so that repetitions can be told."),
  row::flag("penstock.unavailable.header", "false", row::kPlugin, "Header penstock.unavailable with the names of columns whose value is unavailable.value.placeholder, as a JSON array."),
  row::choice("penstock.truncate.partitions", "one", row::kRelay, "one|all", "", "Which partitions of its topic a truncate record reaches: one, as with Debezium, or all of them."),
  row::choice("penstock.bad.table", "skip", row::kRelay, "skip|stop", "", "What happens to a captured table that has no topic: its topic is that of a table that was created earlier (their names differ only in what a topic cannot show, or in a dot for an underscore, which Kafka holds equal), or Kafka refuses the topic's name. Tables that a transform or topic.regex brings together on purpose share a topic and are not meant. `skip`: its rows are not read by a snapshot and its changes have no record; that is told at the start, by doctor, in the log and for as long as it stands in /health (PENSTOCK-PG-039, PENSTOCK-KAFKA-013), and counted (penstock_notices_total, penstock_left_out_records_total); all other tables go on. `stop`: the connector does not start, or fails at the first such change of a table that came while it ran, and confirms nothing of it (PENSTOCK-PG-040, PENSTOCK-KAFKA-014). Whoever may create a table chooses its name, and with `stop` that stops everybody else's tables."),
  row::text("penstock.source.version", "3.6.3.Final", row::kPlugin, "source.version in records: the version of the contract that is met."),
};
// clang-format on

}  // namespace penstock::wire
