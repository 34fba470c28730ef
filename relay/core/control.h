// The slow things beside the data path: asked for by the supervisor, done by the adapters on threads of their own,
// answered in a later turn. One request is outstanding at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/ports.h"
#include "relay/core/snapshot_progress.h"

namespace penstock {

// Gathers Facts from both sides. Reads the position topic to its end; creates it if it is not there. A side that does
// not answer is a problem among the facts, not a Problem as answer.
struct Probe {};
// Writes the intent record of a first start: durable before it answers.
struct WriteIntent {
  StreamIdentity identity;
  uint64_t epoch = 0;
};
// Writes a position record outside of a session (a slot that was made without a snapshot, an adopted position).
struct WritePosition {
  StreamIdentity identity;
  StoredPosition stored;
};
// Stores in the position topic that the connector is paused, since that wall clock in ms, or that it is not any more:
// durable before it answers. A pause makes the topic if it is not there; without a topic its end is nothing to be
// written.
struct WriteTargetState {
  std::string connector;
  bool paused = false;
  int64_t unix_ms = 0;
};
struct DropSlot {};
// Creates the slot and keeps nothing of it.
struct CreateSlot {};
// Creates the slot with an exported snapshot (or, if `temporary`, a temporary one beside the existing slot) and opens a
// Source of the rows of all tables that are captured and in_snapshot as of that snapshot, which may be others than
// those of the probe: frames of kind snapshot, the last frame of a table with kLastOfUnit, `after` {relation oid,
// range, done}. A table may come more than once, and rows of one that was rewritten meanwhile may be newer than the
// snapshot: the stream from `consistent_point` repeats what made them so. The source is finished() after the last row;
// `consistent_point` is where the slot's stream begins.
struct OpenSnapshot {
  bool temporary = false;
};
// Creates what of these topics is missing, as topic.creation.* says. Answered by TopicsCreated.
struct CreateTopics {
  std::vector<std::string> topics;
};
// START_REPLICATION. A name may resolve to another server than the one that was probed: the stream is refused unless
// its own IDENTIFY_SYSTEM says the same system and timeline (empty, 0: any). So it is if the slot, now that nobody else
// can move it, is confirmed above `from.end` or is no longer ours (kPgSlotChanged): the server would begin there and
// not say so. The next probe judges what became of it.
struct OpenStream {
  Position from;
  Lsn sequence_lsn;
  std::string system_id{};
  uint32_t timeline = 0;
};
// A producer for the sessions to come.
struct OpenProducer {};
// Destroys a session's parts. A producer is among them only if it is broken or not wanted any more: then it sends no
// more, and what it has in flight is waited for, as long as is sensible, before the answer: the next one must not be
// overtaken.
struct Close {
  std::unique_ptr<Source> source;
  std::unique_ptr<Publisher> publisher;
  std::unique_ptr<Producer> producer;
};

using Request = std::variant<Probe, WriteIntent, WritePosition, WriteTargetState, DropSlot, CreateSlot, OpenSnapshot,
                             CreateTopics, OpenStream, OpenProducer, Close>;
// What is being waited for, in words.
std::string step_of(const Request& request);

struct SlotCreated {
  Lsn consistent_point;
};
struct SnapshotOpened {
  Lsn consistent_point;
  std::unique_ptr<Source> source;
  std::vector<SnapshotEstimate> estimates = {};  // of the tables in their order, for metrics
};
struct StreamOpened {
  std::unique_ptr<Source> source;
};
struct ProducerOpened {
  std::unique_ptr<Producer> producer;
};
// Every topic exists, but for those whose names Kafka refuses: the others' records can go on.
struct TopicsCreated {
  std::vector<RefusedTopic> refused = {};
};
struct Done {};

using Answer =
    std::variant<Done, Facts, SlotCreated, SnapshotOpened, StreamOpened, ProducerOpened, TopicsCreated, Problem>;

class Control {
 public:
  virtual ~Control() = default;
  virtual void ask(Request request) = 0;
  // The answer to the outstanding request, once it is there.
  virtual std::optional<Answer> answer() = 0;

  // Nobody wants what the outstanding request is about any more: it should end soon, with any answer, also if the
  // configuration that it was asked under has been replaced since. What it made is found and judged by the next probe.
  virtual void cancel() {}
};

}  // namespace penstock
