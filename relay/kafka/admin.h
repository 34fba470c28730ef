// Topics: which there are, making those that are missing, and what their settings promise. Private to relay/kafka.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/facts.h"
#include "relay/kafka/client.h"

namespace penstock {

// Bounds what blocks, and lets go of it when the relay stops.
class Patience {
 public:
  // `stopping` may be set by any thread, and outlives this.
  Patience(std::chrono::milliseconds limit, const std::atomic<bool>& stopping)
      : end_(std::chrono::steady_clock::now() + limit), stopping_(stopping) {}

  bool over() const { return std::chrono::steady_clock::now() >= end_ || stopping_; }
  // How long one call may block: at most `most_ms`, so that a stop is seen soon.
  int slice_ms(int most_ms = 250) const;

 private:
  std::chrono::steady_clock::time_point end_;
  const std::atomic<bool>& stopping_;
};

// A topic that has a leader for each partition.
struct TopicView {
  std::string name;
  int partitions = 0;
  int replicas = 0;  // of the partition that has the fewest
};

struct ClusterView {
  std::string cluster_id;
  int brokers = 0;
  std::vector<TopicView> topics;  // sorted by name

  const TopicView* find(const std::string& name) const;
};

// Asks the first broker that answers. Why none does, as well as it can be told: the host, the port, the login, the
// rights.
Result<ClusterView> look_at_cluster(rd_kafka_t& client, const KafkaLog& log, const Patience& patience);

// One topic, asked for by its name; nullopt: a broker says that there is none. What cannot be seen is not absent,
// though lists of all topics leave it out: no right to describe it, or no leader, is a problem.
Result<std::optional<TopicView>> look_at_topic(rd_kafka_t& client, const std::string& name, const KafkaLog& log,
                                               const Patience& patience);

// Waits for the answer to an admin request; null: the patience was over first.
EventHandle answer_on(rd_kafka_queue_t& queue, const Patience& patience);

// The options of a request, with a bound on the time that it takes.
using OptionsHandle = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
OptionsHandle options_for(rd_kafka_t& client, rd_kafka_admin_op_t operation);

// Asks any broker for something small, the settings of the position topic; the answer comes as event on `queue`.
void ask_for_sign(rd_kafka_t& client, rd_kafka_queue_t& queue, const KafkaSettings& settings);

// True if a broker has answered, whatever it said.
bool is_answer(rd_kafka_event_t& answer);

// `topics` in the order given, cut into pieces that a controller takes in one request.
std::vector<std::vector<std::string>> batches_of(const KafkaSettings& settings, const GroupOfTopic& groups,
                                                 const std::vector<std::string>& topics);

struct EnsuredTopics {
  ClusterView view;                   // what the cluster then holds
  std::vector<RefusedTopic> refused;  // names that Kafka does not take
};

// Makes what is missing of `topics`, which are one batch, and waits until the broker that we ask knows it. The position
// topic has one partition and is compacted, the others are as topic.creation.* says; with topic.creation.enable=false
// only the position topic is made. A problem: what all topics share is wrong (the settings, a right, the connection).
Result<EnsuredTopics> ensure_topics(rd_kafka_t& client, const KafkaSettings& settings, const GroupOfTopic& groups,
                                    const std::vector<std::string>& topics, const KafkaLog& log,
                                    const Patience& patience);

// Makes the position topic, of which a broker has said that there is none. If there is one after all, that broker was
// behind: kPosChanging.
Status make_position_topic(rd_kafka_t& client, const KafkaSettings& settings, const KafkaLog& log,
                           const Patience& patience);

// Warnings about topics whose settings can lose what was acknowledged, or refuse what the relay sends (reliability
// notes 3.8); one of each kind. Nothing about settings that the principal may not read, or about topics that do not
// exist.
std::vector<Problem> audit_topics(rd_kafka_t& client, const KafkaSettings& settings,
                                  const std::vector<std::string>& topics, const ClusterView& view,
                                  const Patience& patience);

}  // namespace penstock
