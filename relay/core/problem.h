// A problem: a coded reason why the relay does not do what it was asked, with the exact mend. `run`, `doctor`, REST,
// metrics, alerts and docs/runbooks all take code, class and sentences from the one table in problem.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace penstock {

// What the supervisor does about a problem (DESIGN.md section 5).
enum class ProblemClass : uint8_t {
  kWait,  // somebody will mend it: retry for ever with back-off, loudly
  kStop,  // going on would be wrong: the session ends, the process stays up as FAILED and serves health, REST, metrics
  kExit,  // usage errors before anything ran
  kWarn,  // said, and gone on
};

// Number and area are the public code: PENSTOCK-PG-001. Never renumber.
enum class Code : uint16_t {
  // configuration, PENSTOCK-CONF-...
  kConfigFile,             // a file cannot be read or is not JSON or properties
  kConfigMissing,          // a required property is not set
  kConfigValue,            // a value is malformed or out of bounds
  kConfigRefused,          // a property or value whose silent loss would change records or guarantees
  kConfigUnknown,          // unknown property of a family that changes records
  kConfigUnknownHarmless,  // unknown property, nearest known name given
  kConfigProvider,         // ${file:...} and the like cannot be resolved
  kConfigRenamed,          // old name accepted
  kUsage,                  // command line
  // PostgreSQL, PENSTOCK-PG-...
  kPgUnreachable,       // no connection
  kPgAuthentication,    // 28xxx
  kPgRights,            // 42501 other than the plugin's
  kPgPluginNotAllowed,  // output_plugin_libraries
  kPgPluginMissing,     // library or extension not installed
  kPgPluginOptions,     // the plugin refused an option or pattern (22023)
  kPgWalLevel,          // wal_level is not logical
  kPgSlotsFull,         // no free slot or walsender
  kPgSlotBusy,          // 55006
  kPgSlotLost,          // invalidated: changes are missing
  kPgSlotMissing,       // position known, slot gone: changes are missing
  kPgSlotOtherPlugin,   // the slot belongs to another plugin
  kPgSlotOtherDatabase,
  kPgDatabaseMissing,    // 3D000
  kPgShutdown,           // 57P01, 57P03: stopping or starting
  kPgStream,             // the stream broke for another reason
  kPgProtocol,           // a frame or message that cannot be read
  kPgVersion,            // server not supported
  kPgMinor,              // a minor with a known data-loss bug
  kPgReplicaIdentity,    // a captured table without usable identity
  kPgDecodingError,      // the server raised an ERROR while decoding
  kPgSlotCreateWait,     // slot creation waits for old transactions: the blockers
  kPgNoTables,           // nothing is captured
  kPgRowSecurity,        // a snapshot would be partial
  kPgRecovery,           // a standby where a primary is needed
  kPgManyTables,         // guardrail.collections.max, action warn
  kPgTooManyTables,      // the same, action fail
  kPgHeartbeatQuery,     // heartbeat.action.query failed; heartbeats go on
  kPgHeartbeatTable,     // 42P01: it never will succeed
  kPgNotice,             // a WARNING or NOTICE of the server or the plugin
  kPgNoPublication,      // publication.name must be there and is not
  kPgPublicationGone,    // it was not there when a captured table was changed
  kPgNotPublished,       // captured tables, or rows, that are not streamed
  kPgKeyLeaves,          // a masked or excluded column is in a key, or the publication leaves one out of it
  kPgMessageLeftOut,     // a logical message that no record can hold
  kPgValueAsNull,        // a value that its column's schema cannot hold
  kPgTableRewritten,     // ALTER TABLE changed rows without a change of any
  kPgDocumentAsText,     // a JSON document is too large to be expanded (outbox)
  kPgInitialStatements,  // a statement of database.initial.statements fails
  kPgSlotIdleTimeout,    // the server will invalidate the slot if nobody reads it for some time
  kPgForeignSchema,      // schema penstock belongs to somebody else than the extension
  kPgTopicTaken,         // tables whose topic is another one's: they are left out
  kPgTopicTakenStops,    // the same, with penstock.bad.table=stop
  kPgTableReadAnew,      // a table was rewritten or dropped while a snapshot was read
  kPgTableBusy,          // a table of a snapshot is locked by others
  kPgGaveWay,            // the reading of a table was broken off for who waited for it
  kPgSlotChanged,        // the slot is another one than that of the start checks
  kPgReadOnly,           // 25006: the session may not write where something is to be made
  kPgResources,          // 53xxx other than connections: memory, disk
  kPgCanceled,           // a time limit, a lock or a person ended a statement
  kPgSnapshotQuery,      // a statement of snapshot.select.statement.overrides fails
  kPgPooler,             // a connection pooler answers, which cannot replicate
  kPgRefused,            // the server refuses a statement for another reason
  kPgDamaged,            // XX and 58: the server's own error, or damaged data
  // positions, PENSTOCK-POS-...
  kPosKafkaAhead,  // Kafka has more than the server: fail-over or restore
  kPosTimeline,
  kPosSlotAhead,      // somebody else moved the slot
  kPosAdopted,        // no position, slot of ours exists: adopted
  kPosUnreadable,     // the position record cannot be read
  kPosIntent,         // an unfinished first start was found and is begun anew
  kPosOtherCluster,   // the topic also holds positions of another cluster
  kPosShortened,      // records of the topic were deleted, and nothing is stored for a slot that exists
  kPosChanging,       // the topic is not what it was when it was looked at
  kPosFrozen,         // the process stood still: somebody else may have taken over
  kPosUpgraded,       // pg_upgrade has made the server of the one whose position is stored
  kPosPauseUnstored,  // a pause by REST, or its end, is not stored yet
  // Kafka, PENSTOCK-KAFKA-...
  kKafkaUnreachable,
  kKafkaAuthentication,
  kKafkaTopicAuthorization,
  kKafkaClusterAuthorization,
  kKafkaTopicMissing,
  kKafkaRecordTooLarge,
  kKafkaRecordRefused,
  kKafkaFatal,           // the producer instance is finished; the session starts anew
  kKafkaSettings,        // a producer property that librdkafka refuses
  kKafkaPartition,       // topic settings that break a promise
  kKafkaCertificate,     // the TLS handshake: authority, host name, dates, protocol
  kKafkaTopicSettings,   // a topic cannot be made as topic.creation.* says
  kKafkaTopicName,       // or because of its name: its records are left out
  kKafkaTopicNameStops,  // the same, with penstock.bad.table=stop
  kKafkaNoLeader,        // a topic exists and cannot be read or written now
  // the service, PENSTOCK-HTTP-...
  kHttpListen,
  kHttpHost,    // a request by a name that may be anybody's
  kHttpOrigin,  // a change that a web page sent
  kCount,
};

