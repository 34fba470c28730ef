// The producer against librdkafka's mock cluster.
#include "relay/kafka/producer.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "relay/kafka/kafka_test_support.h"

namespace penstock {
namespace {

using test::MockCluster;
using Offer = Producer::Offer;

constexpr int16_t kProduceRequest = 0;  // ApiKey

std::unique_ptr<KafkaProducer> open(const KafkaSettings& settings) {
  auto producer = KafkaProducer::open(settings, {});
  if (!producer.is_ok()) ADD_FAILURE() << to_string(producer.problem());
  return std::move(producer.value());
}

class ProducerTest : public testing::Test {
 protected:
  ProducerTest() {
    cluster_.topic("t", 1);
    route_.topic = "t";
  }
  Record record(std::string_view key, std::string_view value) const {
    Record made;
    made.route = &route_;
    made.key = key;
    made.value = value;
    return made;
  }
  bool reported(KafkaProducer& producer, size_t count) {
    return test::serve_until(producer, reports_, status_, [&] { return reports_.size() >= count; });
  }

  MockCluster cluster_;
  Route route_;
  std::vector<Producer::Report> reports_;
  Status status_;
};

TEST_F(ProducerTest, DeliversInOrderAndReportsEachOpaqueOnce) {
  constexpr size_t kCount = 3000;
  const auto producer = open(cluster_.settings());
  for (uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(producer->produce(record("k", std::to_string(i)), i), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, kCount));
  ASSERT_TRUE(status_.is_ok());
  ASSERT_EQ(reports_.size(), kCount);
  std::vector<bool> seen(kCount, false);
  for (const Producer::Report& report : reports_) {
    EXPECT_TRUE(report.delivered);
    ASSERT_LT(report.opaque, kCount);
    EXPECT_FALSE(seen[report.opaque]);
    seen[report.opaque] = true;
  }
  const auto records = test::read_topic(cluster_.settings(), "t");
  ASSERT_EQ(records.size(), kCount);
  for (size_t i = 0; i < kCount; ++i) EXPECT_EQ(records[i].value, std::to_string(i));
}

TEST_F(ProducerTest, PutsOwnHeadersBeforeTheRoutes) {
  route_.headers =
      test::encode_headers({{"__debezium.context.taskId", "0"}, {"none", std::string_view()}, {"empty", ""}});
  const std::string own = test::encode_headers({{"__debezium.newkey", "{\"id\":1}"}});
  const auto producer = open(cluster_.settings());
  Record with = record("k", "v");
  with.headers = own;
  ASSERT_EQ(producer->produce(with, 1), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, 1));
  const auto records = test::read_topic(cluster_.settings(), "t");
  ASSERT_EQ(records.size(), 1u);
  using Header = std::pair<std::string, std::optional<std::string>>;
  const std::vector<Header> expected = {
      {"__debezium.newkey", "{\"id\":1}"}, {"__debezium.context.taskId", "0"}, {"none", std::nullopt}, {"empty", ""}};
  EXPECT_EQ(records[0].headers, expected);
}

TEST_F(ProducerTest, WrapsKeysAndValuesButNoTombstone) {
  route_.key_prefix = "<k>";
  route_.key_suffix = "</k>";
  route_.value_prefix = "<v>";
  route_.value_suffix = "</v>";
  const auto producer = open(cluster_.settings());
  ASSERT_EQ(producer->produce(record("1", "a"), 1), Offer::kTaken);
  ASSERT_EQ(producer->produce(record("1", std::string_view()), 2), Offer::kTaken);
  ASSERT_EQ(producer->produce(record(std::string_view(), ""), 3), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, 3));
  const auto records = test::read_topic(cluster_.settings(), "t");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].key, "<k>1</k>");
  EXPECT_EQ(records[0].value, "<v>a</v>");
  EXPECT_EQ(records[1].key, "<k>1</k>");
  EXPECT_EQ(records[1].value, std::nullopt);
  EXPECT_EQ(records[2].key, std::nullopt);
  EXPECT_EQ(records[2].value, "<v></v>");
}

