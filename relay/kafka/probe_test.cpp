// What KafkaControl finds out without a real broker.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "relay/kafka/kafka_control.h"
#include "relay/kafka/kafka_test_support.h"

namespace penstock {
namespace {

// Accepts connections, answers each with a line of text, and closes it: a port that is open and not Kafka's.
class TextServer {
 public:
  TextServer() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(listen(listener_, 8) == 0);
    socklen_t size = sizeof address;
    CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  TextServer(const TextServer&) = delete;
  TextServer& operator=(const TextServer&) = delete;
  ~TextServer() {
    shutdown(listener_, SHUT_RDWR);  // wakes accept()
    thread_.join();
    close(listener_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() const {
    for (;;) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      char request[256];
      constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\n\r\n";
      if (read(connection, request, sizeof request) > 0) {
        [[maybe_unused]] const ssize_t written = write(connection, kAnswer.data(), kAnswer.size());
      }
      close(connection);
    }
  }

  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

Problem problem_of_probe(const std::string& bootstrap) {
  KafkaControl control(test::settings_for(bootstrap));
  const auto before = std::chrono::steady_clock::now();
  const auto facts = control.probe();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10)) << bootstrap;
  if (facts.is_ok()) {
    ADD_FAILURE() << bootstrap << " answered";
    return {};
  }
  return facts.problem();
}

TEST(Probe, NamesAClosedPort) {
  const Problem problem = problem_of_probe("127.0.0.1:1");
  EXPECT_EQ(problem.code, Code::kKafkaUnreachable);
  EXPECT_NE(problem.what.find("127.0.0.1:1"), std::string::npos) << problem.what;
  EXPECT_NE(problem.what.find("Connection refused"), std::string::npos) << problem.what;
}

TEST(Probe, NamesAHostThatIsNotKnown) {
  const Problem problem = problem_of_probe("no-such-host.invalid:9092");
  EXPECT_EQ(problem.code, Code::kKafkaUnreachable);
  EXPECT_NE(problem.what.find("no-such-host.invalid"), std::string::npos) << problem.what;
}

TEST(Probe, TellsAPortThatIsNotKafka) {
  const TextServer server;
  const Problem problem = problem_of_probe(server.address());
  EXPECT_EQ(problem.code, Code::kKafkaUnreachable);
  EXPECT_NE(problem.mend.find("does not speak plain Kafka"), std::string::npos) << to_string(problem);
}

TEST(Probe, FindsNoPositionsWithoutTheTopic) {
  test::MockCluster cluster(2);
  KafkaControl control(cluster.settings());
  const auto facts = control.probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  EXPECT_EQ(facts.value().brokers, 2);
  EXPECT_TRUE(facts.value().positions.empty());
}

TEST(Probe, ReadsBackWhatWasWritten) {
  test::MockCluster cluster;
  cluster.topic("__penstock.test", 1);
  KafkaControl control(cluster.settings());
  const StreamIdentity identity{"7300000000000000001", 16384, "shop"};
  StoredPosition stored;
  stored.epoch = 4;
  stored.timeline = 2;
  stored.position = {Lsn{0x1000}, Lsn{0x2000}, 17};
  stored.sequence_lsn = Lsn{0x900};
  const Status written = control.write_position(identity, stored);
  ASSERT_TRUE(written.is_ok()) << to_string(written.problem());
  const auto facts = control.probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  ASSERT_EQ(facts.value().positions.size(), 1u);
  const PositionEntry& entry = facts.value().positions[0];
  EXPECT_EQ(entry.identity.slot, "shop");
  EXPECT_EQ(entry.stored.epoch, 4u);
  EXPECT_EQ(entry.stored.timeline, 2u);
  EXPECT_EQ(entry.stored.position, stored.position);
  EXPECT_EQ(entry.stored.sequence_lsn, stored.sequence_lsn);
}

// To take it for empty would be to read the whole database again.
TEST(Probe, ATopicWithoutLeaderIsNotAbsent) {
  test::MockCluster cluster;
  cluster.topic("__penstock.test", 1);
  rd_kafka_mock_partition_set_leader(cluster.get(), "__penstock.test", 0, -1);
  const auto facts = KafkaControl(cluster.settings()).probe();
  ASSERT_FALSE(facts.is_ok()) << "it counts as empty";
  EXPECT_EQ(facts.problem().code, Code::kKafkaNoLeader) << to_string(facts.problem());
  EXPECT_NE(facts.problem().what.find("__penstock.test"), std::string::npos);
}

TEST(Probe, ATopicWithAnErrorIsNotAbsent) {
  test::MockCluster cluster;
  cluster.topic("__penstock.test", 1);
  rd_kafka_mock_topic_set_error(cluster.get(), "__penstock.test", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto facts = KafkaControl(cluster.settings()).probe();
  ASSERT_FALSE(facts.is_ok()) << "it counts as empty";
  EXPECT_EQ(facts.problem().code, Code::kKafkaTopicAuthorization) << to_string(facts.problem());
}

TEST(Probe, RecordsThatGoAwayWhileTheyAreReadAreNotAbsent) {
  test::MockCluster cluster;
  cluster.topic("__penstock.test", 1);
  KafkaControl control(cluster.settings());
  StoredPosition stored;
  stored.epoch = 4;
  stored.position.end = Lsn{0x1000};
  ASSERT_TRUE(control.write_position({"7300000000000000001", 16384, "shop"}, stored).is_ok());
  constexpr int16_t kFetch = 1;
  rd_kafka_mock_push_request_errors(cluster.get(), kFetch, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  const auto facts = control.probe();
  ASSERT_FALSE(facts.is_ok()) << facts.value().positions.size() << " positions were found";
  EXPECT_EQ(facts.problem().code, Code::kPosChanging) << to_string(facts.problem());
}

TEST(Probe, EndsSoonWhenTheRelayStops) {
  KafkaControl control(test::settings_for("192.0.2.1:9092"));  // TEST-NET: nothing answers
  std::thread stopper([&control] { control.cancel(); });
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(control.probe().is_ok());
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
  stopper.join();
}

TEST(Probe, RefusedSettingsAreNamed) {
  KafkaSettings settings = test::settings_for("127.0.0.1:1");
  settings.client.push_back(
      {"ssl.ca.location", "/no/such/file.pem", "producer.override.ssl.truststore.location", false});
  settings.client.push_back({"security.protocol", "ssl", "", false});
  KafkaControl control(settings);
  const auto facts = control.probe();
  ASSERT_FALSE(facts.is_ok());
  EXPECT_EQ(facts.problem().code, Code::kKafkaSettings) << to_string(facts.problem());
  EXPECT_NE(facts.problem().what.find("/no/such/file.pem"), std::string::npos) << facts.problem().what;
}

}  // namespace
}  // namespace penstock