struct Problem {
  Code code = Code::kUsage;
  std::string what;  // the sentence: what was wrong, where; no secrets, no row data
  std::string mend;  // the exact command or edit that mends it; empty takes the table's
};

// A number for each code.
using ProblemCounts = std::array<uint64_t, static_cast<size_t>(Code::kCount)>;

struct ProblemInfo {
  Code code;
  std::string_view name;  // "PENSTOCK-PG-004"
  ProblemClass klass;
  std::string_view title;  // short sentence without particulars
  std::string_view mend;   // general mend, with <placeholders>
};

std::span<const ProblemInfo> problem_table();
const ProblemInfo& info(Code code);
std::string_view name(ProblemClass klass);
// Whether the problem lies with Kafka: the area of its code.
bool is_kafka(Code code);

// What an error or a warning of the server means. PS032 and its like are the plugin's own: PENSTOCK-PG-032. Some
// SQLSTATEs have several meanings and are told apart by the message, which the
// adapter should have asked for in English (lc_messages); what is not known is kPgStream.
// What an error of the server means. Some SQLSTATEs have several meanings and are told apart by the message, which the
// adapter should have asked for in English (lc_messages). kPgStream: what broke, and what mends itself.
Code code_of_sqlstate(std::string_view sqlstate, std::string_view message);

// What an error of librdkafka means, by the name that rd_kafka_err2name() gives ("_TRANSPORT",
// "TOPIC_AUTHORIZATION_FAILED"); what is not known is kKafkaFatal: the session starts anew.
Code code_of_kafka_error(std::string_view name);

// What is known in place of placeholders: {"<role>", "\"cdc\""}.
using Known = std::initializer_list<std::pair<std::string_view, std::string_view>>;
std::string replaced(std::string text, Known known);

// Two lines: the reason with its code, the mend.
std::string to_string(const Problem& problem);

}  // namespace penstock
