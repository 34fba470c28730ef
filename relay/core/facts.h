// Plain facts about both sides, as adapters gather them before every session. No judgement here: judge.h has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/lsn.h"
#include "relay/core/position.h"
#include "relay/core/problem.h"

namespace penstock {

// Who a position belongs to: the key of a position record, less its epoch.
struct StreamIdentity {
  std::string system_id;  // of IDENTIFY_SYSTEM
  uint32_t database_oid = 0;
  std::string slot;
};

// By what a server that pg_upgrade has made of another one can be told: it has a system identifier of its own, a newer
// major version, and the same table under the same OID.
struct ServerMark {
  int version_num = 0;     // 170011; 0: not known, as in records of before
  uint32_t table_oid = 0;  // of the captured table with the smallest OID; 0: none
  std::string table;       // its schema and name, public.orders

  bool operator==(const ServerMark&) const = default;
};

// What the newest position record for our identity says.
struct StoredPosition {
  uint64_t epoch = 0;   // of the session that wrote it; a new one takes a higher one (its wall clock, in general)
  bool intent = false;  // "we are about to create the slot", no position yet; the rest is unset
  uint32_t timeline = 0;
  Position position;
  Lsn sequence_lsn;
  ServerMark server;  // as it was when the session began
  // The position is that of a slot which was adopted, and its rows are still to be read.
  bool rows_pending = false;
};

// One entry of the position topic: the newest record of its highest epoch.
struct PositionEntry {
  StreamIdentity identity;
  StoredPosition stored;
};

// From TIMELINE_HISTORY: `timeline` ended at `end`.
struct TimelineSwitch {
  uint32_t timeline = 0;
  Lsn end;
};

struct SlotFacts {
  std::string plugin;
  std::string database;
  Lsn confirmed_flush;
  Lsn restart;
  bool active = false;
  int32_t active_pid = 0;
  std::string holder;               // of active_pid: application_name and where from
  bool held_by_relay = false;       // it calls itself as we do: a relay with our configuration
  std::string wal_status;           // reserved, extended, unreserved, lost; empty if unknown
  std::string invalidation_reason;  // 17 and later
};

struct TableFacts {
  uint32_t oid = 0;
  std::string kind;  // "table", "message", "transaction", "heartbeat": as penstock.tables() says
  std::string schema;
  std::string table;
  std::string topic;
  std::string replica_identity;  // default, full, index, nothing
  bool has_key = false;
  bool row_security = false;                   // row security applies to our role
  bool in_snapshot = true;                     // snapshot.include.collection.list lets it pass
  std::string heartbeat_key{};                 // of the heartbeat: its key,
  std::vector<std::string> heartbeat_value{};  // and its value in pieces, between which the milliseconds stand
  std::string topic_owner{};                   // the table that has its topic, if that is another: it has no records
  bool readable = true;                        // our role may SELECT from it: needed for a snapshot only
};

// A row of penstock.capture_findings().
struct CaptureFinding {
  std::string finding;
  std::string table;   // as SQL takes it
  std::string column;  // plain
  bool has_identity = true;
};

// The publication of publication.name, as it is now.
struct PublicationFacts {
  bool exists = false;
  std::vector<std::string> others;  // that exist
};

struct ServerFacts {
  int version_num = 0;  // 150020
  std::string system_id;
  uint32_t timeline = 0;
  std::vector<TimelineSwitch> history;  // of earlier timelines; needed when timeline is above 1
  Lsn flushed;                          // of IDENTIFY_SYSTEM
  bool in_recovery = false;
  std::string wal_level;
  uint32_t database_oid = 0;
  std::string database;
  std::string role;
  bool role_replication = false;     // or superuser
  bool plugin_gate = false;          // the server knows output_plugin_libraries
  bool plugin_allowed = true;        // and the role's setting names penstock
  std::string extension_version;     // empty: CREATE EXTENSION was not run
  bool extension_available = false;  // in pg_available_extensions
  bool schema_trusted = true;        // nobody but the extension's owner, a superuser or ourselves owns its schema
  std::string schema_owner;
  std::string schema_mend;  // the command that gives the schema to the extension's owner
  int slots_free = -1;      // -1: not known
  int walsenders_free = -1;
  int64_t wal_sender_timeout_ms = 0;
  int64_t idle_slot_timeout_s = 0;  // idle_replication_slot_timeout, 18 and later; 0: none
  bool read_only = false;           // transactions of our role are, unless they say otherwise
  std::string publication_command;  // what publication.autocreate.mode asks to be run and was not; empty: nothing
  bool publication_allowed = true;  // to our role
  std::optional<SlotFacts> slot;
  std::optional<PublicationFacts> publication;  // nullopt: none is named
  std::vector<CaptureFinding> findings;
  std::vector<TableFacts> tables;  // captured tables and service topics, in snapshot order
};

// A connector that the position topic holds as paused.
struct PausedConnector {
  std::string connector;
  int64_t unix_ms = 0;  // wall clock when it was asked for; 0: not known
};

struct KafkaFacts {
  std::string cluster_id;
  int brokers = 0;
  std::vector<std::string> topics;       // that exist and have leaders: all that we may see
  std::vector<PositionEntry> positions;  // every identity in the position topic (position_record.h folds them)
  std::vector<PausedConnector> paused;
  // Records were deleted at the beginning of the position topic: what is not in it may have been there.
  bool positions_shortened = false;
};

// A topic that cannot be made because of its name: Kafka does not take it, or holds it equal to another's.
struct RefusedTopic {
  std::string topic;
  std::string reason;  // Kafka's
};

// A side that could not be asked carries the problem instead of facts.
struct Facts {
  std::optional<ServerFacts> server;
  std::optional<KafkaFacts> kafka;
  std::vector<Problem> problems;  // why a side is missing, and whatever an adapter met on the way
};

}  // namespace penstock
