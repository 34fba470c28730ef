// The slow things of the model: asked for now, done at some later moment, answered at another. A relay that is killed
// in between leaves the thing done or not done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relay/core/control.h"
#include "relay/sim/kafka_model.h"
#include "relay/sim/postgres_model.h"

namespace penstock::sim {

struct ControlFaults {
  uint32_t fail_once_in = 0;
  uint32_t delay_ms = 50;
};

class ControlModel final : public Control {
 public:
  ControlModel(PostgresModel& server, KafkaModel& kafka, uint64_t budget, std::string slot);
  // The relay is gone: what was asked may still be done.
  ~ControlModel() override;

  void ask(Request request) override;
  std::optional<Answer> answer() override;

  void step();
  // When the answer will wake the loop.
  std::optional<Time> deadline() const { return request_ ? std::optional(answer_at_) : std::nullopt; }
  // The server has answered a probe, and Kafka is still to be asked.
  bool has_asked_server() const { return answer_ && std::holds_alternative<Facts>(*answer_); }
  ControlFaults faults;

  // Of the running session; owned by the relay.
  StreamModel* stream() const { return stream_; }
  ProducerModel* producer() const { return producer_; }

 private:
  Answer act();
  Answer act(const Probe&);
  Answer act(const WriteIntent& request);
  Answer act(const WritePosition& request);
  Answer act(const WriteTargetState& request);
  Answer act(const DropSlot&);
  Answer act(const CreateSlot&);
  Answer act(const OpenSnapshot& request);
  Answer act(const CreateTopics& request);
  Answer act(const OpenStream& request);
  Answer act(const OpenProducer&);
  Answer act(Close& request);
  Answer write(const StreamIdentity& identity, const StoredPosition& stored);
  std::optional<Problem> failure(bool of_kafka);
  bool waits_for_answers() const;
  void check_not_paused() const;
  void begin_session();
  Facts facts() const;

  PostgresModel& server_;
  KafkaModel& kafka_;
  const uint64_t budget_;
  const std::string slot_;
  std::optional<Request> request_;
  std::optional<Answer> answer_;
  Time act_at_;
  Time answer_at_;
  bool dying_ = false;
  bool told_of_pause_ = false;  // by the last probe, or by what was stored since
  StreamModel* stream_ = nullptr;
  ProducerModel* producer_ = nullptr;
};

StreamIdentity identity_of(const std::string& slot);

}  // namespace penstock::sim
