#include "relay/postgres/heartbeat_query.h"

#include <chrono>

#include "relay/postgres/connection.h"

namespace penstock {

namespace {

constexpr Duration kDeadline = std::chrono::seconds(60);

}  // namespace

Status HeartbeatQuery::run() {
  Connection connection = TRY(Connection::open(settings_, ConnectionKind::kUserSql, cancel_));
  const auto done =
      connection.run(settings_.heartbeat_query, Activity::kHeartbeat, std::chrono::steady_clock::now() + kDeadline);
  return done.is_ok() ? Status::ok() : Status(done.problem());
}

}  // namespace penstock
