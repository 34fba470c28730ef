// heartbeat.action.query: a statement that somebody wants to be run before each heartbeat. Each run has a connection of
// its own: one that is kept would be cut by time-outs and firewalls, and would keep `pg_ctl stop -m smart` waiting.
#pragma once

#include <utility>

#include "relay/core/status.h"
#include "relay/postgres/cancel.h"
#include "relay/postgres/settings.h"

namespace penstock {

class HeartbeatQuery {
 public:
  // Of settings.heartbeat_query, which is not empty.
  explicit HeartbeatQuery(PostgresSettings settings) : settings_(std::move(settings)) {}

  // Blocks, at most for a minute beside connecting. kPgHeartbeatQuery: the statement failed, heartbeats may go on. Any
  // other problem should end the session: the table is not there (42P01), or the server stops or cannot be reached.
  Status run();

  // run() ends soon, with any answer, and later calls at once. Any thread.
  void cancel() { cancel_.cancel(); }

 private:
  const PostgresSettings settings_;
  Cancel cancel_;
};

}  // namespace penstock
