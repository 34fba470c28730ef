#include <gtest/gtest.h>

#include "relay/kafka/admin.h"

namespace penstock {
namespace {

std::vector<std::string> numbered(size_t count) {
  std::vector<std::string> topics;
  for (size_t i = 0; i < count; ++i) topics.push_back("t" + std::to_string(i));
  return topics;
}

// What a controller counts: the topic, each partition, each setting.
size_t entries(const std::vector<std::string>& batch, size_t each) {
  return batch.size() * each;
}

TEST(TopicBatches, StayFarBelowWhatAControllerTakes) {
  KafkaSettings settings;
  settings.position_topic = "positions";
  settings.topic_creation.partitions = 24;
  settings.topic_creation.config = {{"cleanup.policy", "compact"}, {"retention.ms", "-1"}};
  const std::vector<std::string> topics = numbered(450);
  const auto batches = batches_of(settings, {}, topics);
  std::vector<std::string> all;
  for (const auto& batch : batches) {
    EXPECT_LE(entries(batch, 27), 1000u);
    EXPECT_FALSE(batch.empty());
    all.insert(all.end(), batch.begin(), batch.end());
  }
  EXPECT_EQ(all, topics) << "in their order, each once";
}

TEST(TopicBatches, GroupsHaveTheirOwnSettings) {
  KafkaSettings settings;
  settings.topic_creation.partitions = 1;
  settings.topic_creation.groups["wide"].partitions = 600;
  EXPECT_EQ(batches_of(settings, {{"t0", "wide"}, {"t1", "wide"}}, numbered(100)).size(), 2u);
  EXPECT_EQ(batches_of(settings, {}, numbered(100)).size(), 1u);
}

TEST(TopicBatches, OneTopicMayBeMoreThanABatch) {
  KafkaSettings settings;
  settings.topic_creation.partitions = 5000;
  EXPECT_EQ(batches_of(settings, {}, numbered(3)).size(), 3u);
  EXPECT_TRUE(batches_of(settings, {}, {}).empty());
}

}  // namespace
}  // namespace penstock
