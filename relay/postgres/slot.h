// The replication slot: the commands that make, drop and stream it, as text, and the calls that run them.
#pragma once

#include <functional>
#include <string>

#include "relay/core/position.h"
#include "relay/core/status.h"
#include "relay/postgres/connection.h"
#include "relay/postgres/settings.h"

namespace penstock {

struct SlotRequest {
  bool temporary = false;        // lives as long as the connection; under a name of its own
  bool export_snapshot = false;  // valid until the next command on the connection
};

struct CreatedSlot {
  Lsn consistent_point;
  std::string snapshot;  // for SET TRANSACTION SNAPSHOT; empty if none was asked for
};

// The name that `request` makes: slot.name, or one derived from it.
std::string slot_name(const PostgresSettings& settings, const SlotRequest& request);

// CREATE_REPLICATION_SLOT in the form that the server knows: options in a list from 15 on, keywords before.
std::string create_slot_command(const PostgresSettings& settings, const SlotRequest& request, int server_version);

// START_REPLICATION with the plugin's options. `sequence_lsn` and what is inside a unit are left out when not known.
std::string start_replication_command(const PostgresSettings& settings, const Position& from, Lsn sequence_lsn);

// `replication` is a walsender that does nothing else until the call returns. While the server waits for transactions
// that are older than the slot, `note` is told which they are, every few seconds, if the role may see them.
Result<CreatedSlot> create_slot(Connection& replication, const SlotRequest& request, const Cancel& cancel,
                                const std::function<void(const Problem&)>& note);

// A slot that is not there is fine.
Status drop_slot(Connection& connection);

// Completes a kPgSlotBusy with who holds the slot, as far as the role may see it.
Problem with_holder(Problem problem, Connection& connection);

}  // namespace penstock
