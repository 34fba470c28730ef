#include "relay/postgres/heartbeat_query.h"

#include <chrono>

namespace penstock {

namespace {

constexpr Duration kDeadline = std::chrono::seconds(60);

}  // namespace

Status HeartbeatQuery::run() {
  if (!connection_) connection_.emplace(TRY(Connection::open(settings_, ConnectionKind::kUserSql, cancel_)));
  const auto done =
      connection_->run(settings_.heartbeat_query, Activity::kHeartbeat, std::chrono::steady_clock::now() + kDeadline);
  if (done.is_ok()) return Status::ok();
  if (PQstatus(connection_->raw()) != CONNECTION_OK || PQtransactionStatus(connection_->raw()) != PQTRANS_IDLE) {
    connection_.reset();  // the next one begins with a new one
  }
  return done.problem();
}

}  // namespace penstock
