#include "relay/kafka/kafka_control.h"

#include <iterator>
#include <utility>

#include "relay/core/position_record.h"
#include "relay/kafka/admin.h"
#include "relay/kafka/client.h"
#include "relay/kafka/position_log.h"

namespace penstock {

namespace {

constexpr std::chrono::seconds kPatience{20};  // of one call; who asked will ask again

}  // namespace

KafkaControl::KafkaControl(KafkaSettings settings, KafkaLog log, std::shared_ptr<PartitionCounts> partitions)
    : settings_(std::move(settings)), log_(std::move(log)), partitions_(std::move(partitions)) {}

Result<KafkaFacts> KafkaControl::probe() {
  const Patience patience(kPatience, stopping_);
  const ClientHandle client = TRY(open_client(settings_, ClientKind::kAdmin));
  const ClusterView view = TRY(look_at_cluster(*client, log_, patience));
  KafkaFacts facts;
  facts.cluster_id = view.cluster_id;
  facts.brokers = view.brokers;
  for (const TopicView& topic : view.topics) {
    facts.topics.push_back(topic.name);
    partitions_->set(topic.name, topic.partitions);
  }
  position_topic_seen_ = TRY(look_at_topic(*client, settings_.position_topic, log_, patience)).has_value();
  if (*position_topic_seen_) {
    PositionLog log = TRY(read_positions(*client, settings_, log_, patience));
    facts.positions = std::move(log.entries);
    facts.paused = std::move(log.paused);
    facts.positions_shortened = log.shortened;
  }
  return facts;
}

// What was decided upon holds only as long as the topic is what it was.
Status KafkaControl::ensure_position_topic(const Patience& patience) {
  const ClientHandle client = TRY(open_client(settings_, ClientKind::kAdmin));
  const bool exists = TRY(look_at_topic(*client, settings_.position_topic, log_, patience)).has_value();
  if (exists != position_topic_seen_.value_or(exists)) {
    return Problem{
        Code::kPosChanging,
        "topic " + settings_.position_topic + (exists ? " was made" : " was deleted") + " since it was looked at", ""};
  }
  if (!exists) TRY_STATUS(make_position_topic(*client, settings_, log_, patience));
  position_topic_seen_ = true;
  return Status::ok();
}

Status KafkaControl::write_position(const StreamIdentity& identity, const StoredPosition& stored) {
  const Patience patience(kPatience, stopping_);
  TRY_STATUS(ensure_position_topic(patience));
  return write(encode_position_key(identity, stored.epoch), encode_position_value(stored), patience);
}

Status KafkaControl::write_target_state(const WriteTargetState& request) {
  const Patience patience(kPatience, stopping_);
  const std::string key = encode_target_state_key(request.connector);
  if (request.paused) {
    position_topic_seen_.reset();  // nothing was decided upon
    TRY_STATUS(ensure_position_topic(patience));
    return write(key, encode_target_state_value(request.unix_ms), patience);
  }
  const ClientHandle client = TRY(open_client(settings_, ClientKind::kAdmin));
  const bool exists = TRY(look_at_topic(*client, settings_.position_topic, log_, patience)).has_value();
  return exists ? write(key, std::string_view(), patience) : Status::ok();
}

// One record of the position topic.
Status KafkaControl::write(std::string_view key, std::string_view value, const Patience& patience) {
  const auto producer = TRY(open_producer());
  constexpr uint64_t kOpaque = 1;
  if (producer->produce_service(settings_.position_topic, 0, key, value, kOpaque) != Producer::Offer::kTaken) {
    return producer->problem();
  }
  std::vector<Producer::Report> reports;
  while (reports.empty() && !patience.over()) TRY_STATUS(producer->wait(reports, patience.slice_ms()));
  if (!reports.empty()) return Status::ok();
  if (producer->trouble()) return *producer->trouble();
  return Problem{Code::kKafkaUnreachable, "no broker has taken the position record in time", ""};
}

Result<TopicsCreated> KafkaControl::create_topics(const std::vector<std::string>& topics, const GroupOfTopic& groups) {
  const ClientHandle client = TRY(open_client(settings_, ClientKind::kAdmin));
  TopicsCreated created;
  for (const std::vector<std::string>& batch : batches_of(settings_, groups, topics)) {
    const Patience patience(kPatience, stopping_);
    EnsuredTopics ensured = TRY(ensure_topics(*client, settings_, groups, batch, log_, patience));
    for (const std::string& topic : batch) {
      if (const TopicView* found = ensured.view.find(topic)) partitions_->set(topic, found->partitions);
    }
    std::move(ensured.refused.begin(), ensured.refused.end(), std::back_inserter(created.refused));
  }
  return created;
}

Result<std::vector<Problem>> KafkaControl::audit(const std::vector<std::string>& topics) {
  const Patience patience(kPatience, stopping_);
  const ClientHandle client = TRY(open_client(settings_, ClientKind::kAdmin));
  const ClusterView view = TRY(look_at_cluster(*client, log_, patience));
  std::vector<std::string> audited = topics;
  audited.push_back(settings_.position_topic);
  return audit_topics(*client, settings_, audited, view, patience);
}

Result<std::unique_ptr<KafkaProducer>> KafkaControl::open_producer() {
  return KafkaProducer::open(settings_, log_, partitions_);
}

std::string_view librdkafka_version() {
  return rd_kafka_version_str();
}

}  // namespace penstock
