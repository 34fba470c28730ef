#include "relay/service/heartbeat.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

Time test_now{};  // the clock of these tests: a plain function must reach it
Time read_test_now() {
  return test_now;
}
int64_t unix_ms() {
  return 1700000000000;
}

// Takes everything; reports when told.
class RecordingProducer : public Producer {
 public:
  struct Sent {
    std::string topic;
    int32_t partition;
    std::string key;
    std::string value;
  };
  Offer produce(const Record&, uint64_t opaque) override {
    waiting.push_back({opaque, true});
    return Offer::kTaken;
  }
  Offer produce_service(std::string_view topic, int32_t partition, std::string_view key, std::string_view value,
                        uint64_t opaque) override {
    sent.push_back({std::string(topic), partition, std::string(key), std::string(value)});
    waiting.push_back({opaque, true});
    return Offer::kTaken;
  }
  Status poll(std::vector<Report>& reports) override {
    if (!reporting) return Status::ok();
    reports.insert(reports.end(), waiting.begin(), waiting.end());
    waiting.clear();
    return Status::ok();
  }
  Problem problem() const override { return {}; }
  bool finished() const override { return false; }

  std::vector<Sent> sent;
  std::vector<Report> waiting;
  bool reporting = true;
};

class HeartbeatTest : public testing::Test {
 protected:
  HeartbeatTest() {
    test_now = Time{} + std::chrono::hours(1);
    auto inner = std::make_unique<RecordingProducer>();
    inner_ = inner.get();
    heartbeat_.interval = std::chrono::milliseconds(200);
    heartbeat_.key = "{\"serverName\":\"shop\"}";
    heartbeat_.value = {"{\"ts_ms\":", "}"};
    heartbeat_.topic = "__debezium-heartbeat.shop";
    producer_ = std::make_unique<HeartbeatProducer>(std::move(inner), heartbeat_,
                                                    HeartbeatProducer::Clocks{read_test_now, unix_ms});
  }
  std::vector<Producer::Report> poll() {
    std::vector<Producer::Report> reports;
    EXPECT_TRUE(producer_->poll(reports).is_ok());
    return reports;
  }
  Heartbeat heartbeat_;
  RecordingProducer* inner_ = nullptr;
  std::unique_ptr<HeartbeatProducer> producer_;
};

TEST_F(HeartbeatTest, WaitsForSomethingToCarry) {
  poll();
  EXPECT_TRUE(inner_->sent.empty());
  heartbeat_.carrying = true;
  poll();
  ASSERT_EQ(inner_->sent.size(), 1u);
  EXPECT_EQ(inner_->sent[0].topic, "__debezium-heartbeat.shop");
  EXPECT_EQ(inner_->sent[0].partition, 0);
  EXPECT_EQ(inner_->sent[0].key, R"({"serverName":"shop"})");
  EXPECT_EQ(inner_->sent[0].value, R"({"ts_ms":1700000000000})");
}

TEST_F(HeartbeatTest, BeatsAtItsIntervalAndHidesItsReports) {
  heartbeat_.carrying = true;
  poll();
  EXPECT_TRUE(poll().empty());  // the report of the beat
  EXPECT_EQ(heartbeat_.deadline(), test_now + heartbeat_.interval);
  EXPECT_EQ(heartbeat_.written, 1u);
  EXPECT_EQ(inner_->sent.size(), 1u);
  test_now += heartbeat_.interval;
  poll();
  EXPECT_EQ(inner_->sent.size(), 2u);
}

TEST_F(HeartbeatTest, PassesOtherReportsOn) {
  heartbeat_.carrying = true;
  producer_->produce(Record{}, 7);
  poll();
  producer_->produce(Record{}, 8);
  const auto reports = poll();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].opaque, 8u);
}

TEST_F(HeartbeatTest, OneWaitsWhileKafkaIsAway) {
  heartbeat_.carrying = true;
  inner_->reporting = false;
  for (int i = 0; i < 5; ++i) {
    poll();
    test_now += heartbeat_.interval;
  }
  EXPECT_EQ(inner_->sent.size(), 1u);
  EXPECT_EQ(heartbeat_.deadline(), std::nullopt) << "the loop would turn for ever";
  inner_->reporting = true;
  poll();
  ASSERT_EQ(inner_->sent.size(), 2u) << "the one that was due comes when Kafka is back";
  EXPECT_EQ(heartbeat_.deadline(), std::nullopt);
  poll();
  EXPECT_EQ(heartbeat_.deadline(), test_now + heartbeat_.interval);
}

TEST_F(HeartbeatTest, NoneWithoutAnInterval) {
  heartbeat_.interval = Duration(0);
  heartbeat_.carrying = true;
  poll();
  EXPECT_TRUE(inner_->sent.empty());
  EXPECT_EQ(heartbeat_.deadline(), std::nullopt);
}

// Ends when told.
class HandAction : public HeartbeatAction {
 public:
  explicit HandAction(int& started) : started_(started) {}
  void start() override { ++started_; }
  std::optional<Status> take() override { return std::exchange(done, std::nullopt); }
  std::optional<Status> done;

 private:
  int& started_;
};

class HeartbeatActionTest : public HeartbeatTest {
 protected:
  HeartbeatActionTest() {
    auto action = std::make_unique<HandAction>(started_);
    action_ = action.get();
    heartbeat_.action = std::move(action);
    heartbeat_.note = [this](const Problem& problem) { told_.push_back(problem); };
    heartbeat_.carrying = true;
  }
  int started_ = 0;
  HandAction* action_ = nullptr;
  std::vector<Problem> told_;
};

TEST_F(HeartbeatActionTest, TheRecordFollowsTheAction) {
  poll();
  poll();
  EXPECT_EQ(started_, 1);
  EXPECT_TRUE(inner_->sent.empty());
  EXPECT_FALSE(heartbeat_.deadline().has_value()) << "the loop would turn without rest while the action runs";
  action_->done = Status::ok();
  poll();
  EXPECT_EQ(inner_->sent.size(), 1u);
  poll();
  EXPECT_EQ(started_, 1);
  test_now += std::chrono::milliseconds(200);
  poll();
  EXPECT_EQ(started_, 2);
  EXPECT_EQ(inner_->sent.size(), 1u);
}

TEST_F(HeartbeatActionTest, AnActionThatFailsIsToldAndHeartbeatsGoOn) {
  poll();
  action_->done = Status(Problem{Code::kPgHeartbeatQuery, "division by zero", ""});
  poll();
  EXPECT_EQ(inner_->sent.size(), 1u);
  ASSERT_EQ(told_.size(), 1u);
}

TEST_F(HeartbeatActionTest, WhetherTheServerIsAwayTheStreamKnowsBest) {
  poll();
  action_->done = Status(Problem{Code::kPgShutdown, "terminating connection due to administrator command", ""});
  poll();
  EXPECT_EQ(inner_->sent.size(), 1u);
  ASSERT_EQ(told_.size(), 1u);
}

TEST_F(HeartbeatActionTest, AnActionThatCanNeverWorkEndsTheSession) {
  poll();
  action_->done = Status(Problem{Code::kPgHeartbeatTable, "no such table", ""});
  std::vector<Producer::Report> reports;
  const Status status = producer_->poll(reports);
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.problem().code, Code::kPgHeartbeatTable);
  EXPECT_TRUE(inner_->sent.empty());
}

}  // namespace
}  // namespace penstock
