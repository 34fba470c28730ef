// What core's Control asks of Kafka, as blocking calls for one worker thread that relay/service owns. Every call is
// bounded and makes its clients anew, so that none depends on how the one before ended.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/control.h"
#include "relay/core/facts.h"
#include "relay/core/status.h"
#include "relay/kafka/log.h"
#include "relay/kafka/producer.h"
#include "relay/kafka/settings.h"

namespace penstock {

class Patience;

class KafkaControl {
 public:
  // `partitions` is what producers know of topics; one that outlives this must be given the same.
  explicit KafkaControl(KafkaSettings settings, KafkaLog log = {},
                        std::shared_ptr<PartitionCounts> partitions = std::make_shared<PartitionCounts>());

  // Every position in the position topic; one that does not exist, as a broker says of its name, holds none, one that
  // cannot be seen is a problem; and every topic that is there. Changes nothing. The problem tells a wrong host, port,
  // login or right apart.
  Result<KafkaFacts> probe();

  // One record of the position topic, which is made if the last probe() did not find it. Returns once the record is in
  // Kafka. kPosChanging: the topic is there though it was not, or the other way round.
  Status write_position(const StreamIdentity& identity, const StoredPosition& stored);

  // The same for the target state, whether or not the topic was there when it was looked at. A pause that ends where
  // there is no topic writes nothing.
  Status write_target_state(const WriteTargetState& request);

  // Makes what is missing of `topics`, as topic.creation.* says, in batches, and waits until it has leaders. Those
  // whose names Kafka refuses are no problem but part of the answer. `groups` says which of them have settings of their
  // own.
  Result<TopicsCreated> create_topics(const std::vector<std::string>& topics, const GroupOfTopic& groups = {});

  // Whether topics have to be looked up in topic.creation.groups.
  bool has_groups() const { return !settings_.topic_creation.groups.empty(); }

  // Warnings about settings of these topics, and of the position topic, that can lose what was confirmed or refuse what
  // will be sent. Changes nothing; topics that do not exist are left out.
  Result<std::vector<Problem>> audit(const std::vector<std::string>& topics);

  Result<std::unique_ptr<KafkaProducer>> open_producer();

  // The outstanding call, and every later one, ends within a few seconds. Any thread.
  void cancel() { stopping_ = true; }

 private:
  const KafkaSettings settings_;
  const KafkaLog log_;
  Status ensure_position_topic(const Patience& patience);
  Status write(std::string_view key, std::string_view value, const Patience& patience);

  std::optional<bool> position_topic_seen_;  // by the last probe, or since
  const std::shared_ptr<PartitionCounts> partitions_;
  std::atomic<bool> stopping_ = false;
};

// "2.0.2", of the library that is loaded.
std::string_view librdkafka_version();

}  // namespace penstock
