#include <algorithm>
#include <map>
#include <span>

#include "relay/kafka/admin.h"

namespace penstock {

namespace {

using TopicConfig = std::map<std::string, std::string>;

// A broker tells some 40 settings of a topic, with where each comes from: 14 KB of ours.
constexpr size_t kDescribedAtOnce = 100;

std::map<std::string, TopicConfig> configs_of(rd_kafka_t& client, std::span<const TopicView* const> topics,
                                              const Patience& patience) {
  std::vector<ResourceHandle> owners;
  std::vector<rd_kafka_ConfigResource_t*> request;
  for (const TopicView* topic : topics) {
    owners.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic->name.c_str()));
    request.push_back(owners.back().get());
  }
  const QueueHandle queue(rd_kafka_queue_new(&client));
  const OptionsHandle options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_DescribeConfigs(&client, request.data(), request.size(), options.get(), queue.get());
  std::map<std::string, TopicConfig> configs;
  const EventHandle answer = answer_on(*queue, patience);
  if (!answer || rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return configs;
  size_t count = 0;
  const rd_kafka_ConfigResource_t** resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(answer.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigResource_error(resources[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    TopicConfig& config = configs[rd_kafka_ConfigResource_name(resources[i])];
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (size_t j = 0; j < entries; ++j) {
      const char* value = rd_kafka_ConfigEntry_value(entry[j]);
      config[rd_kafka_ConfigEntry_name(entry[j])] = value == nullptr ? "" : value;
    }
  }
  return configs;
}

// One finding and the topics that it is true of.
class Findings {
 public:
  void add(const std::string& finding, const std::string& mend, const std::string& topic) {
    Finding& found = findings_[finding];
    found.mend = mend;
    if (++found.count <= kNamed) found.topics += (found.topics.empty() ? "" : ", ") + topic;
  }
  std::vector<Problem> problems() const {
    std::vector<Problem> problems;
    for (const auto& [finding, found] : findings_) {
      std::string what = finding + ": " + found.topics;
      if (found.count > kNamed) what += " and " + std::to_string(found.count - kNamed) + " more";
      problems.push_back({Code::kKafkaPartition, std::move(what), found.mend});
    }
    return problems;
  }

 private:
  static constexpr size_t kNamed = 3;
  struct Finding {
    std::string topics;
    std::string mend;
    size_t count = 0;
  };
  std::map<std::string, Finding> findings_;
};

std::string alter(const std::string& setting) {
  return "kafka-configs.sh --bootstrap-server <servers> --alter --entity-type topics --entity-name <topic> "
         "--add-config " +
         setting;
}

int64_t number(const TopicConfig& config, const char* name, int64_t otherwise) {
  const auto found = config.find(name);
  return found == config.end() || found->second.empty() ? otherwise : std::strtoll(found->second.c_str(), nullptr, 10);
}

std::string text(const TopicConfig& config, const char* name) {
  const auto found = config.find(name);
  return found == config.end() ? std::string() : found->second;
}

void audit(const TopicView& topic, const TopicConfig& config, const KafkaSettings& settings, int brokers,
           Findings& findings) {
  if (brokers > 1) {  // one broker is somebody's own machine: nothing there survives it, and nobody is surprised
    if (topic.replicas < 2) {
      findings.add("a topic has one replica: what is confirmed is lost with its broker",
                   "kafka-reassign-partitions.sh, and topic.creation.default.replication.factor=3 for new ones",
                   topic.name);
    } else if (number(config, "min.insync.replicas", 2) < 2) {
      findings.add("min.insync.replicas is 1: what is confirmed can be on one broker only",
                   alter("min.insync.replicas=2"), topic.name);
    }
  }
  if (text(config, "unclean.leader.election.enable") == "true") {
    findings.add("unclean.leader.election.enable is true: a leader without what is confirmed can take over",
                 alter("unclean.leader.election.enable=false"), topic.name);
  }
  if (topic.name == settings.position_topic) {
    if (!config.empty() && text(config, "cleanup.policy") != "compact") {
      findings.add("the position topic is not compacted: the position can be deleted when it is old",
                   alter("cleanup.policy=compact"), topic.name);
    }
    if (topic.partitions != 1) {
      findings.add("the position topic has more than one partition; only the first is used", "nothing", topic.name);
    }
  } else if (number(config, "max.message.bytes", settings.record_bytes_max) < settings.record_bytes_max) {
    findings.add("max.message.bytes is below max.request.size of the relay: large records will be refused",
                 alter("max.message.bytes=" + std::to_string(settings.record_bytes_max)), topic.name);
  }
}

}  // namespace

std::vector<Problem> audit_topics(rd_kafka_t& client, const KafkaSettings& settings,
                                  const std::vector<std::string>& topics, const ClusterView& view,
                                  const Patience& patience) {
  std::vector<const TopicView*> there;
  for (const std::string& name : topics) {
    if (const TopicView* topic = view.find(name)) there.push_back(topic);
  }
  if (there.empty()) return {};
  Findings findings;
  for (std::span<const TopicView* const> rest = there; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kDescribedAtOnce));
    rest = rest.subspan(some.size());
    const std::map<std::string, TopicConfig> configs = configs_of(client, some, patience);
    for (const TopicView* topic : some) {
      const auto config = configs.find(topic->name);
      audit(*topic, config == configs.end() ? TopicConfig() : config->second, settings, view.brokers, findings);
    }
  }
  return findings.problems();
}

}  // namespace penstock
