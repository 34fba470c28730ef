// Making topics: in batches that a controller takes, with the settings of their groups.
#include <algorithm>
#include <array>
#include <deque>

#include "relay/kafka/admin.h"

namespace penstock {

namespace {

using NewTopicHandle = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;

// A position record a second makes 26 MB a day, and the whole topic is read at each start. The cleaner leaves the
// newest segment alone, so that must be small. 1 MiB is the least that Kafka 4 takes.
constexpr const char* kPositionSegmentBytes = "4194304";

// A controller takes 10,000 partitions in a request, and 10,000 entries of its log, of which each topic, partition and
// setting is one. A tenth of it is answered soon; a broker that takes still less makes us halve the batch.
constexpr size_t kEntriesAtOnce = 1000;
constexpr size_t kPartitionsElse = 10;  // where the broker's num.partitions counts, which we do not know

// A topic that exists and cannot be seen in the list of all: no right to it, or no leader.
Problem invisible_topic(rd_kafka_t& client, const std::string& name, const Patience& patience) {
  const TopicHandle topic(rd_kafka_topic_new(&client, name.c_str(), nullptr));
  const rd_kafka_metadata_t* answer = nullptr;
  rd_kafka_resp_err_t error = rd_kafka_metadata(&client, 0, topic.get(), &answer, patience.slice_ms(4000));
  const MetadataHandle metadata(answer);
  if (metadata && metadata->topic_cnt > 0) error = metadata->topics[0].err;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
  return kafka_problem(error, "topic " + name + ": " + rd_kafka_err2str(error), Code::kKafkaTopicMissing);
}

bool is_position(const KafkaSettings& settings, const std::string& topic) {
  return topic == settings.position_topic;
}

// The group's own settings, and its name in properties.
struct Creation {
  const TopicGroupSettings& settings;
  std::string group;
};

Creation creation_of(const KafkaSettings& settings, const GroupOfTopic& groups, const std::string& topic) {
  const auto group = groups.find(topic);
  if (group != groups.end()) {
    const auto found = settings.topic_creation.groups.find(group->second);
    if (found != settings.topic_creation.groups.end()) return {found->second, group->second};
  }
  return {settings.topic_creation, "default"};
}

// Null: librdkafka does not take the name.
NewTopicHandle new_topic(const KafkaSettings& settings, const TopicGroupSettings& creation, const std::string& name) {
  std::array<char, 256> reason{};
  const bool position = is_position(settings, name);
  NewTopicHandle topic(rd_kafka_NewTopic_new(name.c_str(), position ? 1 : creation.partitions,
                                             creation.replication_factor, reason.data(), reason.size()));
  if (!topic) return topic;
  if (position) {
    rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "compact");
    rd_kafka_NewTopic_set_config(topic.get(), "segment.bytes", kPositionSegmentBytes);
    return topic;
  }
  for (const auto& [key, value] : creation.config)
    rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str());
  return topic;
}

size_t entries_of(const KafkaSettings& settings, const GroupOfTopic& groups, const std::string& topic) {
  if (is_position(settings, topic)) return 4;
  const TopicGroupSettings& creation = creation_of(settings, groups, topic).settings;
  return 1 + creation.config.size() +
         (creation.partitions < 0 ? kPartitionsElse : static_cast<size_t>(creation.partitions));
}

std::vector<std::string> missing_of(const std::vector<std::string>& wanted, const ClusterView& view) {
  std::vector<std::string> missing;
  for (const std::string& topic : wanted) {
    if (view.find(topic) == nullptr) missing.push_back(topic);
  }
  return missing;
}

// The property that an error of creation is about, for people who can change it.
std::string property_of(rd_kafka_resp_err_t error, const Creation& creation) {
  const std::string prefix = "topic.creation." + creation.group + ".";
  switch (error) {
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
      return prefix + "partitions";
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return prefix + "replication.factor";
    default: {
      std::string list = prefix + "partitions, " + prefix + "replication.factor";
      for (const auto& [key, value] : creation.settings.config) list += ", " + prefix + key;
      return list;
    }
  }
}

bool is_about_settings(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_INVALID_PARTITIONS || error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ||
         error == RD_KAFKA_RESP_ERR_INVALID_CONFIG || error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION ||
         error == RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT;
}

// One batch on its way to being made.
class Maker {
 public:
  Maker(rd_kafka_t& client, const KafkaSettings& settings, const GroupOfTopic& groups, const Patience& patience)
      : client_(client),
        settings_(settings),
        groups_(groups),
        patience_(patience),
        queue_(rd_kafka_queue_new(&client)) {}

  // What is made or refused leaves `missing`.
  Status make(const std::vector<std::string>& missing) {
    std::deque<std::vector<std::string>> batches = {missing};
    while (!batches.empty()) {
      const std::vector<std::string> batch = std::move(batches.front());
      batches.pop_front();
      const std::vector<std::string> again = TRY(make_once(batch));
      if (again.empty()) continue;
      // Too many at once for this broker, or a policy against one of them: smaller pieces tell.
      const auto middle = again.begin() + static_cast<std::ptrdiff_t>(again.size() / 2);
      batches.emplace_front(middle, again.end());
      batches.emplace_front(again.begin(), middle);
    }
    return Status::ok();
  }

