// What only a real broker shows. PENSTOCK_TEST_KAFKA=host:port names one.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <set>

#include "relay/kafka/admin.h"
#include "relay/kafka/kafka_control.h"
#include "relay/kafka/kafka_test_support.h"

namespace penstock {
namespace {

using Offer = Producer::Offer;

class BrokerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto broker = test::real_broker();
    if (!broker) GTEST_SKIP() << "PENSTOCK_TEST_KAFKA=host:port is not set";
    settings_ = test::settings_for(*broker);
    settings_.position_topic = test::unique_topic("position");
  }
  void produce_one(KafkaProducer& producer, const std::string& topic, std::string_view value) {
    Route& route = routes_.emplace_back();
    route.topic = topic;
    route.index = static_cast<uint32_t>(routes_.size() - 1);
    Record record;
    record.route = &route;
    record.key = "k";
    record.value = value;
    ASSERT_EQ(producer.produce(record, 1), Offer::kTaken);
  }
  // 0: there is no such topic.
  int partitions_of(const std::string& topic) {
    auto client = open_client(settings_, ClientKind::kAdmin);
    const auto view = look_at_cluster(*client.value(), {}, Patience(std::chrono::seconds(20), never_));
    if (!view.is_ok() || view.value().find(topic) == nullptr) return 0;
    return view.value().find(topic)->partitions;
  }

  KafkaSettings settings_;
  std::deque<Route> routes_;
  std::atomic<bool> never_ = false;
  std::vector<Producer::Report> reports_;
  Status status_;
};

TEST_F(BrokerTest, MakesTopicsAsToldAndLeavesOthersAlone) {
  const std::string topic = test::unique_topic("made");
  settings_.topic_creation.partitions = 3;
  settings_.topic_creation.config["cleanup.policy"] = "compact";
  KafkaControl control(settings_);
  const auto made = control.create_topics({topic});
  ASSERT_TRUE(made.is_ok()) << to_string(made.problem());
  EXPECT_EQ(partitions_of(topic), 3);
  settings_.topic_creation.partitions = 5;
  KafkaControl again(settings_);
  ASSERT_TRUE(again.create_topics({topic}).is_ok());
  EXPECT_EQ(partitions_of(topic), 3);
}

TEST_F(BrokerTest, TakesTheBrokersDefaults) {
  const std::string topic = test::unique_topic("default");
  KafkaControl control(settings_);
  ASSERT_TRUE(control.create_topics({topic}).is_ok());
  EXPECT_GE(partitions_of(topic), 1);
}

TEST_F(BrokerTest, SaysWhyATopicCannotBeMade) {
  settings_.topic_creation.replication_factor = 300;
  KafkaControl control(settings_);
  const auto made = control.create_topics({test::unique_topic("too-many")});
  ASSERT_FALSE(made.is_ok());
  EXPECT_EQ(made.problem().code, Code::kKafkaTopicSettings) << to_string(made.problem());
  EXPECT_NE(made.problem().mend.find("topic.creation.default.replication.factor"), std::string::npos);
  settings_.topic_creation = {};
  settings_.topic_creation.enabled = false;
  KafkaControl forbidden(settings_);
  const auto missing = forbidden.create_topics({test::unique_topic("missing")});
  ASSERT_FALSE(missing.is_ok());
  EXPECT_EQ(missing.problem().code, Code::kKafkaTopicMissing);
}

TEST_F(BrokerTest, SaysWhichNamesAreRefusedAndMakesTheOthers) {
  const std::string stem = test::unique_topic("name");
  KafkaControl control(settings_);
  ASSERT_TRUE(control.create_topics({stem + "_a"}).is_ok());
  const auto made = control.create_topics({stem + ".a", stem + "_b", stem + " c", "", "..", std::string(250, 'x')});
  ASSERT_TRUE(made.is_ok()) << to_string(made.problem());
  std::set<std::string> refused;
  for (const RefusedTopic& one : made.value().refused) refused.insert(one.topic);
  EXPECT_EQ(refused, (std::set<std::string>{stem + ".a", stem + " c", "", "..", std::string(250, 'x')}));
  EXPECT_EQ(partitions_of(stem + "_b"), 1);
}

