// Heartbeat records (heartbeat.interval.ms): a producer around the session's own, so that the data path knows nothing
// of them. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/ports.h"

namespace penstock {

// What is done before each heartbeat (heartbeat.action.query), on a thread of its own.
class HeartbeatAction {
 public:
  virtual ~HeartbeatAction() = default;
  virtual void start() = 0;                  // at most one at a time
  virtual std::optional<Status> take() = 0;  // how the one that was started ended, once; nullopt: not yet
};

// When and where; lives as long as the service, over sessions.
struct Heartbeat {
  Duration interval{0};  // 0: none are written
  std::string topic;     // as the plugin names it, and its transforms; empty: not known yet, or dropped by one
  std::string key;
  std::vector<std::string> value;  // pieces between which the milliseconds since 1970 stand
  bool carrying = false;           // a stream or snapshot is open, so there is a position to carry
  Time next{};
  uint64_t written = 0;
  std::unique_ptr<HeartbeatAction> action;   // null: none
  bool acting = false;                       // it was started, and has not been taken
  bool outstanding = false;                  // one is on its way to Kafka
  std::function<void(const Problem&)> note;  // told of an action that failed, where heartbeats go on

  bool active() const { return interval.count() > 0 && !topic.empty() && carrying; }
  // When the producer must be polled for the next one; nullopt: something else wakes the loop first.
  std::optional<Time> deadline() const {
    return active() && !acting && !outstanding ? std::optional<Time>(next) : std::nullopt;
  }
};

class HeartbeatProducer : public Producer {
 public:
  // The clocks are the service's: monotonic, and milliseconds since 1970. `heartbeat` outlives the producer.
  struct Clocks {
    Time (*now)();
    int64_t (*unix_ms)();
  };
  HeartbeatProducer(std::unique_ptr<Producer> inner, Heartbeat& heartbeat, Clocks clocks);

  Offer produce(const Record& record, uint64_t opaque) override;
  void send_now() override { inner_->send_now(); }
  Offer produce_service(std::string_view topic, int32_t partition, std::string_view key, std::string_view value,
                        uint64_t opaque) override;
  Status poll(std::vector<Report>& reports) override;
  Problem problem() const override { return inner_->problem(); }
  bool finished() const override { return inner_->finished(); }
  int descriptor() const override { return inner_->descriptor(); }
  std::optional<Time> deadline() const override { return heartbeat_->deadline(); }

 private:
  Status beat();
  Result<bool> act(Time now);

  std::unique_ptr<Producer> inner_;
  Heartbeat* heartbeat_;
  Clocks clocks_;
};

}  // namespace penstock