  const std::vector<std::string>& made() const { return made_; }
  std::vector<RefusedTopic> take_refused() { return std::move(refused_); }

 private:
  // Gives those that may do in a smaller batch.
  Result<std::vector<std::string>> make_once(const std::vector<std::string>& batch) {
    std::vector<NewTopicHandle> owners;
    std::vector<rd_kafka_NewTopic_t*> request;
    for (const std::string& name : batch) {
      NewTopicHandle topic = new_topic(settings_, creation_of(settings_, groups_, name).settings, name);
      if (!topic) {
        refused_.push_back({name, "no topic can have this name"});
        continue;
      }
      request.push_back(topic.get());
      owners.push_back(std::move(topic));
    }
    if (request.empty()) return std::vector<std::string>();
    const OptionsHandle options = options_for(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(&client_, request.data(), request.size(), options.get(), queue_.get());
    const EventHandle answer = answer_on(*queue_, patience_);
    if (!answer) return Problem{Code::kKafkaUnreachable, "no answer to the request for topics", ""};
    return take(*answer);
  }

  Result<std::vector<std::string>> take(rd_kafka_event_t& answer) {
    if (const rd_kafka_resp_err_t error = rd_kafka_event_error(&answer); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_problem(error, std::string("creating topics: ") + rd_kafka_event_error_string(&answer),
                           Code::kKafkaTopicMissing);
    }
    size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(&answer), &count);
    std::vector<std::string> again;
    for (size_t i = 0; i < count; ++i) {
      const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
      const std::string name = rd_kafka_topic_result_name(results[i]);
      const char* said = rd_kafka_topic_result_error_string(results[i]);
      const std::string text = said == nullptr ? rd_kafka_err2str(error) : said;
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        made_.push_back(name);  // a topic that is there already is as good as made
      } else if (error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION && !is_position(settings_, name)) {
        refused_.push_back({name, text});  // to Kafka's metrics a dot and an underscore are the same
      } else if (error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION && count > 1) {
        again.push_back(name);
      } else {
        return problem_of(error, name, text);
      }
    }
    return again;
  }

  Problem problem_of(rd_kafka_resp_err_t error, const std::string& topic, const std::string& text) const {
    std::string what = "topic " + topic + " cannot be made: " + text;
    if (!is_about_settings(error)) return kafka_problem(error, std::move(what), Code::kKafkaTopicMissing);
    return {Code::kKafkaTopicSettings, std::move(what),
            "correct " + property_of(error, creation_of(settings_, groups_, topic)) +
                ", or make the topic yourself: kafka-topics.sh --bootstrap-server <servers> --create --topic " + topic};
  }

  rd_kafka_t& client_;
  const KafkaSettings& settings_;
  const GroupOfTopic& groups_;
  const Patience& patience_;
  const QueueHandle queue_;
  std::vector<std::string> made_;
  std::vector<RefusedTopic> refused_;
};

}  // namespace

std::vector<std::vector<std::string>> batches_of(const KafkaSettings& settings, const GroupOfTopic& groups,
                                                 const std::vector<std::string>& topics) {
  std::vector<std::vector<std::string>> batches;
  size_t entries = 0;
  for (const std::string& topic : topics) {
    const size_t more = entries_of(settings, groups, topic);
    if (batches.empty() || entries + more > kEntriesAtOnce) {
      batches.emplace_back();
      entries = 0;
    }
    batches.back().push_back(topic);
    entries += more;
  }
  return batches;
}

Result<EnsuredTopics> ensure_topics(rd_kafka_t& client, const KafkaSettings& settings, const GroupOfTopic& groups,
                                    const std::vector<std::string>& topics, const KafkaLog& log,
                                    const Patience& patience) {
  EnsuredTopics ensured;
  ensured.view = TRY(look_at_cluster(client, log, patience));
  std::vector<std::string> missing = missing_of(topics, ensured.view);
  if (missing.empty()) return ensured;
  if (!settings.topic_creation.enabled && missing != std::vector{settings.position_topic}) {
    return Problem{Code::kKafkaTopicMissing,
                   "topic " + missing.front() + " does not exist, and topic.creation.enable is false", ""};
  }
  Maker maker(client, settings, groups, patience);
  TRY_STATUS(maker.make(missing));
  ensured.refused = maker.take_refused();
  missing = maker.made();
  while (!missing.empty()) {  // the broker that we ask may hear of it later than the controller
    ensured.view = TRY(look_at_cluster(client, log, patience));
    missing = missing_of(missing, ensured.view);
    if (missing.empty()) break;
    Problem invisible = invisible_topic(client, missing.front(), patience);
    if (invisible.code == Code::kKafkaTopicAuthorization || patience.over()) return invisible;
    const QueueHandle none(rd_kafka_queue_new(&client));
    const EventHandle pause(rd_kafka_queue_poll(none.get(), 20));
  }
  return ensured;
}

}  // namespace penstock
