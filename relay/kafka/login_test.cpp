// Logins and rights against a real broker. PENSTOCK_TEST_KAFKA=host:port is where everything is allowed;
// PENSTOCK_TEST_KAFKA_SASL=host:port is a SASL/PLAIN listener of the same broker that knows the user "limited" with the
// password "limited-password" (scripts/kafka.sh).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

#include "relay/kafka/admin.h"
#include "relay/kafka/java_names.h"
#include "relay/kafka/kafka_control.h"
#include "relay/kafka/kafka_test_support.h"

namespace penstock {
namespace {

using AclHandle = std::unique_ptr<rd_kafka_AclBinding_t, Destroy<rd_kafka_AclBinding_destroy>>;

class LoginTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto broker = test::real_broker();
    const char* sasl = std::getenv("PENSTOCK_TEST_KAFKA_SASL");
    if (!broker || sasl == nullptr) GTEST_SKIP() << "PENSTOCK_TEST_KAFKA and PENSTOCK_TEST_KAFKA_SASL are not set";
    plain_ = test::settings_for(*broker);
    sasl_ = sasl;
  }
  KafkaSettings settings_with(const std::string& password) const {
    MappedSettings mapped = kafka_settings(
        {{"bootstrap.servers", sasl_},
         {"producer.override.security.protocol", "SASL_PLAINTEXT"},
         {"producer.override.sasl.mechanism", "PLAIN"},
         {"producer.override.sasl.jaas.config",
          "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"limited\" password=\"" +
              password + "\";"},
         {"penstock.position.topic", test::unique_topic("login")}});
    for (const Problem& problem : mapped.problems) ADD_FAILURE() << to_string(problem);
    return mapped.settings;
  }
  // From now on nobody but `principal` and super users may do anything with the topic.
  void reserve(const std::string& topic, const char* principal) {
    const auto client = open_client(plain_, ClientKind::kAdmin);
    const AclHandle acl(
        rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal,
                                "*", RD_KAFKA_ACL_OPERATION_ALL, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, nullptr, 0));
    rd_kafka_AclBinding_t* request[] = {acl.get()};
    const QueueHandle queue(rd_kafka_queue_new(client.value().get()));
    const OptionsHandle options = options_for(*client.value(), RD_KAFKA_ADMIN_OP_CREATEACLS);
    rd_kafka_CreateAcls(client.value().get(), request, 1, options.get(), queue.get());
    const EventHandle answer = answer_on(*queue, Patience(std::chrono::seconds(20), never_));
    ASSERT_TRUE(answer);
    size_t count = 0;
    const auto* results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(answer.get()), &count);
    ASSERT_EQ(count, 1u);
    ASSERT_EQ(rd_kafka_acl_result_error(results[0]), nullptr);
  }

  KafkaSettings plain_;
  std::string sasl_;
  std::atomic<bool> never_ = false;
};

TEST_F(LoginTest, RightPasswordWorks) {
  KafkaControl control(settings_with("limited-password"));
  const auto facts = control.probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  StoredPosition stored;
  stored.epoch = 1;
  stored.position.end = Lsn{16};
  const Status written = control.write_position({"1", 2, "login"}, stored);
  EXPECT_TRUE(written.is_ok()) << to_string(written.problem());
}

TEST_F(LoginTest, WrongPasswordIsSaidSoonAndNotShown) {
  KafkaControl control(settings_with("not-the-password"));
  const auto before = std::chrono::steady_clock::now();
  const auto facts = control.probe();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  ASSERT_FALSE(facts.is_ok());
  EXPECT_EQ(facts.problem().code, Code::kKafkaAuthentication) << to_string(facts.problem());
  EXPECT_EQ(to_string(facts.problem()).find("not-the-password"), std::string::npos);
}

TEST_F(LoginTest, PlainToASaslPortIsExplained) {
  KafkaSettings settings = test::settings_for(sasl_);
  KafkaControl control(settings);
  const auto facts = control.probe();
  ASSERT_FALSE(facts.is_ok());
  EXPECT_EQ(facts.problem().code, Code::kKafkaUnreachable) << to_string(facts.problem());
}

// The list of all topics leaves it out.
TEST_F(LoginTest, PositionsThatMayNotBeSeenAreNotAbsent) {
  const KafkaSettings settings = settings_with("limited-password");
  ASSERT_TRUE(KafkaControl(plain_).create_topics({settings.position_topic}).is_ok());
  ASSERT_NO_FATAL_FAILURE(reserve(settings.position_topic, "User:somebody"));
  const auto facts = KafkaControl(settings).probe();
  ASSERT_FALSE(facts.is_ok()) << "it counts as empty";
  EXPECT_EQ(facts.problem().code, Code::kKafkaTopicAuthorization) << to_string(facts.problem());
}

TEST_F(LoginTest, TopicOfOthersEndsTheSession) {
  const std::string topic = test::unique_topic("reserved");
  ASSERT_TRUE(KafkaControl(plain_).create_topics({topic}).is_ok());
  ASSERT_NO_FATAL_FAILURE(reserve(topic, "User:somebody"));
  KafkaControl control(settings_with("limited-password"));
  const auto made = control.create_topics({topic});  // it cannot be seen, so it looks as if it were missing
  ASSERT_FALSE(made.is_ok());
  EXPECT_EQ(made.problem().code, Code::kKafkaTopicAuthorization) << to_string(made.problem());
  EXPECT_NE(made.problem().what.find(topic), std::string::npos) << to_string(made.problem());

  auto producer = std::move(control.open_producer().value());
  ASSERT_EQ(producer->produce_service(topic, -1, "k", "v", 1), Producer::Offer::kTaken);
  std::vector<Producer::Report> reports;
  Status status;
  ASSERT_TRUE(test::serve_until(
      *producer, reports, status, [&] { return !status.is_ok(); }, std::chrono::seconds(60)));
  EXPECT_EQ(status.problem().code, Code::kKafkaTopicAuthorization) << to_string(status.problem());
}

}  // namespace
}  // namespace penstock
