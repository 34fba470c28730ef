#include "relay/kafka/java_names.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace penstock {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

constexpr const char* kPlain =
    "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"shop\" password=\"hunter2\";";

MappedSettings map_with(Values values) {
  values.emplace("bootstrap.servers", "broker:9092");
  return kafka_settings(values);
}

// The value that a producer gets, or "(unset)".
std::string value_of(const MappedSettings& mapped, std::string_view name) {
  std::string value = "(unset)";
  for (const auto* list : {&mapped.settings.client, &mapped.settings.producer}) {
    for (const ClientProperty& property : *list) {
      if (property.name == name) value = property.value;
    }
  }
  return value;
}

std::string problems_of(const MappedSettings& mapped) {
  std::string text;
  for (const Problem& problem : mapped.problems) text += problem.what + " | " + problem.mend + "\n";
  return text;
}

std::string notes_of(const MappedSettings& mapped) {
  std::string text;
  for (const std::string& note : mapped.notes) text += note + "\n";
  return text;
}

TEST(JavaNames, MapsPlainSettings) {
  const auto mapped = map_with({{"producer.override.linger.ms", "20"},
                                {"producer.override.batch.size", "65536"},
                                {"producer.override.compression.type", "zstd"},
                                {"producer.override.compression.zstd.level", "3"},
                                {"producer.override.buffer.memory", "1048577"},
                                {"producer.override.max.request.size", "2097152"},
                                {"producer.override.request.timeout.ms", "12000"},
                                {"client.id", "shop-relay"}});
  EXPECT_EQ(problems_of(mapped), "");
  EXPECT_EQ(value_of(mapped, "linger.ms"), "20");
  EXPECT_EQ(value_of(mapped, "batch.size"), "65536");
  EXPECT_EQ(value_of(mapped, "compression.codec"), "zstd");
  EXPECT_EQ(value_of(mapped, "compression.level"), "3");
  EXPECT_EQ(value_of(mapped, "queue.buffering.max.kbytes"), "1025");
  EXPECT_EQ(value_of(mapped, "message.max.bytes"), "2097152");
  EXPECT_EQ(mapped.settings.record_bytes_max, 2097152);
  EXPECT_EQ(value_of(mapped, "socket.timeout.ms"), "12000");
  EXPECT_EQ(value_of(mapped, "request.timeout.ms"), "12000");
  EXPECT_EQ(value_of(mapped, "client.id"), "shop-relay");
  EXPECT_EQ(value_of(mapped, "bootstrap.servers"), "broker:9092");
  EXPECT_EQ(mapped.settings.bootstrap_servers, "broker:9092");
}

TEST(JavaNames, OverrideGoesBeforeWorkerBeforePlain) {
  const auto mapped = map_with({{"client.id", "plain"},
                                {"producer.client.id", "worker"},
                                {"producer.override.client.id", "override"},
                                {"producer.linger.ms", "7"},
                                {"security.protocol", "PLAINTEXT"}});
  EXPECT_EQ(value_of(mapped, "client.id"), "override");
  EXPECT_EQ(value_of(mapped, "linger.ms"), "7");
  EXPECT_EQ(value_of(mapped, "security.protocol"), "plaintext");
  EXPECT_EQ(problems_of(mapped), "");
}

TEST(JavaNames, KeepsItsPromisesWithANote) {
  const auto mapped = map_with({{"producer.override.acks", "1"},
                                {"producer.override.enable.idempotence", "false"},
                                {"producer.override.max.in.flight.requests.per.connection", "8"},
                                {"producer.override.retries", "0"},
                                {"producer.override.delivery.timeout.ms", "120000"}});
  EXPECT_EQ(problems_of(mapped), "");
  for (const char* name : {"acks", "enable.idempotence", "max.in.flight", "retries", "delivery.timeout.ms"}) {
    EXPECT_NE(notes_of(mapped).find(std::string("producer.override.") + name), std::string::npos) << name;
  }
  EXPECT_EQ(value_of(mapped, "acks"), "(unset)");
  EXPECT_EQ(value_of(mapped, "enable.idempotence"), "(unset)");
  EXPECT_EQ(value_of(mapped, "message.timeout.ms"), "(unset)");
  EXPECT_EQ(value_of(mapped, "max.in.flight.requests.per.connection"), "5");
}

