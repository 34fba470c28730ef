// Core's Control over the two adapters: one worker thread for PostgreSQL's slow calls, one for Kafka's. Answers wake
// the loop. Everything public is for the loop thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "relay/core/control.h"
#include "relay/http/picture.h"
#include "relay/kafka/kafka_control.h"
#include "relay/kafka/settings.h"
#include "relay/postgres/postgres_control.h"
#include "relay/postgres/settings.h"
#include "relay/service/heartbeat.h"
#include "relay/service/log.h"
#include "relay/service/worker.h"

namespace penstock {

// What `run` judges before each session, and doctor once. Blocks; changes nothing on either side.
Facts gather_facts(PostgresControl& postgres, KafkaControl& kafka);

class AdapterControl : public Control {
 public:
  // All of them outlive it.
  AdapterControl(WakeUp& wake, Log& log, Heartbeat& heartbeat) : wake_(wake), log_(log), heartbeat_(heartbeat) {}
  ~AdapterControl() override;

  // Requests from now on are for these. Whatever an earlier configuration opened lives until it is closed.
  void configure(PostgresSettings postgres, KafkaSettings kafka);

  void ask(Request request) override;
  std::optional<Answer> answer() override;
  void cancel() override;

  // A request is being worked on.
  bool busy() const { return outstanding_; }

  // Of the last probe: for what people are shown.
  const Facts& facts() const { return facts_; }

  // What stands between the session's producer and the brokers while it tries again; null: nothing.
  const Problem* kafka_trouble() const {
    return producer_ != nullptr && producer_->trouble() ? &*producer_->trouble() : nullptr;
  }
  // Of the producer, zeros without one; recoveries of those before it too.
  KafkaGauges kafka_gauges() const;

 private:
  void perform(Probe);
  void perform(WriteIntent request);
  void perform(WritePosition request);
  void perform(WriteTargetState request);
  void perform(DropSlot);
  void perform(CreateSlot);
  void perform(OpenSnapshot request);
  void perform(CreateTopics request);
  void perform(OpenStream request);
  void perform(OpenProducer);
  void perform(Close request);

  void post(Answer answer);  // any thread
  void renew();              // adapters of the same settings, for what comes after a cancel()
  void take_note(const Facts& facts);

  WakeUp& wake_;
  Log& log_;
  Heartbeat& heartbeat_;
  Facts facts_;
  bool outstanding_ = false;

  std::mutex mutex_;
  std::optional<Answer> answer_;  // guarded
  Facts gathering_;               // of the jobs, while a probe runs
  std::optional<Close> closing_;  // of the job, while one closes

  PostgresSettings postgres_settings_;
  KafkaSettings kafka_settings_;
  bool cancelled_ = false;
  const KafkaProducer* producer_ = nullptr;                                                  // the supervisor owns it
  const std::shared_ptr<PartitionCounts> partitions_ = std::make_shared<PartitionCounts>();  // it outlives kafka_
  uint64_t recoveries_before_ = 0;                 // of producers that were closed
  std::shared_ptr<IdentitiesSet> identities_set_;  // of this configuration, whichever adapter has done it
  std::unique_ptr<PostgresControl> postgres_;
  std::unique_ptr<KafkaControl> kafka_;
  std::vector<std::unique_ptr<PostgresControl>> old_postgres_;  // of configurations before; until the next probe
  std::vector<std::unique_ptr<KafkaControl>> old_kafka_;
  Worker postgres_worker_;  // last: their jobs use the rest
  Worker kafka_worker_;
};

}  // namespace penstock
