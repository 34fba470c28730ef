// Asks the server whether it takes a new configuration, on a thread and a connection of its own, so that the old
// configuration goes on meanwhile.
#pragma once

#include <mutex>
#include <optional>

#include "relay/core/status.h"
#include "relay/postgres/postgres_control.h"
#include "relay/service/worker.h"

namespace penstock {

class Trial {
 public:
  // Begins at once. `wake` is woken when the server has answered, and outlives this.
  Trial(PostgresSettings settings, WakeUp& wake);
  ~Trial() { postgres_.cancel(); }

  // Once, when the answer is there: the problem if the plugin refuses the options. A server that cannot be asked, or
  // has another complaint, is not against the configuration: the session's own start checks say it and wait.
  std::optional<Status> take();

 private:
  PostgresControl postgres_;
  WakeUp& wake_;
  std::mutex mutex_;
  std::optional<Status> done_;  // guarded
  Worker worker_;               // last: its job uses the rest
};

}  // namespace penstock
