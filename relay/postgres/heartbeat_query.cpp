#include "relay/postgres/heartbeat_query.h"

#include <chrono>

#include "relay/postgres/connection.h"

namespace penstock {

namespace {

// No connection for it, or database.initial.statements failed there.
Problem of_connection(Problem problem) {
  if (problem.code != Code::kPgShutdown) {
    problem.code = Code::kPgHeartbeatQuery;
    problem.what = "heartbeat.action.query: " + problem.what;
  }
  return problem;
}

}  // namespace

Status HeartbeatQuery::run() {
  auto connection = Connection::open(settings_, ConnectionKind::kUserSql, cancel_);
  if (!connection.is_ok()) return of_connection(connection.problem());
  const auto done = connection.value().run(settings_.heartbeat_query, Activity::kHeartbeat,
                                           std::chrono::steady_clock::now() + patience_);
  return done.is_ok() ? Status::ok() : Status(done.problem());
}

}  // namespace penstock
