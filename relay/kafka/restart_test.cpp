// The broker is killed under load and comes back. PENSTOCK_TEST_KAFKA=host:port is the broker; PENSTOCK_TEST_KAFKA_KILL
// and PENSTOCK_TEST_KAFKA_START are shell commands that end it without warning, and return when it is gone, and that
// start it again on its old data.
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "relay/kafka/kafka_control.h"
#include "relay/kafka/kafka_test_support.h"

namespace penstock {
namespace {

using Clock = std::chrono::steady_clock;

// What a relay does with a stream of numbered changes: confirms the longest prefix that is in Kafka, and begins a new
// session there whenever the producer ends.
class NumberRelay {
 public:
  NumberRelay(const KafkaSettings& settings, std::string topic) : control_(settings), topic_(std::move(topic)) {
    route_.topic = topic_;
  }
  uint64_t confirmed() const { return confirmed_; }
  uint32_t sessions() const { return sessions_; }

  // One turn. `last`: no number at or above it.
  void turn(uint64_t last) {
    if (!producer_) begin();
    if (!producer_) return;
    Record record;
    record.route = &route_;
    record.key = "k";
    for (bool room = true; room && next_ < last;) {
      const std::string value = std::to_string(next_);
      record.value = value;
      const Producer::Offer offer = producer_->produce(record, next_);
      ASSERT_NE(offer, Producer::Offer::kRefused) << to_string(producer_->problem());
      room = offer == Producer::Offer::kTaken;
      next_ += room;
    }
    reports_.clear();
    const Status status = producer_->wait(reports_, 10);
    for (const Producer::Report& report : reports_) delivered_[report.opaque] = report.delivered;
    while (confirmed_ < last && delivered_[confirmed_]) ++confirmed_;
    if (status.is_ok()) return;
    std::printf("session %u ended: %s\n", sessions_, to_string(status.problem()).c_str());
    producer_.reset();
  }
  void expect(uint64_t count) { delivered_.resize(count, false); }

 private:
  void begin() {
    if (!control_.create_topics({topic_}).is_ok()) return;
    producer_ = std::move(control_.open_producer().value());
    next_ = confirmed_;
    std::fill(delivered_.begin() + static_cast<std::ptrdiff_t>(confirmed_), delivered_.end(), false);
    ++sessions_;
  }

  KafkaControl control_;
  std::string topic_;
  Route route_;
  std::unique_ptr<KafkaProducer> producer_;
  std::vector<Producer::Report> reports_;
  std::vector<bool> delivered_;
  uint64_t next_ = 0;
  uint64_t confirmed_ = 0;
  uint32_t sessions_ = 0;
};

class RestartTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto broker = test::real_broker();
    const char* kill = std::getenv("PENSTOCK_TEST_KAFKA_KILL");
    const char* start = std::getenv("PENSTOCK_TEST_KAFKA_START");
    if (!broker || kill == nullptr || start == nullptr) {
      GTEST_SKIP() << "PENSTOCK_TEST_KAFKA, PENSTOCK_TEST_KAFKA_KILL and PENSTOCK_TEST_KAFKA_START are not set";
    }
    settings_ = test::settings_for(*broker);
    kill_ = kill;
    start_ = start;
  }

  KafkaSettings settings_;
  std::string kill_;
  std::string start_;
};

TEST_F(RestartTest, KilledBrokerLosesNothingAndKeepsOrder) {
  constexpr int kKills = 3;
  constexpr uint64_t kStep = 100000;
  const std::string topic = test::unique_topic("restart");
  NumberRelay relay(settings_, topic);
  uint64_t goal = 0;
  for (int round = 0; round <= kKills; ++round) {
    const uint64_t kill_at = goal + kStep / 10;  // with records on their way
    goal += kStep;
    relay.expect(goal);
    bool killed = round == kKills;
    std::jthread starter;
    const auto deadline = Clock::now() + std::chrono::seconds(90);
    while (relay.confirmed() < goal) {
      ASSERT_LT(Clock::now(), deadline) << "stuck at " << relay.confirmed();
      ASSERT_NO_FATAL_FAILURE(relay.turn(goal));
      if (killed || relay.confirmed() < kill_at) continue;
      killed = true;
      ASSERT_EQ(std::system(kill_.c_str()), 0);
      starter = std::jthread([this] { EXPECT_EQ(std::system(start_.c_str()), 0); });
    }
  }
  std::printf("%llu numbers, %d kills, %u sessions\n", static_cast<unsigned long long>(goal), kKills, relay.sessions());
  uint64_t expected = 0;  // the next number that was not seen yet
  uint64_t repeated = 0;
  for (const test::Consumed& record : test::read_topic(settings_, topic)) {
    const uint64_t number = std::stoull(record.value.value());
    ASSERT_LE(number, expected) << "a number came before one below it";
    if (number == expected)
      ++expected;
    else
      ++repeated;
  }
  EXPECT_EQ(expected, goal);
  std::printf("%llu repeated\n", static_cast<unsigned long long>(repeated));
}

TEST_F(RestartTest, TroubleEndsAlsoWhenNothingIsProduced) {
  settings_.position_topic = test::unique_topic("quiet");
  KafkaControl control(settings_);
  ASSERT_TRUE(control.create_topics({settings_.position_topic}).is_ok());
  auto producer = std::move(control.open_producer().value());
  ASSERT_EQ(producer->produce_service(settings_.position_topic, 0, "k", "v", 1), Producer::Offer::kTaken);
  std::vector<Producer::Report> reports;
  Status status;
  ASSERT_TRUE(test::serve_until(*producer, reports, status, [&] { return !reports.empty(); }));
  ASSERT_EQ(std::system(kill_.c_str()), 0);
  EXPECT_TRUE(test::serve_until(*producer, reports, status, [&] { return producer->trouble().has_value(); }));
  ASSERT_EQ(std::system(start_.c_str()), 0);
  EXPECT_TRUE(test::serve_until(*producer, reports, status, [&] { return !producer->trouble(); }));
  EXPECT_TRUE(status.is_ok());
}

}  // namespace
}  // namespace penstock