TEST_F(ProducerTest, SendsByKeyWhatAsksForAPartitionThatIsNotThere) {
  const std::string own = test::encode_headers({{"id", "1"}});
  std::vector<std::string> lines;
  auto opened = KafkaProducer::open(cluster_.settings(), [&](int, std::string_view line) { lines.emplace_back(line); });
  ASSERT_TRUE(opened.is_ok());
  KafkaProducer& producer = *opened.value();
  Record asks = record("k", "early");
  asks.places.partition = 7;
  asks.headers = own;
  ASSERT_EQ(producer.produce(asks, 1), Offer::kTaken) << "nothing is known of the topic yet";
  ASSERT_TRUE(reported(producer, 1));
  asks.value = "late";
  ASSERT_EQ(producer.produce(asks, 2), Offer::kTaken);
  asks.value = "there";
  asks.places.partition = 0;
  ASSERT_EQ(producer.produce(asks, 3), Offer::kTaken);
  ASSERT_TRUE(reported(producer, 3));
  EXPECT_TRUE(status_.is_ok()) << to_string(status_.problem());
  for (const Producer::Report& report : reports_) EXPECT_TRUE(report.delivered);
  EXPECT_EQ(producer.queued_records(), 0u);
  EXPECT_EQ(producer.queued_bytes(), 0u);
  const auto records = test::read_topic(cluster_.settings(), "t");
  ASSERT_EQ(records.size(), 3u);
  const std::vector<std::pair<std::string, std::optional<std::string>>> headers = {{"id", "1"}};
  for (const test::Consumed& sent : records) EXPECT_EQ(sent.headers, headers);
  EXPECT_EQ(records[0].value, "early");
  EXPECT_EQ(records[1].value, "late");
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.find("partition 7 of topic t") < line.size(); }),
            1);
}

TEST_F(ProducerTest, TellsNullFromEmpty) {
  const auto producer = open(cluster_.settings());
  ASSERT_EQ(producer->produce(record("", ""), 1), Offer::kTaken);
  ASSERT_EQ(producer->produce(record(std::string_view(), std::string_view()), 2), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, 2));
  const auto records = test::read_topic(cluster_.settings(), "t");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].key, "");
  EXPECT_EQ(records[0].value, "");
  EXPECT_EQ(records[1].key, std::nullopt);
  EXPECT_EQ(records[1].value, std::nullopt);
}

TEST_F(ProducerTest, IsFullUntilReportsMakeRoom) {
  KafkaSettings settings = cluster_.settings();
  settings.producer.push_back({"queue.buffering.max.messages", "10", "", false});
  cluster_.down();
  const auto producer = open(settings);
  uint64_t taken = 0;
  while (producer->produce(record("k", "v"), taken) == Offer::kTaken) ASSERT_LT(++taken, 11u);
  EXPECT_EQ(taken, 10u);
  EXPECT_EQ(producer->produce(record("k", "v"), taken), Offer::kFull);
  cluster_.up();
  ASSERT_TRUE(reported(*producer, taken));
  EXPECT_EQ(producer->produce(record("k", "v"), taken), Offer::kTaken);
}

TEST_F(ProducerTest, KeepsEverythingThroughAnOutage) {
  constexpr uint64_t kCount = 2000;
  const auto producer = open(cluster_.settings());
  for (uint64_t i = 0; i < kCount / 2; ++i)
    ASSERT_EQ(producer->produce(record("k", std::to_string(i)), i), Offer::kTaken);
  cluster_.down();  // with requests on their way
  ASSERT_TRUE(test::serve_until(*producer, reports_, status_, [&] { return producer->trouble().has_value(); }));
  EXPECT_EQ(producer->trouble()->code, Code::kKafkaUnreachable) << to_string(*producer->trouble());
  EXPECT_TRUE(status_.is_ok()) << "an outage does not end the session";
  for (uint64_t i = kCount / 2; i < kCount; ++i)
    ASSERT_EQ(producer->produce(record("k", std::to_string(i)), i), Offer::kTaken);
  cluster_.up();
  ASSERT_TRUE(reported(*producer, kCount)) << reports_.size() << " reports";
  EXPECT_FALSE(producer->trouble());
  const auto records = test::read_topic(cluster_.settings(), "t");
  ASSERT_EQ(records.size(), kCount);
  for (size_t i = 0; i < kCount; ++i) ASSERT_EQ(records[i].value, std::to_string(i));
}

TEST_F(ProducerTest, KnowsWhatItHoldsAndThatBrokersCameBack) {
  const auto producer = open(cluster_.settings());
  cluster_.down();
  ASSERT_EQ(producer->produce(record("key", "value"), 1), Offer::kTaken);
  ASSERT_EQ(producer->produce(record("k", std::string_view()), 2), Offer::kTaken);
  EXPECT_EQ(producer->queued_records(), 2u);
  EXPECT_EQ(producer->queued_bytes(), 9u);
  ASSERT_TRUE(test::serve_until(*producer, reports_, status_, [&] { return producer->trouble().has_value(); }));
  EXPECT_EQ(producer->recoveries(), 0u);
  cluster_.up();
  ASSERT_TRUE(reported(*producer, 2));
  EXPECT_EQ(producer->recoveries(), 1u);
  EXPECT_EQ(producer->queued_records(), 0u);
  EXPECT_EQ(producer->queued_bytes(), 0u);
}

