// replica.identity.autoset.values: ALTER TABLE … REPLICA IDENTITY on captured tables that have another one.
#pragma once

#include <functional>

#include "relay/core/status.h"
#include "relay/postgres/cancel.h"
#include "relay/postgres/settings.h"

namespace penstock {

// Nothing unless the property is set. The rows of a partitioned table come from its partitions, so these are changed,
// unless an index is named. What cannot be changed (not the owner, somebody holds the table for longer than
// a third of a second) is told to `note`, as Debezium only logs it; a problem is a server that does not answer, or
// that refuses the property.
Status set_replica_identities(const PostgresSettings& settings, const Cancel& cancel,
                              const std::function<void(const Problem&)>& note);

}  // namespace penstock