TEST_F(BrokerTest, NewestPositionIsOfTheHighestEpoch) {
  KafkaControl control(settings_);
  const StreamIdentity shop{"7300000000000000001", 16384, "shop"};
  const StreamIdentity other{"7300000000000000001", 16384, "other"};
  StoredPosition intent;
  intent.epoch = 1;
  intent.intent = true;
  StoredPosition first;
  first.epoch = 1;
  first.timeline = 1;
  first.position.end = Lsn{0x1000};
  StoredPosition second = first;
  second.epoch = 2;
  second.position = {Lsn{0x2000}, Lsn{0x3000}, 5};
  StoredPosition late = first;  // of a paused relay that wakes up
  late.position.end = Lsn{0x1500};
  ASSERT_TRUE(control.write_position(shop, intent).is_ok());
  ASSERT_TRUE(control.write_position(shop, first).is_ok());
  ASSERT_TRUE(control.write_position(other, first).is_ok());
  ASSERT_TRUE(control.write_position(shop, second).is_ok());
  ASSERT_TRUE(control.write_position(shop, late).is_ok());
  const auto facts = control.probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  ASSERT_EQ(facts.value().positions.size(), 2u);
  for (const PositionEntry& entry : facts.value().positions) {
    const bool is_shop = entry.identity.slot == "shop";
    EXPECT_EQ(entry.stored.epoch, is_shop ? 2u : 1u);
    EXPECT_EQ(entry.stored.position, is_shop ? second.position : first.position);
  }
  EXPECT_FALSE(facts.value().cluster_id.empty());
  EXPECT_EQ(partitions_of(settings_.position_topic), 1);
}

TEST_F(BrokerTest, APauseIsStoredBesideThePositionsAndItsEndLeavesNothing) {
  KafkaControl control(settings_);
  ASSERT_TRUE(control.probe().is_ok());
  ASSERT_TRUE(control.write_target_state({"shop", false, 0}).is_ok());
  EXPECT_EQ(partitions_of(settings_.position_topic), 0) << "nothing was paused";
  const Status paused = control.write_target_state({"shop", true, 1785592985123});
  ASSERT_TRUE(paused.is_ok()) << to_string(paused.problem());
  ASSERT_TRUE(control.write_target_state({"other", true, 1}).is_ok());
  StoredPosition stored;
  stored.epoch = 1;
  stored.position.end = Lsn{0x1000};
  ASSERT_TRUE(control.write_position({"7300000000000000001", 16384, "shop"}, stored).is_ok());
  auto facts = KafkaControl(settings_).probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  ASSERT_EQ(facts.value().paused.size(), 2u);
  EXPECT_EQ(facts.value().paused[0].connector, "shop");
  EXPECT_EQ(facts.value().paused[0].unix_ms, 1785592985123);
  EXPECT_EQ(facts.value().positions.size(), 1u);
  ASSERT_TRUE(control.write_target_state({"shop", false, 0}).is_ok());
  facts = KafkaControl(settings_).probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  ASSERT_EQ(facts.value().paused.size(), 1u);
  EXPECT_EQ(facts.value().paused[0].connector, "other");
}

// The broker that was asked may have been behind.
TEST_F(BrokerTest, ATopicThatWasMadeSinceTheProbeIsNotWrittenTo) {
  KafkaControl control(settings_);
  ASSERT_TRUE(control.probe().is_ok());
  EXPECT_EQ(partitions_of(settings_.position_topic), 0) << "a probe changes nothing";
  ASSERT_TRUE(KafkaControl(settings_).create_topics({settings_.position_topic}).is_ok());
  StoredPosition intent;
  intent.intent = true;
  const StreamIdentity shop{"7300000000000000001", 16384, "shop"};
  const Status written = control.write_position(shop, intent);
  ASSERT_FALSE(written.is_ok());
  EXPECT_EQ(written.problem().code, Code::kPosChanging) << to_string(written.problem());
  ASSERT_TRUE(control.probe().is_ok());
  EXPECT_TRUE(control.write_position(shop, intent).is_ok());
}

