#include "relay/kafka/java_names.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "relay/kafka/client.h"
#include "relay/kafka/java_mapping.h"
#include "wire/option.h"

namespace penstock {

namespace {

using Handler = void (*)(const JavaValue&, JavaMapping&);

struct Rule {
  enum class Kind : uint8_t { kClient, kProducer, kNote, kRefused, kHandled } kind;
  std::string_view java;
  std::string_view text;  // librdkafka's name, the note, or the mend
  Handler handler = nullptr;
};

std::optional<int64_t> number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> take_number(const JavaValue& java, JavaMapping& mapping) {
  const auto value = number(java.value);
  if (!value) mapping.refuse(java.origin, "is not a whole number", "correct or remove " + java.origin);
  return value;
}

void acks(const JavaValue& java, JavaMapping& mapping) {
  if (java.value == "all" || java.value == "-1") return;
  if (java.value == "0" || java.value == "1") {
    mapping.note(java.origin, "acks=all is kept: what is confirmed to PostgreSQL must not be lost with one broker");
    return;
  }
  mapping.refuse(java.origin, "is none of all, -1, 0, 1", "set " + java.origin + "=all or remove it");
}

void enable_idempotence(const JavaValue& java, JavaMapping& mapping) {
  if (java.value != "true") mapping.note(java.origin, "stays true: without it retries repeat and reorder records");
}

void max_in_flight(const JavaValue& java, JavaMapping& mapping) {
  const auto value = take_number(java, mapping);
  if (!value) return;
  constexpr int64_t kMost = 5;  // of an idempotent producer; the broker remembers no more batches
  if (*value > kMost) mapping.note(java.origin, "5 is kept, the most that keeps order");
  mapping.set_producer("max.in.flight.requests.per.connection", std::to_string(std::min(*value, kMost)), java.origin);
}

void retries(const JavaValue& java, JavaMapping& mapping) {
  if (java.value != "2147483647") mapping.note(java.origin, "is not read: a record is tried until it is in Kafka");
}

void delivery_timeout(const JavaValue& java, JavaMapping& mapping) {
  mapping.note(java.origin,
               "is not read: a record that times out would be a hole, so it is tried until it is in Kafka");
}

void buffer_memory(const JavaValue& java, JavaMapping& mapping) {
  constexpr int64_t kKilobyte = 1024;
  const auto value = take_number(java, mapping);
  if (value) {
    mapping.set_producer("queue.buffering.max.kbytes", std::to_string((*value + kKilobyte - 1) / kKilobyte),
                         java.origin);
  }
}

void max_request_size(const JavaValue& java, JavaMapping& mapping) {
  const auto value = take_number(java, mapping);
  if (!value) return;
  mapping.out().settings.record_bytes_max = *value;
  mapping.set_producer("message.max.bytes", std::to_string(*value), java.origin);
}

void request_timeout(const JavaValue& java, JavaMapping& mapping) {
  constexpr int64_t kMost = 300000;  // of socket.timeout.ms
  const auto value = take_number(java, mapping);
  if (!value) return;
  if (*value > kMost) mapping.note(java.origin, "300000 is taken, the most that the client knows");
  // Java's is both: how long the client waits for an answer, and how long it asks the leader to wait for its followers.
  mapping.set_client("socket.timeout.ms", std::to_string(std::min(*value, kMost)), java.origin);
  mapping.set_producer("request.timeout.ms", std::to_string(std::min(*value, kMost)), java.origin);
}

void metadata_max_age(const JavaValue& java, JavaMapping& mapping) {
  mapping.set_client("topic.metadata.refresh.interval.ms", java.value, java.origin);
}

void socket_buffer(const JavaValue& java, JavaMapping& mapping, std::string_view name) {
  const auto value = take_number(java, mapping);
  if (value) mapping.set_client(name, std::to_string(std::max<int64_t>(*value, 0)), java.origin);  // Java: -1, here: 0
}
void send_buffer(const JavaValue& java, JavaMapping& mapping) {
  socket_buffer(java, mapping, "socket.send.buffer.bytes");
}
void receive_buffer(const JavaValue& java, JavaMapping& mapping) {
  socket_buffer(java, mapping, "socket.receive.buffer.bytes");
}

void compression_level(const JavaValue& java, JavaMapping& mapping) {
  const std::string type = mapping.find("compression.type") == nullptr ? "lz4" : mapping.value("compression.type");
  if (java.origin.find("compression." + type + ".level") == std::string::npos) {
    mapping.note(java.origin, "is not read: the compression is " + type);
    return;
  }
  mapping.set_producer("compression.level", java.value, java.origin);
}

void partitioner_class(const JavaValue& java, JavaMapping& mapping) {
  constexpr std::string_view kDefault =
      "DefaultPartitioner";  // what Java does without the property, since 3.3 deprecated
  if (java.value.empty() || java.value.ends_with(kDefault)) return;
  mapping.refuse(java.origin, "names a Java class, which cannot be loaded here",
                 "remove " + java.origin + ": keys are placed by murmur2, as Java's default does");
}

void ignore_keys(const JavaValue& java, JavaMapping& mapping) {
  if (java.value == "false") return;
  mapping.refuse(java.origin, "would spread the changes of one row over partitions", "remove " + java.origin);
}

void classes(const JavaValue& java, JavaMapping& mapping) {
  if (java.value.empty()) return;
  mapping.refuse(java.origin, "names a Java class, which cannot be loaded here", "remove " + java.origin);
}

void serializer(const JavaValue& java, JavaMapping& mapping) {
  if (java.value.empty() || java.value.ends_with("ByteArraySerializer")) return;
  mapping.refuse(java.origin, "names a Java class, which cannot be loaded here",
                 "remove " + java.origin + ": key.converter and value.converter say how records are written");
}

constexpr auto kClient = Rule::Kind::kClient;
constexpr auto kProducer = Rule::Kind::kProducer;
constexpr auto kNote = Rule::Kind::kNote;
constexpr auto kRefused = Rule::Kind::kRefused;
constexpr auto kHandled = Rule::Kind::kHandled;
constexpr std::string_view kNoSuchThing = "has no counterpart here and changes nothing that a record would show";

// Every property of org.apache.kafka.clients.producer.ProducerConfig up to Kafka 4.3, but for security.
constexpr Rule kRules[] = {
    {kHandled, "acks", "", acks},
    {kNote, "auto.include.jmx.reporter", kNoSuchThing},
    {kProducer, "batch.size", "batch.size"},
    {kClient, "bootstrap.servers", "bootstrap.servers"},
    {kHandled, "buffer.memory", "", buffer_memory},
    {kNote, "client.dns.lookup", "every address of a broker's name is tried in turn"},
    {kClient, "client.id", "client.id"},
    {kClient, "client.rack", "client.rack"},
    {kHandled, "compression.gzip.level", "", compression_level},
    {kHandled, "compression.lz4.level", "", compression_level},
    {kProducer, "compression.type", "compression.codec"},
    {kHandled, "compression.zstd.level", "", compression_level},
    {kClient, "connections.max.idle.ms", "connections.max.idle.ms"},
    {kHandled, "delivery.timeout.ms", "", delivery_timeout},
    {kHandled, "enable.idempotence", "", enable_idempotence},
    {kNote, "enable.metrics.push", kNoSuchThing},
    {kHandled, "interceptor.classes", "", classes},
    {kHandled, "key.serializer", "", serializer},
    {kProducer, "linger.ms", "linger.ms"},
    {kNote, "max.block.ms", "nothing blocks here"},
    {kHandled, "max.in.flight.requests.per.connection", "", max_in_flight},
    {kHandled, "max.request.size", "", max_request_size},
    {kHandled, "metadata.max.age.ms", "", metadata_max_age},
    {kNote, "metadata.max.idle.ms", kNoSuchThing},
    {kNote, "metadata.recovery.rebootstrap.trigger.ms", kNoSuchThing},
    {kNote, "metadata.recovery.strategy", "bootstrap.servers are always tried again"},
    {kNote, "metric.reporters", "metrics are at /metrics"},
    {kNote, "metrics.num.samples", "metrics are at /metrics"},
    {kNote, "metrics.recording.level", "metrics are at /metrics"},
    {kNote, "metrics.sample.window.ms", "metrics are at /metrics"},
    {kNote, "partitioner.adaptive.partitioning.enable", "touches only records without a key"},
    {kNote, "partitioner.availability.timeout.ms", "touches only records without a key"},
    {kHandled, "partitioner.class", "", partitioner_class},
    {kHandled, "partitioner.ignore.keys", "", ignore_keys},
    {kHandled, "receive.buffer.bytes", "", receive_buffer},
    {kClient, "reconnect.backoff.max.ms", "reconnect.backoff.max.ms"},
    {kClient, "reconnect.backoff.ms", "reconnect.backoff.ms"},
    {kHandled, "request.timeout.ms", "", request_timeout},
    {kHandled, "retries", "", retries},
    {kNote, "retry.backoff.max.ms", "retry.backoff.ms is the pause between all tries"},
    {kProducer, "retry.backoff.ms", "retry.backoff.ms"},
    {kHandled, "security.providers", "", classes},
    {kHandled, "send.buffer.bytes", "", send_buffer},
    {kNote, "socket.connection.setup.timeout.max.ms", "socket.connection.setup.timeout.ms holds for every try"},
    {kClient, "socket.connection.setup.timeout.ms", "socket.connection.setup.timeout.ms"},
    {kNote, "transaction.timeout.ms", "no Kafka transactions are used"},
    {kRefused, "transaction.two.phase.commit.enable", "remove it: no Kafka transactions are used"},
    {kRefused, "transactional.id", "remove it: exactly.once.support decides whether Kafka transactions are used"},
    {kHandled, "value.serializer", "", serializer},
};

constexpr std::string_view kOverride = "producer.override.";
constexpr std::string_view kWorker = "producer.";

// The last of the three forms that is there counts, as in Kafka Connect.
JavaProperties gather(const std::map<std::string, std::string, std::less<>>& values) {
  JavaProperties java;
  for (const auto& [name, value] : values) {
    if (name == "bootstrap.servers" || name == "client.id" || is_security_name(name)) java[name] = {value, name};
  }
  for (std::string_view prefix : {kWorker, kOverride}) {
    for (auto at = values.lower_bound(prefix); at != values.end() && at->first.starts_with(prefix); ++at) {
      if (prefix == kWorker && at->first.starts_with(kOverride)) continue;
      java[at->first.substr(prefix.size())] = {at->second, at->first};
    }
  }
  return java;
}

void apply(const Rule& rule, const JavaValue& java, JavaMapping& mapping) {
  switch (rule.kind) {
    case Rule::Kind::kClient:
      return mapping.set_client(rule.text, java.value, java.origin);
    case Rule::Kind::kProducer:
      return mapping.set_producer(rule.text, java.value, java.origin);
    case Rule::Kind::kNote:
      return mapping.note(java.origin, rule.text);
    case Rule::Kind::kRefused:
      return mapping.refuse(java.origin, "cannot be met", std::string(rule.text));
    case Rule::Kind::kHandled:
      return rule.handler(java, mapping);
  }
}

void map_topic_group(const std::map<std::string, std::string, std::less<>>& values, std::string_view prefix,
                     TopicGroupSettings& group, JavaMapping& mapping) {
  for (auto at = values.lower_bound(prefix); at != values.end() && at->first.starts_with(prefix); ++at) {
    const std::string name = at->first.substr(prefix.size());
    const JavaValue java{at->second, at->first};
    if (name == "include" || name == "exclude") continue;  // the plugin's; the default group has none, as in Connect
    if (name != "partitions" && name != "replication.factor") {
      group.config[name] = at->second;
    } else if (const auto value = take_number(java, mapping)) {
      (name == "partitions" ? group.partitions : group.replication_factor) = static_cast<int32_t>(*value);
    }
  }
}

void map_topic_creation(const std::map<std::string, std::string, std::less<>>& values, JavaMapping& mapping) {
  constexpr std::string_view kDefault = "topic.creation.default.";
  TopicCreation& creation = mapping.out().settings.topic_creation;
  if (const auto found = values.find("topic.creation.enable"); found != values.end())
    creation.enabled = found->second != "false";
  map_topic_group(values, kDefault, creation, mapping);
  const auto groups = values.find("topic.creation.groups");
  std::string_view rest = groups == values.end() ? std::string_view() : groups->second;
  while (rest.data() != nullptr && !rest.empty()) {
    const std::string name(wire::trim(wire::take_part(rest, ',')));
    if (name.empty() || name == "default") continue;
    // As Connect: partitions and replication of the default group where it has none of its own, but no other settings.
    TopicGroupSettings& group = creation.groups[name];
    group = {creation.partitions, creation.replication_factor, {}};
    map_topic_group(values, "topic.creation." + name + '.', group, mapping);
  }
}

std::string value_of(const std::map<std::string, std::string, std::less<>>& values, std::string_view name) {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

}  // namespace

MappedSettings kafka_settings(const std::map<std::string, std::string, std::less<>>& values) {
  MappedSettings out;
  const JavaProperties java = gather(values);
  JavaMapping mapping(java, out);
  for (const auto& [name, value] : java) {
    if (is_security_name(name)) continue;
    const auto rule =
        std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& row) { return row.java == name; });
    if (rule != std::end(kRules)) {
      apply(*rule, value, mapping);
    } else {
      mapping.refuse(value.origin, "is not a property of Java's producer", "correct or remove " + value.origin);
    }
  }
  map_security(java, mapping);
  map_topic_creation(values, mapping);
  out.settings.bootstrap_servers = mapping.value("bootstrap.servers");
  out.settings.truncate_everywhere = value_of(values, "penstock.truncate.partitions") == "all";
  out.settings.position_topic = value_of(values, "penstock.position.topic");
  if (out.settings.position_topic.empty()) {
    const std::string slot = value_of(values, "slot.name");
    out.settings.position_topic =
        "__penstock." + (slot.empty() ? std::string("debezium") : slot);  // Debezium's default
  }
  for (Problem& problem : check_client_settings(out.settings)) out.problems.push_back(std::move(problem));
  return out;
}

}  // namespace penstock