TEST(JavaNames, RefusesByName) {
  const std::pair<const char*, const char*> kRefused[] = {
      {"interceptor.classes", "io.confluent.monitoring.clients.interceptor.MonitoringProducerInterceptor"},
      {"partitioner.class", "org.apache.kafka.clients.producer.RoundRobinPartitioner"},
      {"partitioner.ignore.keys", "true"},
      {"transactional.id", "t"},
      {"acks", "2"},
      {"max.request.size", "1MB"},
      {"linger.ms", "soon"},
      {"lingerms", "5"},
      {"key.serializer", "org.apache.kafka.common.serialization.StringSerializer"},
  };
  for (const auto& [name, value] : kRefused) {
    const std::string full = std::string("producer.override.") + name;
    const auto mapped = map_with({{full, value}});
    ASSERT_EQ(mapped.problems.size(), 1u) << full << "\n" << problems_of(mapped);
    EXPECT_EQ(mapped.problems[0].code, Code::kKafkaSettings);
    EXPECT_NE(mapped.problems[0].what.find(full), std::string::npos) << problems_of(mapped);
    EXPECT_FALSE(mapped.problems[0].mend.empty());
  }
}

TEST(JavaNames, ReadsJaas) {
  const auto mapped = map_with({{"producer.override.security.protocol", "SASL_PLAINTEXT"},
                                {"producer.override.sasl.mechanism", "SCRAM-SHA-512"},
                                {"producer.override.sasl.jaas.config",
                                 "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"shop\" "
                                 "password=\"hunter2\";"}});
  EXPECT_EQ(problems_of(mapped), "");
  EXPECT_EQ(value_of(mapped, "security.protocol"), "sasl_plaintext");
  EXPECT_EQ(value_of(mapped, "sasl.mechanisms"), "SCRAM-SHA-512");
  EXPECT_EQ(value_of(mapped, "sasl.username"), "shop");
  EXPECT_EQ(value_of(mapped, "sasl.password"), "hunter2");
}

TEST(JavaNames, RefusesKerberosAndUnknownLogins) {
  const auto kerberos = map_with({{"security.protocol", "SASL_PLAINTEXT"}});
  EXPECT_NE(problems_of(kerberos).find("Kerberos"), std::string::npos);
  const auto iam = map_with({{"security.protocol", "SASL_SSL"},
                             {"sasl.mechanism", "AWS_MSK_IAM"},
                             {"sasl.jaas.config", "software.amazon.msk.auth.iam.IAMLoginModule required;"}});
  EXPECT_NE(problems_of(iam).find("IAMLoginModule"), std::string::npos);
}

// What a problem advises is not refused by the same binary.
TEST(JavaNames, AdvisesNoLoginThatThisBuildRefuses) {
  const auto oidc = map_with({{"security.protocol", "SASL_PLAINTEXT"},
                              {"sasl.mechanism", "OAUTHBEARER"},
                              {"sasl.oauthbearer.token.endpoint.url", "https://idp/token"},
                              {"sasl.jaas.config",
                               "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "
                               "clientId=\"relay\" clientSecret=\"x\";"}});
  const bool can = oidc.problems.empty();
  const auto handler = map_with({{"security.protocol", "SASL_SSL"},
                                 {"sasl.mechanism", "AWS_MSK_IAM"},
                                 {"sasl.client.callback.handler.class", "software.amazon.msk.auth.iam.Handler"},
                                 {"sasl.jaas.config", "software.amazon.msk.auth.iam.IAMLoginModule required;"}});
  const auto kerberos = map_with({{"security.protocol", "SASL_PLAINTEXT"}});
  for (const auto* refused : {&handler, &kerberos}) {
    const std::string advice = problems_of(*refused);
    EXPECT_EQ(advice.find("token.endpoint.url") != std::string::npos, can) << advice;
    EXPECT_EQ(advice.find("libcurl") != std::string::npos, !can) << advice;
  }
  if (can) return;
  ASSERT_EQ(oidc.problems.size(), 1u) << problems_of(oidc);
  EXPECT_NE(oidc.problems[0].mend.find("libcurl"), std::string::npos) << problems_of(oidc);
}