TEST_F(ProducerTest, RefusesAtOnceWhatIsTooLarge) {
  const auto producer = open(cluster_.settings());
  const std::string large(2 << 20, 'x');
  ASSERT_EQ(producer->produce(record("k", large), 1), Offer::kRefused);
  EXPECT_EQ(producer->problem().code, Code::kKafkaRecordTooLarge);
  EXPECT_EQ(producer->problem().what.find("xxx"), std::string::npos);
  ASSERT_EQ(producer->produce(record("k", "small"), 2), Offer::kTaken) << "the producer lives";
  ASSERT_TRUE(reported(*producer, 1));
}

struct BrokerError {
  rd_kafka_resp_err_t error;
  Code code;
};

void PrintTo(const BrokerError& tested, std::ostream* out) {
  *out << rd_kafka_err2name(tested.error);
}

class BrokerErrorTest : public ProducerTest, public testing::WithParamInterface<BrokerError> {};

TEST_P(BrokerErrorTest, EndsTheSessionWithItsReason) {
  rd_kafka_mock_push_request_errors(cluster_.get(), kProduceRequest, 1, GetParam().error);
  const auto producer = open(cluster_.settings());
  ASSERT_EQ(producer->produce(record("k", "secret row"), 7), Offer::kTaken);
  ASSERT_TRUE(test::serve_until(*producer, reports_, status_, [&] { return !status_.is_ok(); }));
  EXPECT_EQ(status_.problem().code, GetParam().code) << to_string(status_.problem());
  EXPECT_NE(status_.problem().what.find("topic t"), std::string::npos) << status_.problem().what;
  EXPECT_EQ(status_.problem().what.find("secret"), std::string::npos);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0].opaque, 7u);
  EXPECT_FALSE(reports_[0].delivered);
  EXPECT_FALSE(producer->poll(reports_).is_ok()) << "the instance stays finished";
}

INSTANTIATE_TEST_SUITE_P(Errors, BrokerErrorTest,
                         testing::Values(BrokerError{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Code::kKafkaRecordTooLarge},
                                         BrokerError{RD_KAFKA_RESP_ERR_INVALID_RECORD, Code::kKafkaRecordRefused},
                                         BrokerError{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                                     Code::kKafkaTopicAuthorization}),
                         [](const testing::TestParamInfo<BrokerError>& tested) {
                           return std::string(rd_kafka_err2name(tested.param.error));
                         });

