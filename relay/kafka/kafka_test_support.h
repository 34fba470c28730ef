// What the tests of this room share: a mock cluster, records, and a reader of topics.
#pragma once

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>  // wants rdkafka.h before it

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "relay/core/ports.h"
#include "relay/kafka/client.h"
#include "relay/kafka/producer.h"

namespace penstock::test {

// librdkafka's own brokers, on loopback ports of this process.
class MockCluster {
 public:
  explicit MockCluster(int brokers = 1);
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;
  ~MockCluster();

  rd_kafka_mock_cluster_t* get() { return cluster_; }
  KafkaSettings settings() const;
  void topic(const std::string& name, int partitions);
  void down(int32_t broker = 1);
  void up(int32_t broker = 1);

 private:
  ClientHandle owner_;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

KafkaSettings settings_for(const std::string& bootstrap);

// Of PENSTOCK_TEST_KAFKA, host:port of a broker that tests may use as they like.
std::optional<std::string> real_broker();

// A name that no other test and no other run uses.
std::string unique_topic(const std::string& stem);

// One wire header after the other.
std::string encode_headers(const std::vector<wire::KafkaHeader>& headers);

// Serves the producer until `done`, or the deadline: false. What poll() says goes to `status`.
bool serve_until(KafkaProducer& producer, std::vector<Producer::Report>& reports, Status& status,
                 const std::function<bool()>& done, std::chrono::seconds deadline = std::chrono::seconds(30));

struct Consumed {
  int32_t partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// Everything in the topic, partition by partition, in the order of offsets.
std::vector<Consumed> read_topic(const KafkaSettings& settings, const std::string& topic);

}  // namespace penstock::test
