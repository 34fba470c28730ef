#include "relay/kafka/client.h"

#include <array>
#include <span>

namespace penstock {

namespace {

struct Default {
  const char* name;
  const char* value;
};

constexpr Default kClientDefaults[] = {
    {"client.id", "penstock"},
    {"allow.auto.create.topics", "false"},  // topics are made as topic.creation.* says
    {"log.queue", "true"},
    {"log.connection.close", "false"},  // idle connections are closed by brokers all the time
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"},      // a small last batch must not wait for the answer to the one before
    {"reconnect.backoff.max.ms", "2000"},  // librdkafka: 10 s, by which every restart of a broker would be longer felt
};

// Guarantees first (reliability notes 3.1), then speed (README.md here has the measurements).
constexpr Default kProducerDefaults[] = {
    {"enable.idempotence", "true"},  // with it acks=all, at most 5 requests in flight, retries without end
    {"enable.gapless.guarantee",
     "true"},                           // a record that fails ends the instance: what follows it must not be in Kafka
    {"message.timeout.ms", "0"},        // never: a record that times out is a hole, not even gapless covers it
    {"partitioner", "murmur2_random"},  // Java's default; librdkafka's own is CRC32 and would move every key
    {"message.max.bytes", "1048576"},   // Java's max.request.size
    {"compression.codec", "lz4"},
    {"linger.ms", "5"},
    {"batch.size", "1000000"},
    {"queue.buffering.max.kbytes", "32768"},    // Java's buffer.memory
    {"queue.buffering.max.messages", "16384"},  // each costs about 700 bytes beside its key and value
};

constexpr Default kReaderDefaults[] = {
    {"isolation.level", "read_committed"}, {"enable.partition.eof", "true"}, {"check.crcs", "true"},
    {"auto.offset.reset", "error"},  // the end, librdkafka's default, would read as "nothing is stored"
    {"fetch.wait.max.ms", "100"},    // the end of the topic is a fetch that finds nothing
};

// The text of librdkafka's refusal; empty if it took the value.
std::string set(rd_kafka_conf_t& conf, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(&conf, name.c_str(), value.c_str(), reason.data(), reason.size()) == RD_KAFKA_CONF_OK)
    return "";
  return reason.data();
}

void set_defaults(rd_kafka_conf_t& conf, std::span<const Default> defaults) {
  for (const Default& row : defaults) CHECK(set(conf, row.name, row.value).empty());
}

void set_properties(rd_kafka_conf_t& conf, const std::vector<ClientProperty>& properties,
                    std::vector<Problem>& problems) {
  for (const ClientProperty& property : properties) {
    const std::string reason = set(conf, property.name, property.value);
    if (reason.empty()) continue;
    const std::string& origin = property.origin.empty() ? property.name : property.origin;
    problems.push_back({Code::kKafkaSettings,
                        origin + " is refused by the Kafka client" + (property.secret ? std::string() : ": " + reason),
                        "correct or remove " + origin});
  }
}

ConfHandle configure(const KafkaSettings& settings, ClientKind kind, std::vector<Problem>& problems) {
  ConfHandle conf(rd_kafka_conf_new());
  set_defaults(*conf, kClientDefaults);
  if (kind == ClientKind::kProducer) set_defaults(*conf, kProducerDefaults);
  if (kind == ClientKind::kReader) set_defaults(*conf, kReaderDefaults);
  set_properties(*conf, settings.client, problems);
  if (kind == ClientKind::kProducer) set_properties(*conf, settings.producer, problems);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  return conf;
}

// Some things are only checked when a client is made: certificates that cannot be read, values that contradict each
// other. The reason begins with librdkafka's name of the property, if it is about one.
Problem refused_together(const KafkaSettings& settings, std::string_view reason) {
  std::string what = "the Kafka client refuses its settings: " + std::string(reason);
  for (const ClientProperty& property : settings.client) {
    if (property.secret || property.origin.empty() || !reason.starts_with(property.name)) continue;
    what += " (" + property.origin + "=" + property.value + ")";
  }
  return {Code::kKafkaSettings, std::move(what), ""};
}

}  // namespace

Result<ClientHandle> open_client(const KafkaSettings& settings, ClientKind kind) {
  std::vector<Problem> problems;
  ConfHandle conf = configure(settings, kind, problems);
  if (!problems.empty()) return problems.front();
  std::array<char, 512> reason{};
  const auto type = kind == ClientKind::kReader ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
  ClientHandle client(rd_kafka_new(type, conf.get(), reason.data(), reason.size()));
  if (!client) return refused_together(settings, reason.data());
  conf.release();  // the client has it now
  rd_kafka_set_log_queue(client.get(), nullptr);
  return client;
}

bool client_fetches_tokens() {
  const ConfHandle conf(rd_kafka_conf_new());
  return set(*conf, "sasl.oauthbearer.method", "oidc").empty();
}

std::vector<Problem> check_client_settings(const KafkaSettings& settings) {
  std::vector<Problem> problems;
  configure(settings, ClientKind::kProducer, problems);
  if (!problems.empty()) return problems;
  const auto client = open_client(settings, ClientKind::kProducer);  // some things only show when a client is made
  if (!client.is_ok()) problems.push_back(client.problem());
  return problems;
}

Problem kafka_problem(rd_kafka_resp_err_t error, std::string what, Code otherwise) {
  Code code = code_of_kafka_error(rd_kafka_err2name(error));
  if (code == Code::kKafkaFatal) code = otherwise;
  return {code, std::move(what), ""};
}

void pass_log(rd_kafka_event_t& event, const KafkaLog& log) {
  const char* facility = nullptr;
  const char* text = nullptr;
  int level = 0;
  if (!log || rd_kafka_event_log(&event, &facility, &text, &level) != 0) return;
  if (std::string_view(facility) == "CONFWARN") return;  // says at each start that gapless is experimental
  log(level, text);
}

}  // namespace penstock