TEST_F(ProducerTest, StopsBehindARecordThatFailed) {
  constexpr size_t kCount = 200;
  KafkaSettings settings = cluster_.settings();
  settings.producer.push_back({"batch.num.messages", "1", "", false});
  rd_kafka_mock_push_request_errors(cluster_.get(), kProduceRequest, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  {
    const auto producer = open(settings);
    for (uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(producer->produce(record("k", "v"), i), Offer::kTaken);
    ASSERT_TRUE(reported(*producer, kCount));
    for (const Producer::Report& report : reports_) {
      EXPECT_FALSE(report.opaque == kCount - 1 && report.delivered);
    }
    EXPECT_EQ(status_.problem().code, Code::kKafkaRecordTooLarge) << to_string(status_.problem());
    EXPECT_EQ(producer->produce(record("k", "v"), 9), Offer::kFull) << "what poll() says is the reason";
  }
  // Not zero: what is on its way with the record, five batches at most, cannot be called back.
  EXPECT_LT(test::read_topic(settings, "t").size(), kCount / 2);
}

TEST_F(ProducerTest, RetriesWhatTheBrokerMayStillTake) {
  rd_kafka_mock_push_request_errors(cluster_.get(), kProduceRequest, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  const auto producer = open(cluster_.settings());
  ASSERT_EQ(producer->produce(record("k", "v"), 1), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, 1));
  EXPECT_TRUE(reports_[0].delivered);
  EXPECT_TRUE(status_.is_ok());
}

TEST_F(ProducerTest, FatalErrorsEndTheInstanceAndANewOneWorks) {
  rd_kafka_mock_push_request_errors(cluster_.get(), kProduceRequest, 1, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  {
    const auto producer = open(cluster_.settings());
    ASSERT_EQ(producer->produce(record("k", "v"), 1), Offer::kTaken);
    ASSERT_TRUE(test::serve_until(*producer, reports_, status_, [&] { return !status_.is_ok(); }));
    EXPECT_EQ(status_.problem().code, Code::kKafkaFatal) << to_string(status_.problem());
    EXPECT_EQ(info(status_.problem().code).klass, ProblemClass::kWait) << "the next session begins by itself";
  }
  reports_.clear();
  const auto producer = open(cluster_.settings());
  ASSERT_EQ(producer->produce(record("k", "v"), 1), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, 1));
  EXPECT_TRUE(reports_[0].delivered);
}

TEST_F(ProducerTest, DescriptorIsReadableWhenReportsAreThere) {
  const auto producer = open(cluster_.settings());
  ASSERT_TRUE(producer->poll(reports_).is_ok());
  ASSERT_EQ(producer->produce(record("k", "v"), 1), Offer::kTaken);
  pollfd waiting{producer->descriptor(), POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (reports_.empty()) {
    ASSERT_EQ(poll(&waiting, 1, 10000), 1) << "nothing woke us";
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    ASSERT_TRUE(producer->poll(reports_).is_ok());
  }
  EXPECT_EQ(poll(&waiting, 1, 0), 0) << "and not when there is nothing more";
}

// The least of many, since the machine may be busy: below linger.ms only if nothing lingers, never below it otherwise.
TEST_F(ProducerTest, SendsAtOnceWhenAskedUnlessLingerIsSet) {
  const auto least = [&](KafkaProducer& producer, bool at_once) {
    auto shortest = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 20; ++i) {
      reports_.clear();
      const auto before = std::chrono::steady_clock::now();
      EXPECT_EQ(producer.produce(record("k", "v"), 1), Offer::kTaken);
      if (at_once) producer.send_now();
      EXPECT_TRUE(reported(producer, 1));
      shortest = std::min(shortest, std::chrono::steady_clock::now() - before);
    }
    return shortest;
  };
  const auto adaptive = open(cluster_.settings());
  EXPECT_GE(least(*adaptive, false), std::chrono::milliseconds(5));
  EXPECT_LT(least(*adaptive, true), std::chrono::milliseconds(5));
  KafkaSettings fixed = cluster_.settings();
  fixed.producer.push_back({"linger.ms", "20", "producer.override.linger.ms"});
  EXPECT_GE(least(*open(fixed), true), std::chrono::milliseconds(20));
}

TEST_F(ProducerTest, ServiceRecordsGoToTheirPartition) {
  cluster_.topic("heartbeats", 4);
  const auto producer = open(cluster_.settings());
  for (uint64_t i = 0; i < 8; ++i)
    ASSERT_EQ(producer->produce_service("heartbeats", 2, std::to_string(i), "v", i), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, 8));
  const auto records = test::read_topic(cluster_.settings(), "heartbeats");
  ASSERT_EQ(records.size(), 8u);
  for (const test::Consumed& record : records) EXPECT_EQ(record.partition, 2);
}

// What is on its way when it is closed must not land behind what the next one sends.
TEST_F(ProducerTest, WaitsForTheAnswersToWhatItHasSent) {
  auto producer = open(cluster_.settings());
  ASSERT_EQ(producer->produce(record("k", "first"), 1), Offer::kTaken);
  ASSERT_TRUE(reported(*producer, 1));
  constexpr int kRoundTripMs = 1500;
  rd_kafka_mock_broker_set_rtt(cluster_.get(), 1, kRoundTripMs);
  ASSERT_EQ(producer->produce(record("k", "second"), 2), Offer::kTaken);
  EXPECT_FALSE(test::serve_until(
      *producer, reports_, status_, [&] { return reports_.size() > 1; },
      std::chrono::seconds(1)));  // long enough for it to be sent
  const auto before = std::chrono::steady_clock::now();
  producer.reset();
  EXPECT_GT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(200));
}

TEST_F(ProducerTest, LetsGoOfAFullQueueSoon) {
  const std::string value(690, 'v');
  auto producer = open(cluster_.settings());
  uint64_t opaque = 0;
  while (producer->produce(record("k", value), opaque) == Offer::kTaken && opaque < 1000) ++opaque;
  ASSERT_TRUE(reported(*producer, 1));
  cluster_.down();
  while (producer->produce(record("k", value), opaque) == Offer::kTaken) ++opaque;
  EXPECT_GT(opaque, 10000u);
  const auto before = std::chrono::steady_clock::now();
  producer.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
}

}  // namespace
}  // namespace penstock
