// Against a real server: what ends a session, and what is only told.
#include "relay/postgres/heartbeat_query.h"

#include <gtest/gtest.h>

#include "relay/postgres/test_server.h"

namespace penstock {
namespace {

class HeartbeatQueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = TestServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << TestServer::why_not();
    server_->sql("DROP ROLE IF EXISTS beater; CREATE ROLE beater LOGIN PASSWORD 'p'");
    settings_ = server_->settings("beater");
    settings_.password = "p";
    settings_.heartbeat_query = "SELECT 1";
  }
  Problem problem_of(const PostgresSettings& settings) {
    HeartbeatQuery query(settings, std::chrono::milliseconds(200));
    const Status status = query.run();
    if (!status.is_ok()) return status.problem();
    ADD_FAILURE() << "it has worked";
    return {};
  }

  TestServer* server_ = nullptr;
  PostgresSettings settings_;
};

TEST_F(HeartbeatQueryTest, NoConnectionForItSaysNothingAboutTheStream) {
  server_->sql("ALTER ROLE beater CONNECTION LIMIT 0");
  const Problem full = problem_of(settings_);
  EXPECT_EQ(full.code, Code::kPgHeartbeatQuery) << full.what;
  EXPECT_NE(full.what.find("53300"), std::string::npos) << full.what;
  EXPECT_NE(full.mend.find("CONNECTION LIMIT"), std::string::npos) << full.mend;
  server_->sql("ALTER ROLE beater CONNECTION LIMIT -1 NOLOGIN");
  EXPECT_EQ(problem_of(settings_).code, Code::kPgHeartbeatQuery);
  settings_.port = "1";
  EXPECT_EQ(problem_of(settings_).code, Code::kPgHeartbeatQuery);
}

TEST_F(HeartbeatQueryTest, AStatementThatDoesNotEndIsOnlyTold) {
  settings_.heartbeat_query = "SELECT pg_sleep(600)";
  const Problem slow = problem_of(settings_);
  EXPECT_EQ(slow.code, Code::kPgHeartbeatQuery) << slow.what;
}

TEST_F(HeartbeatQueryTest, FailingInitialStatementsAreOnlyTold) {
  settings_.initial_statements = {"SELECT 1/0"};
  EXPECT_EQ(problem_of(settings_).code, Code::kPgHeartbeatQuery);
}

TEST_F(HeartbeatQueryTest, AnEndOfItsOwnConnectionIsOnlyTold) {
  settings_.heartbeat_query = "SELECT pg_terminate_backend(pg_backend_pid())";
  EXPECT_NE(info(problem_of(settings_).code).klass, ProblemClass::kStop);
}

TEST_F(HeartbeatQueryTest, ATableThatIsNotThereIsForEver) {
  settings_.heartbeat_query = "DELETE FROM public.nowhere";
  EXPECT_EQ(problem_of(settings_).code, Code::kPgHeartbeatTable);
}

}  // namespace
}  // namespace penstock
