#include "relay/service/heartbeat_action.h"

#include <utility>

namespace penstock {

void QueryAction::start() {
  worker_.run([this] {
    Status status = query_.run();
    {
      const std::lock_guard lock(mutex_);
      done_ = std::move(status);
    }
    wake_.wake();
  });
}

std::optional<Status> QueryAction::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, std::nullopt);
}

}  // namespace penstock
