#include "relay/core/judge.h"

#include <algorithm>

#include "relay/core/judge_publication.h"
#include "relay/core/judge_topics.h"
#include "relay/core/lineage.h"
#include "relay/core/minor_versions.h"
#include "relay/core/sql_name.h"

namespace penstock {

namespace {

constexpr int kOldest = 13;
constexpr int kNewest = 18;
constexpr std::string_view kPlugin = "penstock";

using Problems = std::vector<Problem>;

void add(Problems& problems, Code code, std::string what, std::string mend = "") {
  problems.push_back({code, std::move(what), std::move(mend)});
}

void judge_version(const ServerFacts& server, Problems& problems) {
  const int major = server.version_num / 10000;
  const int minor = server.version_num % 10000;
  const std::string version = std::to_string(major) + "." + std::to_string(minor);
  if (major < kOldest || major > kNewest) {
    add(problems, Code::kPgVersion, "PostgreSQL " + version + " is not supported");
    return;
  }
  for (const MinorBug& bug : kMinorBugs) {
    const int first_good = bug.first_good[major - kOldest];
    if (minor >= first_good) continue;
    add(problems, Code::kPgMinor, "PostgreSQL " + version + ": " + std::string(bug.what),
        "upgrade to " + std::to_string(major) + "." + std::to_string(first_good) + " or later");
  }
}

void judge_server(const ServerFacts& server, Problems& problems) {
  judge_version(server, problems);
  const std::string role = quote_identifier(server.role);
  if (server.in_recovery) add(problems, Code::kPgRecovery, "the server is in recovery");
  if (!server.wal_level.empty() && server.wal_level != "logical") {
    add(problems, Code::kPgWalLevel, "wal_level is " + server.wal_level);
  }
  if (!server.role_replication) {
    add(problems, Code::kPgRights, "role " + server.role + " may not start replication",
        "ALTER ROLE " + role + " REPLICATION");
  }
  if (server.plugin_gate && !server.plugin_allowed) {
    add(problems, Code::kPgPluginNotAllowed,
        "output_plugin_libraries of role " + server.role + " does not name penstock",
        "ALTER ROLE " + role +
            " SET output_plugin_libraries = pgoutput, test_decoding, penstock  -- no quotes around the list");
  }
  if (server.extension_version.empty()) {
    if (server.extension_available) {
      add(problems, Code::kPgPluginMissing, "extension penstock is not created in database " + server.database,
          "CREATE EXTENSION penstock  -- in database " + server.database);
    } else {
      add(problems, Code::kPgPluginMissing, "the server has no extension penstock");
    }
  }
  if (!server.schema_trusted) {
    add(problems, Code::kPgForeignSchema,
        "schema penstock is not the extension's own: role " + server.schema_owner +
            " owns the extension's schema and could run functions of its making as role " + server.role,
        server.schema_mend);
  }
  if (server.idle_slot_timeout_s > 0) {
    add(problems, Code::kPgSlotIdleTimeout,
        "idle_replication_slot_timeout is " + std::to_string(server.idle_slot_timeout_s) +
            " s: a pause, or a relay that is down, for longer than that loses the slot and with it changes");
  }
  if (server.walsenders_free == 0) add(problems, Code::kPgSlotsFull, "max_wal_senders is used up");
}

// Of what publication.autocreate.mode asks for.
void judge_autocreate(const ServerFacts& server, Problems& problems) {
  if (server.publication_command.empty()) return;
  if (server.read_only) {
    add(problems, Code::kPgReadOnly,
        "transactions of role " + server.role + " are read-only, and a publication is to be made",
        "ALTER ROLE " + quote_identifier(server.role) +
            " SET default_transaction_read_only = off; or, as another role: " + server.publication_command);
  }
  if (!server.publication_allowed) {
    add(problems, Code::kPgRights,
        "role " + server.role + " may not make the publication that publication.autocreate.mode asks for",
        "as superuser: " + server.publication_command);
  }
}

void judge_guardrail(const ServerFacts& server, const CoreSettings& settings, Problems& problems) {
  const auto tables = static_cast<size_t>(
      std::ranges::count_if(server.tables, [](const TableFacts& table) { return table.kind == "table"; }));
  if (settings.tables_max == 0 || tables <= settings.tables_max) return;
  add(problems, settings.tables_max_stops ? Code::kPgTooManyTables : Code::kPgManyTables,
      std::to_string(tables) + " tables are captured, guardrail.collections.max is " +
          std::to_string(settings.tables_max));
}

void judge_tables(const ServerFacts& server, bool snapshot, Problems& problems) {
  bool any = false;
  const std::string role = quote_identifier(server.role);
  for (const TableFacts& table : server.tables) {
    if (table.kind != "table") continue;
    any = true;
    const std::string name = table.schema + "." + table.table;
    const std::string in_sql = quote_qualified(table.schema, table.table);
    if (table.replica_identity == "nothing") {
      add(problems, Code::kPgReplicaIdentity,
          name + " has REPLICA IDENTITY NOTHING: updates and deletes have no old row",
          "ALTER TABLE " + in_sql + " REPLICA IDENTITY DEFAULT");
    } else if (!table.has_key && table.replica_identity == "default") {
      add(problems, Code::kPgReplicaIdentity, name + " has no primary key: deletes cannot be told apart",
          "ALTER TABLE " + in_sql + " REPLICA IDENTITY FULL");
    }
    if (snapshot && table.in_snapshot && table.row_security) {
      add(problems, Code::kPgRowSecurity, "row security hides rows of " + name + " from the role");
    }
    if (snapshot && table.in_snapshot && !table.readable) {
      add(problems, Code::kPgRights, "role " + server.role + " may not read " + name + ", which the snapshot needs",
          "GRANT USAGE ON SCHEMA " + quote_identifier(table.schema) + " TO " + role + "; GRANT SELECT ON " + in_sql +
              " TO " + role);
    }
  }
  // Without the extension nobody can say which tables are captured.
  if (!any && !server.extension_version.empty() && server.schema_trusted)
    add(problems, Code::kPgNoTables, "no table is captured");
}

bool lost(const SlotFacts& slot) {
  return slot.wal_status == "lost" || !slot.invalidation_reason.empty();
}

// Start check 4, of whatever slot of that name there is.
void judge_slot(const ServerFacts& server, const SlotFacts& slot, const std::string& name, Problems& problems) {
  if (slot.plugin != kPlugin) {
    add(problems, Code::kPgSlotOtherPlugin, "slot " + name + " belongs to output plugin " + slot.plugin,
        "let its reader finish and stop it, then: SELECT pg_copy_logical_replication_slot('" + name + "', '" + name +
            "_penstock', false, 'penstock'); and set slot.name=" + name +
            "_penstock and snapshot.mode=no_data: the rows are in Kafka already, another mode would read them again");
  } else if (slot.database != server.database) {
    add(problems, Code::kPgSlotOtherDatabase, "slot " + name + " belongs to database " + slot.database);
  } else if (slot.active) {
    const std::string pid = std::to_string(slot.active_pid);
    add(problems, Code::kPgSlotBusy,
        "slot " + name + " is in use by process " + pid + (slot.holder.empty() ? "" : " (" + slot.holder + ')'),
        slot.held_by_relay ? "stop that relay, or give this one a slot.name of its own; if its host is gone: SELECT "
                             "pg_terminate_backend(" +
                                 pid + ")"
                           : "stop that reader, or: SELECT pg_terminate_backend(" + pid + ")");
  }
}

bool same_slot(const StreamIdentity& left, const StreamIdentity& right) {
  return left.slot == right.slot;
}

struct Stored {
  const StoredPosition* ours = nullptr;
  const PositionEntry* foreign = nullptr;  // our slot's name on another cluster or database
};

// Of several clusters that had the slot's name before, the one that the server was upgraded from, if it is there.
Stored find_stored(const KafkaFacts& kafka, const StreamIdentity& identity, const ServerFacts& server) {
  Stored found;
  for (const PositionEntry& entry : kafka.positions) {
    if (!same_slot(entry.identity, identity)) continue;
    if (entry.identity.system_id == identity.system_id && entry.identity.database_oid == identity.database_oid) {
      found.ours = &entry.stored;
    } else if (found.foreign == nullptr || is_upgrade_of(server, entry)) {
      found.foreign = &entry;
    }
  }
  return found;
}

void create(const ServerFacts& server, const CoreSettings& settings, bool drop, Verdict& verdict) {
  verdict.next = Next::kCreate;
  verdict.drop_slot = drop;
  verdict.snapshot = settings.rules().at_first;
  if (server.slots_free == 0 && !drop) {
    add(verdict.problems, Code::kPgSlotsFull, "max_replication_slots is used up");
  }
}

void adopt(const ServerFacts& server, Verdict& verdict) {
  verdict.next = Next::kAdopt;
  verdict.from.timeline = server.timeline;
  verdict.from.position = {server.slot->confirmed_flush, Lsn{}, 0};
}

// The server is what pg_upgrade made of the one whose position is stored, and the slot came along. pg_upgrade carries a
// slot over only if its reader had confirmed every change, and gives it a new place in the new log: nothing is between.
void adopt_upgraded(const ServerFacts& server, const CoreSettings& settings, const PositionEntry& before, bool first,
                    Verdict& verdict) {
  adopt(server, verdict);
  verdict.snapshot = settings.rules().at_each_start && first;
  verdict.from.sequence_lsn = before.stored.sequence_lsn;
  add(verdict.problems, Code::kPosUpgraded,
      "pg_upgrade has made this server (" + major_of(server.version_num) + ", cluster " + server.system_id +
          ") of cluster " + before.identity.system_id + " (" + major_of(before.stored.server.version_num) +
          "), of which Kafka has everything up to " + to_string(before.stored.position.end) + ": the stream of slot " +
          settings.slot + " goes on at " + to_string(server.slot->confirmed_flush));
}

void judge_nothing_stored(const ServerFacts& server, const KafkaFacts& kafka, const CoreSettings& settings,
                          const Stored& stored, bool first, Verdict& verdict) {
  if (stored.foreign != nullptr && server.slot && !lost(*server.slot) && is_upgrade_of(server, *stored.foreign)) {
    return adopt_upgraded(server, settings, *stored.foreign, first, verdict);
  }
  if (stored.foreign != nullptr) {
    const StreamIdentity& foreign = stored.foreign->identity;
    // Two connectors may share slot name and Kafka: a position is ours by system, database and slot (DESIGN.md, 5).
    add(verdict.problems, Code::kPosOtherCluster,
        "the position topic speaks of slot " + settings.slot + " on cluster " + foreign.system_id + ", database " +
            std::to_string(foreign.database_oid) + "; this server is cluster " + server.system_id + ", database " +
            std::to_string(server.database_oid));
  }
  if (!server.slot) {
    create(server, settings, false, verdict);
  } else if (kafka.positions_shortened && settings.rules().at_first) {
    // Not a slot that was made for us just now, as far as anybody can tell: to read all rows again is no answer.
    add(verdict.problems, Code::kPosShortened,
        "nothing is stored for slot " + settings.slot + ", which exists, and records of topic " +
            settings.position_topic + " were deleted",
        "set cleanup.policy=compact on topic " + settings.position_topic +
            "; then, to go on from the slot's confirmed LSN, snapshot.mode=no_data; or, to begin anew with all rows: "
            "SELECT pg_drop_replication_slot('" +
            settings.slot + "'); then restart the connector");
  } else if (lost(*server.slot)) {
    add(verdict.problems, Code::kPgSlotLost, "slot " + settings.slot + " was invalidated before a position was stored",
        "SELECT pg_drop_replication_slot('" + settings.slot + "'), then restart the connector");
  } else {
    adopt(server, verdict);
    verdict.snapshot = settings.rules().at_first;
    add(verdict.problems, Code::kPosAdopted,
        "no position is stored for slot " + settings.slot + ": its confirmed LSN " +
            to_string(server.slot->confirmed_flush) + " is taken" +
            (verdict.snapshot ? ", and every row is read, as snapshot.mode says" : ""));
  }
}

void judge_position(const ServerFacts& server, const CoreSettings& settings, const StoredPosition& stored, bool first,
                    Verdict& verdict) {
  const SnapshotRules rules = settings.rules();
  const size_t before = verdict.problems.size();
  if (!server.slot) {
    add(verdict.problems, Code::kPgSlotMissing,
        "Kafka has changes up to " + to_string(stored.position.end) + " but slot " + settings.slot +
            " does not exist: what came since is lost");
  } else if (lost(*server.slot)) {
    add(verdict.problems, Code::kPgSlotLost,
        "slot " + settings.slot + " was invalidated (" +
            (server.slot->invalidation_reason.empty() ? server.slot->wal_status : server.slot->invalidation_reason) +
            "): changes after " + to_string(stored.position.end) + " are lost");
  } else if (server.slot->confirmed_flush > stored.position.end) {
    add(verdict.problems, Code::kPosSlotAhead,
        "slot " + settings.slot + " is confirmed up to " + to_string(server.slot->confirmed_flush) +
            ", Kafka has changes only up to " + to_string(stored.position.end));
  }
  if (verdict.problems.size() > before) {
    if (!rules.when_lost) return;
    verdict.problems.resize(before);
    create(server, settings, server.slot.has_value(), verdict);
    verdict.snapshot = true;
    return;
  }
  judge_history(server, stored, verdict.problems);
  verdict.from = stored;
  if (stored.rows_pending && rules.at_first) {
    verdict.snapshot = true;
    verdict.next = Next::kAdopt;
    return;
  }
  verdict.snapshot = rules.at_each_start && first;
  verdict.next = rules.then_stream || verdict.snapshot ? Next::kStream : Next::kComplete;
}

void judge_positions(const Facts& facts, const CoreSettings& settings, bool first, Verdict& verdict) {
  const ServerFacts& server = *facts.server;
  const Stored stored = find_stored(*facts.kafka, verdict.identity, server);
  if (stored.ours != nullptr) {
    verdict.epoch = stored.ours->epoch + 1;
    verdict.old_epoch = stored.ours->epoch;
    verdict.in_kafka = stored.ours->position;
  }
  if (server.slot) {
    judge_slot(server, *server.slot, settings.slot, verdict.problems);
    if (server.slot->plugin != kPlugin || server.slot->database != server.database) return;
  }
  if (stored.ours == nullptr) {
    judge_nothing_stored(server, *facts.kafka, settings, stored, first, verdict);
  } else if (stored.ours->intent) {
    if (server.slot) add(verdict.problems, Code::kPosIntent, "a first start was not finished: it is begun anew");
    create(server, settings, server.slot.has_value(), verdict);
    verdict.snapshot = verdict.snapshot || settings.rules().when_lost;  // what it was begun for may be that
  } else {
    judge_position(server, settings, *stored.ours, first, verdict);
  }
}

int gravity(const Problem& problem) {
  switch (info(problem.code).klass) {
    case ProblemClass::kExit:
      return 3;
    case ProblemClass::kStop:
      return 2;
    case ProblemClass::kWait:
      return 1;
    case ProblemClass::kWarn:
      return 0;
  }
  return 0;
}

// The table's mends speak of <role>, <slot>, <database>: what they are is known here.
void fill_in(Problems& problems, const ServerFacts& server, const std::string& slot) {
  for (Problem& problem : problems) {
    if (problem.mend.empty()) problem.mend = info(problem.code).mend;
    problem.mend = replaced(
        problem.mend, {{"<role>", quote_identifier(server.role)}, {"<slot>", slot}, {"<database>", server.database}});
  }
}

}  // namespace

ProblemClass gravest(const std::vector<Problem>& problems) {
  ProblemClass klass = ProblemClass::kWarn;
  int most = 0;
  for (const Problem& problem : problems) {
    if (gravity(problem) <= most) continue;
    most = gravity(problem);
    klass = info(problem.code).klass;
  }
  return klass;
}

Verdict judge(const Facts& facts, const CoreSettings& settings, bool first) {
  Verdict verdict;
  verdict.problems = facts.problems;
  if (facts.server) {
    judge_server(*facts.server, verdict.problems);
    verdict.identity = {facts.server->system_id, facts.server->database_oid, settings.slot};
    verdict.timeline = facts.server->timeline;
    verdict.mark = mark_of(*facts.server);
    for (const TableFacts& table : facts.server->tables) {
      if (table.kind == "heartbeat" && !table.topic.empty()) verdict.topics.push_back(table.topic);
    }
  }
  if (facts.server && facts.kafka) judge_positions(facts, settings, first, verdict);
  if (facts.server) {
    judge_tables(*facts.server, verdict.snapshot, verdict.problems);
    judge_publication(*facts.server, settings, verdict.problems);
    judge_guardrail(*facts.server, settings, verdict.problems);
    judge_autocreate(*facts.server, verdict.problems);
    judge_topics(facts.server->tables, facts.kafka ? &*facts.kafka : nullptr, settings, verdict.problems);
  }
  if (facts.server) fill_in(verdict.problems, *facts.server, settings.slot);
  std::stable_sort(verdict.problems.begin(), verdict.problems.end(),
                   [](const Problem& left, const Problem& right) { return gravity(left) > gravity(right); });
  const ProblemClass klass = gravest(verdict.problems);
  if (klass == ProblemClass::kStop || klass == ProblemClass::kExit) {
    verdict.next = Next::kStop;
  } else if (klass == ProblemClass::kWait || !facts.server || !facts.kafka) {
    verdict.next = Next::kWait;
  }
  return verdict;
}

}  // namespace penstock
