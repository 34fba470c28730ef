// heartbeat.action.query on a thread of its own, so that the loop never waits for the server.
#pragma once

#include <mutex>
#include <optional>

#include "relay/postgres/heartbeat_query.h"
#include "relay/service/heartbeat.h"
#include "relay/service/worker.h"

namespace penstock {

class QueryAction : public HeartbeatAction {
 public:
  // `wake` is woken when a run has ended, and outlives this.
  QueryAction(PostgresSettings settings, WakeUp& wake) : query_(std::move(settings)), wake_(wake) {}
  ~QueryAction() override { query_.cancel(); }

  void start() override;
  std::optional<Status> take() override;

 private:
  HeartbeatQuery query_;
  WakeUp& wake_;
  std::mutex mutex_;
  std::optional<Status> done_;  // guarded
  Worker worker_;               // last: its job uses the rest
};

}  // namespace penstock
