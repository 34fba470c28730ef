// What core's Control asks of PostgreSQL, as blocking calls for one worker thread that relay/service owns. Every call
// opens the connections it needs and closes those that its answer does not keep.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "relay/core/control.h"
#include "relay/core/facts.h"
#include "relay/core/status.h"
#include "relay/postgres/cancel.h"
#include "relay/postgres/settings.h"
#include "relay/postgres/topic_groups.h"

namespace penstock {

// Whether replica.identity.autoset.values has been seen to. Once is enough for a configuration: it locks tables.
using IdentitiesSet = std::atomic<bool>;

class PostgresControl {
 public:
  // Called on the worker thread, now and then, while a call waits for something that a person can end: transactions
  // older than the slot that is being made. Not called again when the wait is over. A snapshot's source calls it too,
  // on the thread that reads it.
  using Note = std::function<void(const Problem&)>;

  // Outlives every Source that it opened.
  explicit PostgresControl(PostgresSettings settings, Note note = {},
                           std::shared_ptr<IdentitiesSet> identities_set = std::make_shared<IdentitiesSet>(false));

  // Facts about the server, the slot and the captured tables. A server that does not answer is the problem; a missing
  // extension or slot is a fact (extension_version, slot are empty, and so is tables).
  Result<ServerFacts> probe();

  // Makes the publication first if publication.autocreate.mode asks for it. Waits for as long as transactions run that
  // are older than the slot; ends early on cancel() only, and then leaves no slot.
  Result<SlotCreated> create_slot();

  // A slot that does not exist is fine. The problem is kPgSlotBusy if somebody reads it.
  Status drop_slot();

  // Creates the slot as create_slot() does (or a temporary one) and imports its snapshot (snapshot.h). If it fails
  // after the slot was made, the slot is dropped.
  Result<SnapshotOpened> open_snapshot(const OpenSnapshot& request);

  // START_REPLICATION. The problem kPgSlotBusy says which process of which client has the slot; kPgSlotChanged, that it
  // is another one than was checked, or was moved above the position.
  Result<StreamOpened> open_stream(const OpenStream& request);

  // The group of topic.creation.groups of each topic that is in one.
  Result<TopicGroups> topic_groups(const std::vector<std::string>& topics);

  // The outstanding call ends within a second, and later ones at once. Any thread.
  void cancel();

 private:
  Status prepare();

  PostgresSettings settings_;
  Note note_;
  Cancel cancel_;
  const std::shared_ptr<IdentitiesSet> identities_set_;
};

}  // namespace penstock
