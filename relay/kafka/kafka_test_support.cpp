#include "relay/kafka/kafka_test_support.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "relay/kafka/admin.h"

namespace penstock::test {

namespace {

using MessageHandle = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;

std::optional<std::string> text(const void* data, size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

Consumed consumed(const rd_kafka_message_t& message) {
  Consumed record;
  record.partition = message.partition;
  record.key = text(message.key, message.key_len);
  record.value = text(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    record.headers.emplace_back(name, text(value, size));
  }
  return record;
}

void read_partition(rd_kafka_t& client, const std::string& topic, int32_t partition, std::vector<Consumed>& records) {
  const TopicHandle handle(rd_kafka_topic_new(&client, topic.c_str(), nullptr));
  ASSERT_EQ(rd_kafka_consume_start(handle.get(), partition, RD_KAFKA_OFFSET_BEGINNING), 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  bool ended = false;
  while (!ended && std::chrono::steady_clock::now() < deadline) {
    const MessageHandle message(rd_kafka_consume(handle.get(), partition, 1000));
    if (!message) continue;
    ended = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) records.push_back(consumed(*message));
  }
  rd_kafka_consume_stop(handle.get(), partition);
  EXPECT_TRUE(ended) << "no end of " << topic << "-" << partition << " within the deadline";
}

}  // namespace

MockCluster::MockCluster(int brokers) {
  owner_ = std::move(open_client({}, ClientKind::kAdmin).value());
  cluster_ = rd_kafka_mock_cluster_new(owner_.get(), brokers);
}

MockCluster::~MockCluster() {
  rd_kafka_mock_cluster_destroy(cluster_);
}

KafkaSettings MockCluster::settings() const {
  return settings_for(rd_kafka_mock_cluster_bootstraps(cluster_));
}

void MockCluster::topic(const std::string& name, int partitions) {
  CHECK(rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void MockCluster::down(int32_t broker) {
  rd_kafka_mock_broker_set_down(cluster_, broker);
}
void MockCluster::up(int32_t broker) {
  rd_kafka_mock_broker_set_up(cluster_, broker);
}

KafkaSettings settings_for(const std::string& bootstrap) {
  KafkaSettings settings;
  settings.bootstrap_servers = bootstrap;
  settings.client.push_back({"bootstrap.servers", bootstrap, "bootstrap.servers", false});
  settings.position_topic = "__penstock.test";
  return settings;
}

std::optional<std::string> real_broker() {
  const char* broker = std::getenv("PENSTOCK_TEST_KAFKA");
  if (broker == nullptr || *broker == '\0') return std::nullopt;
  return broker;
}

std::string unique_topic(const std::string& stem) {
  static std::atomic<int> number{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return stem + "-" + std::to_string(getpid()) + "-" + std::to_string(now) + "-" + std::to_string(++number);
}

std::string encode_headers(const std::vector<wire::KafkaHeader>& headers) {
  struct Sink {
    std::string text;
    void append(const char* bytes, size_t size) { text.append(bytes, size); }
  } sink;
  for (const wire::KafkaHeader& header : headers) wire::write_kafka_header(sink, header);
  return sink.text;
}

bool serve_until(KafkaProducer& producer, std::vector<Producer::Report>& reports, Status& status,
                 const std::function<bool()>& done, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  status = producer.wait(reports, 0);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    status = producer.wait(reports, 100);
  }
  return true;
}

std::vector<Consumed> read_topic(const KafkaSettings& settings, const std::string& topic) {
  std::vector<Consumed> records;
  const std::atomic<bool> stopping = false;
  auto client = open_client(settings, ClientKind::kReader);
  const Result<ClusterView> view = look_at_cluster(*client.value(), {}, Patience(std::chrono::seconds(20), stopping));
  if (!view.is_ok() || view.value().find(topic) == nullptr) {
    ADD_FAILURE() << "no topic " << topic;
    return records;
  }
  const int partitions = view.value().find(topic)->partitions;
  for (int32_t partition = 0; partition < partitions; ++partition) {
    read_partition(*client.value(), topic, partition, records);
  }
  return records;
}

}  // namespace penstock::test
