// Looks at the slot every few seconds, on a thread and a connection of its own, for metrics. The loop starts a look and
// takes it up when it is there. What was seen is forgotten when the server does not answer, and it is then asked less
// and less often.
// Everything public is for the loop thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "relay/core/slot_watch.h"
#include "relay/postgres/slot_query.h"
#include "relay/service/worker.h"

namespace penstock {

class SlotMonitor {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(5);
  static constexpr Duration kIntervalMax = std::chrono::seconds(60);  // while the server does not answer
  static constexpr Duration kStale = std::chrono::seconds(30);        // a look that hangs makes the one before old

  ~SlotMonitor();

  // From now on this slot of this server.
  void configure(PostgresSettings settings);

  // Takes up a look that has ended, and begins one that is due. Never waits.
  void turn(Time now);

  // The newest look, nullopt if there is none that still counts.
  std::optional<SlotLook> look(Time now) const;
  double seconds_left() const { return forecast_.seconds_left(); }

  // A look is under way; it may be in the system's resolver, which cannot be interrupted.
  bool busy() const { return looking_; }

 private:
  std::optional<SlotLook> newest_;
  SlotForecast forecast_;
  std::shared_ptr<SlotQuery> query_;  // the job has its own share, so that configure() need not wait for it
  bool looking_ = false;
  Duration pause_ = kInterval;
  Time next_{};

  std::mutex mutex_;
  struct Ended {
    std::shared_ptr<SlotQuery> query;
    Result<SlotLook> look;
  };
  std::optional<Ended> ended_;  // guarded
  Worker worker_;               // last: its job uses the rest
};

}  // namespace penstock
