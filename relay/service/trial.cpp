#include "relay/service/trial.h"

#include <utility>

namespace penstock {

Trial::Trial(PostgresSettings settings, WakeUp& wake) : postgres_(std::move(settings)), wake_(wake) {
  worker_.run([this] {
    const Result<ServerFacts> facts = postgres_.probe();
    const bool refused = !facts.is_ok() && facts.problem().code == Code::kPgPluginOptions;
    {
      const std::lock_guard lock(mutex_);
      done_ = refused ? Status(facts.problem()) : Status::ok();
    }
    wake_.wake();
  });
}

std::optional<Status> Trial::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, std::nullopt);
}

}  // namespace penstock
