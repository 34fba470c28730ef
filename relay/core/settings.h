// What core needs to know of the connector's properties. relay/config fills it from the file.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "relay/core/ports.h"

namespace penstock {

// What publication.autocreate.mode says.
enum class Publication : uint8_t {
  kNone,      // no publication is named
  kOptional,  // the mode is not set
  kRequired,  // disabled
  kMade,      // by the relay, before rows or stream are opened
  kFiltered,  // the same, and brought up to the lists of tables
};

enum class SnapshotMode : uint8_t {
  kInitial,      // rows first if no position is stored, then the stream
  kInitialOnly,  // rows only
  kNoData,       // the stream only; `never` is its old name
  kAlways,       // rows at every start of the process
  kWhenNeeded,   // as initial, and again when the slot can no longer give what follows the stored position
};

// When rows are read, and whether the stream follows: what a mode means.
struct SnapshotRules {
  bool at_first = true;        // at the first start, before a position is stored
  bool at_each_start = false;  // of the process; the stream then goes on where the rows were read
  bool when_lost = false;      // when the slot can no longer give what follows the stored position
  bool then_stream = true;
};

constexpr SnapshotRules rules_of(SnapshotMode mode) {
  switch (mode) {
    case SnapshotMode::kInitial:
      return {};
    case SnapshotMode::kInitialOnly:
      return {.then_stream = false};
    case SnapshotMode::kNoData:
      return {.at_first = false};
    case SnapshotMode::kAlways:
      return {.at_each_start = true};
    case SnapshotMode::kWhenNeeded:
      return {.when_lost = true};
  }
  return {};
}

struct CoreSettings {
  std::string connector;       // the connector's name
  std::string slot;            // slot.name
  std::string position_topic;  // penstock.position.topic
  std::string publication;     // publication.name
  Publication publication_use = Publication::kNone;
  bool publication_missing_stops = true;  // penstock.publication.missing=stop
  SnapshotMode snapshot_mode = SnapshotMode::kInitial;
  std::optional<SnapshotRules> snapshot_rules;           // snapshot.mode=configuration_based: instead of a mode's
  Duration snapshot_delay{0};                            // snapshot.delay.ms: before the tables are read
  size_t tables_max = 0;                                 // guardrail.collections.max; 0: any number
  bool tables_max_stops = false;                         // guardrail.collections.limit.action=fail
  bool drop_slot_on_stop = false;                        // slot.drop.on.stop
  bool bad_table_stops = false;                          // penstock.bad.table=stop
  Duration streaming_delay{0};                           // streaming.delay.ms: between the last row and the stream
  uint64_t queue_bytes = 32u << 20;                      // max.queue.size.in.bytes: received and not yet in Kafka
  Duration position_interval = std::chrono::seconds(1);  // a position record at the latest after this under load
  uint64_t position_bytes = 16u << 20;                   // or after so many bytes
  Duration progress_interval = std::chrono::seconds(5);  // the same when only keepalives moved the position
  Duration retry_first = std::chrono::seconds(1);        // back-off of class wait, doubled up to retry_last
  Duration retry_last = std::chrono::seconds(30);
  Duration frozen = std::chrono::seconds(5);  // not turned for so long: somebody else may have taken over
  Duration drain = std::chrono::seconds(10);  // stop() ends at the latest after this

  SnapshotRules rules() const { return snapshot_rules.value_or(rules_of(snapshot_mode)); }
};

}  // namespace penstock
