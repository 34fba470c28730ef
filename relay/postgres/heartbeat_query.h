// heartbeat.action.query: a statement that somebody wants to be run before each heartbeat. Each run has a connection of
// its own: one that is kept would be cut by time-outs and firewalls, and would keep `pg_ctl stop -m smart` waiting.
#pragma once

#include <chrono>
#include <utility>

#include "relay/core/ports.h"
#include "relay/core/status.h"
#include "relay/postgres/cancel.h"
#include "relay/postgres/settings.h"

namespace penstock {

class HeartbeatQuery {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(60);

  // Of settings.heartbeat_query, which is not empty. A statement that takes longer than `patience` is cancelled.
  explicit HeartbeatQuery(PostgresSettings settings, Duration patience = kPatience)
      : settings_(std::move(settings)), patience_(patience) {}

  // Blocks, for `patience` at the most beside connecting. kPgHeartbeatTable: the table is not there (42P01), it never
  // will succeed. kPgShutdown: the server stops or starts. kPgHeartbeatQuery: anything else, also that there was no
  // connection for it: nothing is known about the stream, which notices by itself when the server is away.
  Status run();

  // run() ends soon, with any answer, and later calls at once. Any thread.
  void cancel() { cancel_.cancel(); }

 private:
  const PostgresSettings settings_;
  const Duration patience_;
  Cancel cancel_;
};

}  // namespace penstock
