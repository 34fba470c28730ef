// A supervisor whose requests a test answers.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "relay/core/supervisor.h"
#include "relay/core/test_doubles.h"

namespace penstock {

// Holds the request until the test answers it.
class HandControl final : public Control {
 public:
  std::optional<Request> request;
  std::optional<Answer> given;
  bool cancelled = false;

  void ask(Request asked) override { request = std::move(asked); }
  std::optional<Answer> answer() override {
    if (!given) return std::nullopt;
    request.reset();
    return std::exchange(given, std::nullopt);
  }
  void cancel() override { cancelled = true; }
};

class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest() {
    settings_.slot = "s";
    settings_.position_topic = "positions";
    settings_.snapshot_mode = SnapshotMode::kNoData;
    ServerFacts& server = facts_.server.emplace();
    server.version_num = 150020;
    server.system_id = "7";
    server.database_oid = 5;
    server.database = "shop";
    server.timeline = 1;
    server.flushed = Lsn{1000};
    server.wal_level = "logical";
    server.role_replication = true;
    server.extension_version = "0.1.0";
    server.tables.push_back({16385, "table", "public", "t", "shop.t", "default", true, false});
    facts_.kafka.emplace().topics = {"shop.t"};
  }

  void turn(Duration later = std::chrono::milliseconds(1)) {
    if (!relay_) relay_ = std::make_unique<Supervisor>(settings_, control_);
    for (; later > std::chrono::seconds(1); later -= std::chrono::seconds(1))
      step(std::chrono::seconds(1));  // as the service does when nothing happens
    step(later);
  }
  void step(Duration later) {
    now_ += later;
    relay_->turn(now_, unix_us());
  }
  int64_t unix_us() const {
    return 1000000 + std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()).count();
  }
  // The outstanding request must be of this kind; answers it.
  template <typename Asked>
  Asked answer(Answer with) {
    turn();
    if (!control_.request || !std::holds_alternative<Asked>(*control_.request)) {
      ADD_FAILURE() << "another request than expected: " << relay_->view().step;
      return Asked();
    }
    Asked asked = std::get<Asked>(std::move(*control_.request));
    control_.given = std::move(with);
    turn();
    return asked;
  }
  Answer producer() {
    auto made = std::make_unique<HandProducer>();
    producer_ = made.get();
    return ProducerOpened{std::move(made)};
  }
  Answer stream() {
    auto made = std::make_unique<HandSource>();
    source_ = made.get();
    return StreamOpened{std::move(made)};
  }
  void store(uint64_t end) {
    PositionEntry entry;
    entry.identity = {"7", 5, "s"};
    entry.stored.epoch = 1;
    entry.stored.timeline = 1;
    entry.stored.position.end = Lsn{end};
    facts_.kafka->positions = {entry};
    SlotFacts& slot = facts_.server->slot.emplace();
    slot.plugin = "penstock";
    slot.database = "shop";
    slot.confirmed_flush = Lsn{end};
  }
  void begin_streaming() {
    open_stream();
    settle();
  }
  void open_stream() {
    store(600);
    answer<Probe>(facts_);
    if (producer_ == nullptr) answer<OpenProducer>(producer());
    answer<OpenStream>(stream());
    ASSERT_EQ(state(), State::kStreaming);
  }
  // The session's own position is in Kafka, and the one of the epoch before is gone: records may follow.
  void settle() {
    for (int records = 0; records < 2; ++records) {
      turn();
      producer_->settle();
    }
    turn();
  }
  State state() const { return relay_->view().state; }

  CoreSettings settings_;
  Facts facts_;
  HandControl control_;
  HandSource* source_ = nullptr;
  HandProducer* producer_ = nullptr;
  Time now_ = Time() + std::chrono::seconds(100);
  std::unique_ptr<Supervisor> relay_;
};

}  // namespace penstock
