// A slot, and the rows of the captured tables as they were at its consistent point.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "relay/core/ports.h"
#include "relay/core/snapshot_progress.h"
#include "relay/postgres/connection.h"

namespace penstock {

struct OpenedSnapshot {
  Lsn consistent_point;
  std::unique_ptr<Source> source;
  std::vector<SnapshotEstimate> estimates;  // of the tables in their order
};

// Blocking. Creates the slot first, holding no lock: the server waits for every transaction that runs, and one that
// waited for us meanwhile would be a deadlock that it cannot see. Then imports the slot's snapshot and asks in it which
// tables there are. The source locks them one by one (snapshot_source.h). `note` is called on this thread until it
// returns, and later on the one that reads the source.
Result<OpenedSnapshot> open_snapshot(const PostgresSettings& settings, bool temporary, const Cancel& cancel,
                                     const std::function<void(const Problem&)>& note);

}  // namespace penstock