TEST(JavaNames, MapsPemAndExplainsJavaStores) {
  const auto pem = map_with({{"security.protocol", "SSL"},
                             {"ssl.truststore.type", "PEM"},
                             {"ssl.truststore.location", "/etc/ssl/certs"},
                             {"ssl.endpoint.identification.algorithm", ""}});
  EXPECT_EQ(problems_of(pem), "");
  EXPECT_EQ(value_of(pem, "ssl.ca.location"), "/etc/ssl/certs");
  EXPECT_EQ(value_of(pem, "ssl.endpoint.identification.algorithm"), "none");

  const auto jks = map_with({{"security.protocol", "SSL"},
                             {"producer.override.ssl.truststore.location", "/etc/kafka/trust.jks"},
                             {"producer.override.ssl.truststore.password", "hunter2"}});
  ASSERT_EQ(jks.problems.size(), 1u) << problems_of(jks);
  EXPECT_NE(jks.problems[0].mend.find("keytool -list -rfc -keystore /etc/kafka/trust.jks > /etc/kafka/trust.jks.pem"),
            std::string::npos)
      << jks.problems[0].mend;
  EXPECT_NE(jks.problems[0].mend.find("producer.override.ssl.truststore.type=PEM"), std::string::npos)
      << jks.problems[0].mend;

  const auto p12 = map_with(
      {{"security.protocol", "SSL"}, {"ssl.keystore.type", "JKS"}, {"ssl.keystore.location", "/etc/kafka/key.jks"}});
  EXPECT_NE(problems_of(p12).find("-deststoretype PKCS12"), std::string::npos);
}

TEST(JavaNames, NeverTellsSecrets) {
  const std::pair<const char*, const char*> kWithSecrets[] = {
      {"sasl.jaas.config", kPlain},         {"sasl.jaas.config", "PlainLoginModule required password=\"hunter2\""},
      {"sasl.jaas.config", "hunter2"},      {"ssl.keystore.key", "hunter2"},
      {"ssl.key.password", "hunter2"},      {"ssl.truststore.password", "hunter2"},
      {"ssl.keystore.password", "hunter2"},
  };
  for (const auto& [name, value] : kWithSecrets) {
    const auto mapped = map_with({{"security.protocol", "SASL_SSL"}, {"sasl.mechanism", "PLAIN"}, {name, value}});
    EXPECT_EQ((problems_of(mapped) + notes_of(mapped)).find("hunter2"), std::string::npos) << name << "\n"
                                                                                           << problems_of(mapped);
  }
}

TEST(JavaNames, ReadsTopicCreation) {
  const auto mapped = map_with({{"topic.creation.default.partitions", "6"},
                                {"topic.creation.default.replication.factor", "3"},
                                {"topic.creation.default.cleanup.policy", "compact"},
                                {"slot.name", "shop"}});
  EXPECT_EQ(problems_of(mapped), "");
  const TopicCreation& creation = mapped.settings.topic_creation;
  EXPECT_TRUE(creation.enabled);
  EXPECT_EQ(creation.partitions, 6);
  EXPECT_EQ(creation.replication_factor, 3);
  EXPECT_EQ(creation.config.at("cleanup.policy"), "compact");
  EXPECT_EQ(mapped.settings.position_topic, "__penstock.shop");
  EXPECT_FALSE(map_with({{"topic.creation.enable", "false"}}).settings.topic_creation.enabled);
  EXPECT_EQ(map_with({{"penstock.position.topic", "p"}}).settings.position_topic, "p");
}

TEST(JavaNames, GroupsOfTopicsHaveTheNumbersOfTheDefaultGroupUnlessTheySaySo) {
  const auto mapped = map_with({{"topic.creation.default.partitions", "6"},
                                {"topic.creation.default.replication.factor", "3"},
                                {"topic.creation.default.cleanup.policy", "compact"},
                                {"topic.creation.default.include", "x"},
                                {"topic.creation.groups", "big, default, kept"},
                                {"topic.creation.big.include", ".*"},
                                {"topic.creation.big.partitions", "24"},
                                {"topic.creation.kept.retention.ms", "-1"},
                                {"topic.creation.other.partitions", "99"}});
  EXPECT_EQ(problems_of(mapped), "");
  const TopicCreation& creation = mapped.settings.topic_creation;
  EXPECT_EQ(creation.config.size(), 1u);
  ASSERT_EQ(creation.groups.size(), 2u);
  EXPECT_EQ(creation.groups.at("big").partitions, 24);
  EXPECT_EQ(creation.groups.at("big").replication_factor, 3);
  EXPECT_TRUE(creation.groups.at("big").config.empty());
  EXPECT_EQ(creation.groups.at("kept").partitions, 6);
  EXPECT_EQ(creation.groups.at("kept").config.at("retention.ms"), "-1");
}

}  // namespace
}  // namespace penstock