TEST_F(BrokerTest, SeesThatThePositionTopicWasShortened) {
  KafkaControl control(settings_);
  StoredPosition stored;
  stored.epoch = 1;
  stored.position.end = Lsn{0x1000};
  ASSERT_TRUE(control.write_position({"7300000000000000001", 16384, "shop"}, stored).is_ok());
  auto facts = control.probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  EXPECT_FALSE(facts.value().positions_shortened);

  // Kafka deletes no records of a topic that is only compacted; retention would be this.
  KafkaSettings maker = settings_;
  maker.position_topic.clear();
  maker.topic_creation.config["cleanup.policy"] = "compact,delete";
  settings_.position_topic = test::unique_topic("shortened");
  ASSERT_TRUE(KafkaControl(maker).create_topics({settings_.position_topic}).is_ok());
  KafkaControl other(settings_);
  ASSERT_TRUE(other.write_position({"7300000000000000001", 16384, "shop"}, stored).is_ok());
  const auto client = open_client(settings_, ClientKind::kAdmin);
  const QueueHandle queue(rd_kafka_queue_new(client.value().get()));
  rd_kafka_topic_partition_list_t* offsets = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(offsets, settings_.position_topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_END;
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(offsets);
  const OptionsHandle options = options_for(*client.value(), RD_KAFKA_ADMIN_OP_DELETERECORDS);
  rd_kafka_DeleteRecords(client.value().get(), &request, 1, options.get(), queue.get());
  ASSERT_TRUE(answer_on(*queue, Patience(std::chrono::seconds(20), never_)));
  rd_kafka_DeleteRecords_destroy(request);
  rd_kafka_topic_partition_list_destroy(offsets);
  facts = other.probe();
  ASSERT_TRUE(facts.is_ok()) << to_string(facts.problem());
  EXPECT_TRUE(facts.value().positions.empty());
  EXPECT_TRUE(facts.value().positions_shortened);
}

TEST_F(BrokerTest, PositionTopicIsCompactedAndAuditSaysSoIfNot) {
  KafkaControl control(settings_);
  ASSERT_TRUE(control.create_topics({settings_.position_topic}).is_ok());
  const auto fine = control.audit({});
  ASSERT_TRUE(fine.is_ok());
  for (const Problem& problem : fine.value()) ADD_FAILURE() << to_string(problem);

  const std::string small = test::unique_topic("small");
  KafkaSettings wrong = settings_;
  wrong.position_topic = test::unique_topic("not-compacted");
  wrong.topic_creation.config["max.message.bytes"] = "1000";
  KafkaSettings maker = wrong;
  maker.position_topic.clear();
  ASSERT_TRUE(KafkaControl(maker).create_topics({small, wrong.position_topic}).is_ok());
  const auto found = KafkaControl(wrong).audit({small, "no-such-topic"});
  ASSERT_TRUE(found.is_ok());
  std::string text;
  for (const Problem& problem : found.value()) text += to_string(problem) + "\n";
  EXPECT_NE(text.find("max.message.bytes is below"), std::string::npos) << text;
  EXPECT_NE(text.find("is not compacted"), std::string::npos) << text;
  EXPECT_NE(text.find(small), std::string::npos) << text;
}

TEST_F(BrokerTest, RecordLargerThanTheTopicTakesEndsTheSession) {
  const std::string topic = test::unique_topic("narrow");
  settings_.topic_creation.config["max.message.bytes"] = "2000";
  settings_.producer.push_back({"compression.codec", "none", "", false});
  KafkaControl control(settings_);
  ASSERT_TRUE(control.create_topics({topic}).is_ok());
  auto producer = std::move(control.open_producer().value());
  produce_one(*producer, topic, std::string(5000, 'x'));
  ASSERT_TRUE(test::serve_until(*producer, reports_, status_, [&] { return !status_.is_ok(); }));
  EXPECT_EQ(status_.problem().code, Code::kKafkaRecordTooLarge) << to_string(status_.problem());
  EXPECT_NE(status_.problem().what.find(topic), std::string::npos);
}

}  // namespace
}  // namespace penstock
