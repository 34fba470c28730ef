// Core's Producer over librdkafka: idempotent, acks=all, every record tried until it is in Kafka. It outlives sessions;
// any problem ends it, and the next session makes a new one and begins at the stored position. That is routine: 2.0.2
// knows false fatal errors (reliability notes 3.2).
//
// Owned by the loop thread, but for open() and the destructor, which block and belong to the control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "relay/core/ports.h"
#include "relay/kafka/log.h"
#include "relay/kafka/settings.h"

struct rd_kafka_op_s;       // librdkafka's rd_kafka_event_t
struct rd_kafka_message_s;  // and rd_kafka_message_t

namespace penstock {

// How many partitions topics have, as the control thread saw it last.
class PartitionCounts {
 public:
  void set(const std::string& topic, int32_t count) {
    const std::lock_guard lock(mutex_);
    counts_[topic] = count;
  }
  // 1 if the topic is not known.
  int32_t of(const std::string& topic) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(topic);
    return found == counts_.end() ? 1 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int32_t, std::less<>> counts_;
};

class KafkaProducer final : public Producer {
 public:
  // Topics are to exist before their first record. `partitions` says where records go that must reach all partitions.
  static Result<std::unique_ptr<KafkaProducer>> open(const KafkaSettings& settings, KafkaLog log,
                                                     std::shared_ptr<const PartitionCounts> partitions = nullptr);
  // Gives up what was not sent yet, without a report, and waits up to 10 s for the answers to what was: the records of
  // the next producer must not be overtaken. Usually milliseconds, also while no broker can be reached.
  ~KafkaProducer() override;

  Offer produce(const Record& record, uint64_t opaque) override;
  Offer produce_service(std::string_view topic, int32_t partition, std::string_view key, std::string_view value,
                        uint64_t opaque) override;
  // Unless a linger.ms was set: that holds.
  void send_now() override;
  Status poll(std::vector<Report>& reports) override;
  Problem problem() const override { return refusal_; }
  bool finished() const override { return fatal_ || failed_; }
  int descriptor() const override;

  // poll() that waits for something up to `timeout_ms`. Control thread only.
  Status wait(std::vector<Report>& reports, int timeout_ms);

  // What stands between us and the brokers while records wait and are tried again: unreachable, login refused. Gone
  // with the next record that arrives; when none is on its way, brokers are asked for a sign of life until one answers.
  const std::optional<Problem>& trouble() const { return trouble_; }
  // Times that trouble() began and was over again.
  uint64_t recoveries() const { return recoveries_; }

  // Records that were taken and have no report yet, and their keys and values.
  uint64_t queued_records() const { return outstanding_; }
  uint64_t queued_bytes() const { return outstanding_bytes_; }

 private:
  class Client;  // librdkafka's handles
  struct Parts;  // one record as librdkafka takes it

  KafkaProducer(KafkaSettings settings, KafkaLog log, std::shared_ptr<const PartitionCounts> partitions);
  Offer produce_to(const Record& record, uint64_t opaque, int32_t partition);
  Offer offer(const Parts& parts);
  Offer offer_by_key(Parts parts);
  bool sent_by_key(const rd_kafka_message_s& message);
  Offer refused(Problem problem);
  Status serve(std::vector<Report>& reports, int timeout_ms);
  void take_error(rd_kafka_op_s& event);
  void take_reports(rd_kafka_op_s& event, std::vector<Report>& reports);
  bool is_own(uint64_t opaque);
  void recover();
  void take_sign(rd_kafka_op_s& event);

  KafkaSettings settings_;
  KafkaLog log_;
  std::shared_ptr<const PartitionCounts> partitions_;
  std::unique_ptr<Client> client_;
  // Of records that go to all partitions: where the one at hand goes on, of which opaque it is, and by opaque how many
  // reports are ours alone.
  int32_t next_partition_ = 0;
  uint64_t partial_opaque_ = 0;
  std::unordered_map<uint64_t, uint32_t> own_reports_;
  std::unordered_set<uint64_t> wishes_;              // opaques of records to a partition that a row asks for
  std::unordered_set<std::string> told_partitions_;  // topics
  std::string key_;                                  // scratch: prefix, key, suffix
  std::string value_;
  Problem refusal_;
  std::optional<Problem> trouble_;
  std::optional<Problem> fatal_;    // of the instance
  std::optional<Problem> failed_;   // the first report that was negative
  uint64_t outstanding_ = 0;        // taken, without a report
  uint64_t outstanding_bytes_ = 0;  // keys and values of those
  uint64_t recoveries_ = 0;
  bool sign_asked_ = false;
  bool explained_later_ = false;  // fatal_ only says that a report failed, which comes after it
};

}  // namespace penstock
