// Records must land where Java's default partitioner puts them: consumers join topics by partition.
#include <gtest/gtest.h>

#include "relay/kafka/kafka_test_support.h"

namespace penstock {
namespace {

struct Vector {
  std::string_view key;
  int32_t hash;
};

// testMurmur2 of org.apache.kafka.common.utils.UtilsTest.
constexpr Vector kJava[] = {
    {"21", -973932308},
    {"foobar", -790332482},
    {"a-little-bit-long-string", -985981536},
    {"a-little-bit-longer-string", -1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
    {"abc", 479470107},
};

int32_t to_positive(int32_t hash) {
  return hash & 0x7fffffff;
}

TEST(Murmur2, HashesAsJavaDoes) {
  for (const Vector& vector : kJava) {
    constexpr int32_t kAll = 0x7fffffff;
    EXPECT_EQ(rd_kafka_msg_partitioner_murmur2(nullptr, vector.key.data(), vector.key.size(), kAll, nullptr, nullptr),
              to_positive(vector.hash))
        << vector.key;
  }
}

TEST(Murmur2, PlacesRecordsAsJavaDoes) {
  constexpr int kPartitions = 12;
  test::MockCluster cluster;
  cluster.topic("placed", kPartitions);
  auto producer = std::move(KafkaProducer::open(cluster.settings(), {}).value());
  Route plain;
  plain.topic = "placed";
  Route wrapped = plain;  // the prefix takes part
  wrapped.index = 1;
  wrapped.key_prefix = "a-little-";
  wrapped.key_suffix = "-string";
  Record record;
  record.value = "v";
  for (const Vector& vector : kJava) {
    record.route = &plain;
    record.key = vector.key;
    ASSERT_EQ(producer->produce(record, 1), Producer::Offer::kTaken);
  }
  record.route = &wrapped;
  record.key = "bit-longer";
  ASSERT_EQ(producer->produce(record, 1), Producer::Offer::kTaken);
  std::vector<Producer::Report> reports;
  Status status;
  ASSERT_TRUE(test::serve_until(*producer, reports, status, [&] { return reports.size() == std::size(kJava) + 1; }));
  const auto records = test::read_topic(cluster.settings(), "placed");
  ASSERT_EQ(records.size(), std::size(kJava) + 1);
  for (const test::Consumed& consumed : records) {
    for (const Vector& vector : kJava) {
      if (consumed.key != vector.key) continue;
      EXPECT_EQ(consumed.partition, to_positive(vector.hash) % kPartitions) << vector.key;
    }
  }
}

}  // namespace
}  // namespace penstock
