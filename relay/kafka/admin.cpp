#include "relay/kafka/admin.h"

#include <algorithm>
#include <array>
#include <optional>

namespace penstock {

namespace {

// Brokers since Kafka 3.7.2, 3.8.1 and 3.9.0 hold clients to RFC 5802; librdkafka sends the right nonce since 2.6.1.
constexpr int kScramMended = 0x02060100;

struct MemFree {
  void operator()(char* text) const { rd_kafka_mem_free(nullptr, text); }
};

bool ready(const rd_kafka_metadata_topic_t& topic) {
  if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt == 0) return false;
  return std::all_of(topic.partitions, topic.partitions + topic.partition_cnt,
                     [](const rd_kafka_metadata_partition_t& partition) { return partition.leader >= 0; });
}

TopicView view_of(const rd_kafka_metadata_topic_t& topic) {
  const auto* fewest =
      std::min_element(topic.partitions, topic.partitions + topic.partition_cnt,
                       [](const auto& left, const auto& right) { return left.replica_cnt < right.replica_cnt; });
  return {topic.topic, topic.partition_cnt, fewest->replica_cnt};
}

ClusterView view_of(rd_kafka_t& client, const rd_kafka_metadata_t& metadata) {
  ClusterView view;
  const std::unique_ptr<char, MemFree> id(rd_kafka_clusterid(&client, 0));
  if (id) view.cluster_id = id.get();
  view.brokers = metadata.broker_cnt;
  for (int i = 0; i < metadata.topic_cnt; ++i) {
    if (ready(metadata.topics[i])) view.topics.push_back(view_of(metadata.topics[i]));
  }
  std::sort(view.topics.begin(), view.topics.end(),
            [](const TopicView& left, const TopicView& right) { return left.name < right.name; });
  return view;
}

// What a failed connection means. librdkafka tries again for ever; most first failures are what they look like.
Problem connection_problem(rd_kafka_resp_err_t error, const std::string& text) {
  Problem problem = kafka_problem(error, text, Code::kKafkaUnreachable);
  if (text.find("Disconnected while requesting ApiVersion") != std::string::npos ||
      text.find("Receive failed: Invalid response size") != std::string::npos ||
      text.find("Protocol parse failure") != std::string::npos) {
    problem.mend =
        "the port is open but does not speak plain Kafka: check the port of bootstrap.servers and "
        "security.protocol (a TLS or SASL listener closes connections of other kinds)";
  }
  if (problem.code == Code::kKafkaAuthentication && text.find("SCRAM") != std::string::npos &&
      rd_kafka_version() < kScramMended) {
    problem.mend = "check sasl.jaas.config; if user and password are right, it is librdkafka " +
                   std::string(rd_kafka_version_str()) +
                   ", which cannot log in by SCRAM at Kafka 3.7.2, 3.8.1, 3.9 and later: give the relay 2.6.1 or newer "
                   "(LD_LIBRARY_PATH), or use sasl.mechanism PLAIN over TLS";
  }
  return problem;
}

// Takes what is on the main queue; the last error that tells why there is no connection goes to `why`. True: it will
// not go away by trying again soon.
bool take_errors(rd_kafka_queue_t& queue, const KafkaLog& log, std::optional<Problem>& why) {
  bool decided = false;
  while (EventHandle event{rd_kafka_queue_poll(&queue, 0)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_LOG) pass_log(*event, log);
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
    const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      decided = true;  // each was tried once; it says nothing about why
      if (why) continue;
    }
    Problem problem = connection_problem(error, rd_kafka_event_error_string(event.get()));
    const bool refused = problem.code == Code::kKafkaAuthentication || problem.code == Code::kKafkaCertificate;
    decided = decided || refused;
    if (!why || refused) why = std::move(problem);
  }
  return decided;
}

