#include "relay/core/lineage.h"

#include <algorithm>
#include <optional>

namespace penstock {

namespace {

// The first version whose logical slots pg_upgrade carries over.
constexpr int kSlotsCarriedOver = 17;

int major_number(int version_num) {
  return version_num / 10000;
}

std::string qualified(const TableFacts& table) {
  return table.schema + '.' + table.table;
}

// Where a timeline ended; nullopt if the server's history does not say.
std::optional<Lsn> end_of(const ServerFacts& server, uint32_t timeline) {
  for (const TimelineSwitch& past : server.history) {
    if (past.timeline == timeline) return past.end;
  }
  return std::nullopt;
}

// What the server must hold for the position to be of its history. Of a unit that is in Kafka in part, the commit
// record, which begins at commit_lsn.
Lsn reach_of(const Position& position) {
  if (!position.inside_unit()) return position.end;
  return std::max(position.end, Lsn{position.commit_lsn.value + 1});
}

}  // namespace

void judge_history(const ServerFacts& server, const StoredPosition& stored, std::vector<Problem>& problems) {
  const Lsn reach = reach_of(stored.position);
  const std::string kafka_has = stored.position.inside_unit() ? "a part of the transaction that commits at " +
                                                                    to_string(stored.position.commit_lsn)
                                                              : "changes up to " + to_string(stored.position.end);
  // The reader of a busy slot moves both on while we ask: Kafka's answer is newer than the server's.
  const bool moving = server.slot && server.slot->active;
  if (reach > server.flushed && !moving) {
    problems.push_back({Code::kPosKafkaAhead,
                        "Kafka has " + kafka_has + ", the server's log ends at " + to_string(server.flushed), ""});
  } else if (stored.timeline != 0 && stored.timeline != server.timeline) {
    const std::optional<Lsn> end = end_of(server, stored.timeline);
    if (!end || *end < reach) {
      problems.push_back({Code::kPosTimeline,
                          "Kafka has " + kafka_has + " on timeline " + std::to_string(stored.timeline) +
                              ", which is no ancestor of the server's timeline " + std::to_string(server.timeline) +
                              " there",
                          ""});
    }
  }
}

ServerMark mark_of(const ServerFacts& server) {
  ServerMark mark;
  mark.version_num = server.version_num;
  for (const TableFacts& table : server.tables) {
    if (table.kind != "table" || (mark.table_oid != 0 && mark.table_oid <= table.oid)) continue;
    mark.table_oid = table.oid;
    mark.table = qualified(table);
  }
  return mark;
}

bool is_upgrade_of(const ServerFacts& server, const PositionEntry& before) {
  const StoredPosition& stored = before.stored;
  const ServerMark& mark = stored.server;
  if (stored.intent || stored.position.inside_unit() || before.identity.system_id == server.system_id) return false;
  if (major_number(mark.version_num) < kSlotsCarriedOver) return false;
  if (major_number(server.version_num) <= major_number(mark.version_num)) return false;
  if (before.identity.database_oid != server.database_oid || !server.slot) return false;
  if (server.slot->confirmed_flush <= stored.position.end) return false;
  return mark.table_oid != 0 && std::any_of(server.tables.begin(), server.tables.end(), [&](const TableFacts& table) {
           return table.kind == "table" && table.oid == mark.table_oid && qualified(table) == mark.table;
         });
}

std::string major_of(int version_num) {
  return "PostgreSQL " + std::to_string(major_number(version_num));
}

}  // namespace penstock
