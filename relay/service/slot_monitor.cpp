#include "relay/service/slot_monitor.h"

#include <algorithm>
#include <utility>

namespace penstock {

SlotMonitor::~SlotMonitor() {
  if (query_) query_->cancel();
}

void SlotMonitor::configure(PostgresSettings settings) {
  settings.notice = {};  // what the server has to say, the session's connections hear too
  if (query_) query_->cancel();
  query_ = std::make_shared<SlotQuery>(std::move(settings));
  newest_.reset();
  forecast_ = SlotForecast();
  pause_ = kInterval;
  next_ = Time{};
}

void SlotMonitor::turn(Time now) {
  if (looking_) {
    std::optional<Ended> ended;
    {
      const std::lock_guard lock(mutex_);
      ended.swap(ended_);
    }
    if (!ended) return;
    looking_ = false;
    if (ended->query == query_) {
      pause_ = ended->look.is_ok() ? kInterval : std::min(2 * pause_, kIntervalMax);
      next_ = now + pause_;
      newest_.reset();
      if (ended->look.is_ok()) {
        newest_ = std::move(ended->look.value());
        forecast_.add(*newest_);
      }
    }
  }
  if (!query_ || now < next_) return;
  looking_ = true;
  worker_.run([this, query = query_] {
    Result<SlotLook> look = query->look();
    const std::lock_guard lock(mutex_);
    ended_.emplace(Ended{query, std::move(look)});
  });
}

std::optional<SlotLook> SlotMonitor::look(Time now) const {
  return newest_ && now - newest_->at < kStale ? newest_ : std::nullopt;
}

}  // namespace penstock