// `topic` null: all of them.
Result<MetadataHandle> ask_for_metadata(rd_kafka_t& client, rd_kafka_topic_t* topic, const KafkaLog& log,
                                        const Patience& patience) {
  const QueueHandle queue(rd_kafka_queue_get_main(&client));
  std::optional<Problem> why;
  int most_ms = 250;  // long enough at first for a port that is closed, later for a broker that is far away
  for (; !patience.over(); most_ms = std::min(2 * most_ms, 4000)) {
    const rd_kafka_metadata_t* answer = nullptr;
    const rd_kafka_resp_err_t error =
        rd_kafka_metadata(&client, topic == nullptr ? 1 : 0, topic, &answer, patience.slice_ms(most_ms));
    MetadataHandle metadata(answer);
    const bool decided = take_errors(*queue, log, why);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return metadata;
    if (decided) break;
    const bool transient = error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!transient)
      return kafka_problem(error, std::string("metadata: ") + rd_kafka_err2str(error), Code::kKafkaUnreachable);
  }
  if (why) return *why;
  return Problem{Code::kKafkaUnreachable, "no broker has answered", ""};
}

}  // namespace

const TopicView* ClusterView::find(const std::string& name) const {
  const auto found =
      std::lower_bound(topics.begin(), topics.end(), name,
                       [](const TopicView& topic, const std::string& wanted) { return topic.name < wanted; });
  return found == topics.end() || found->name != name ? nullptr : &*found;
}

int Patience::slice_ms(int most_ms) const {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, most_ms));
}

Result<ClusterView> look_at_cluster(rd_kafka_t& client, const KafkaLog& log, const Patience& patience) {
  const MetadataHandle metadata = TRY(ask_for_metadata(client, nullptr, log, patience));
  return view_of(client, *metadata);
}

Result<std::optional<TopicView>> look_at_topic(rd_kafka_t& client, const std::string& name, const KafkaLog& log,
                                               const Patience& patience) {
  const TopicHandle topic(rd_kafka_topic_new(&client, name.c_str(), nullptr));
  const MetadataHandle metadata = TRY(ask_for_metadata(client, topic.get(), log, patience));
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_UNKNOWN;
  if (metadata->topic_cnt > 0) {
    const rd_kafka_metadata_topic_t& found = metadata->topics[0];
    if (ready(found)) return std::optional(view_of(found));
    error = found.err == RD_KAFKA_RESP_ERR_NO_ERROR ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : found.err;
  }
  if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<TopicView>();
  return kafka_problem(error, "topic " + name + ": " + rd_kafka_err2str(error), Code::kKafkaUnreachable);
}

OptionsHandle options_for(rd_kafka_t& client, rd_kafka_admin_op_t operation) {
  constexpr int kTimeoutMs = 10000;  // of one request; who waits longer asks again
  std::array<char, 256> reason{};
  OptionsHandle options(rd_kafka_AdminOptions_new(&client, operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMs, reason.data(), reason.size());
  return options;
}

// Waits for the answer to an admin request; null: the patience was over first.
EventHandle answer_on(rd_kafka_queue_t& queue, const Patience& patience) {
  while (!patience.over()) {
    if (EventHandle event{rd_kafka_queue_poll(&queue, patience.slice_ms())}) return event;
  }
  return nullptr;
}

void ask_for_sign(rd_kafka_t& client, rd_kafka_queue_t& queue, const KafkaSettings& settings) {
  const ResourceHandle topic(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, settings.position_topic.c_str()));
  rd_kafka_ConfigResource_t* request[] = {topic.get()};
  const OptionsHandle options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_DescribeConfigs(&client, request, 1, options.get(), &queue);
}

bool is_answer(rd_kafka_event_t& answer) {
  const rd_kafka_resp_err_t error = rd_kafka_event_error(&answer);
  return error != RD_KAFKA_RESP_ERR__TIMED_OUT && error != RD_KAFKA_RESP_ERR__TRANSPORT &&
         error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && error != RD_KAFKA_RESP_ERR__DESTROY;
}

}  // namespace penstock
