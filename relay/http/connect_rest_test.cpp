#include "relay/http/connect_rest.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

// Expected answers have the shapes that Kafka Connect 4.3.1 was seen to give.
class ConnectRestTest : public testing::Test {
 protected:
  ConnectRestTest() {
    picture_.connector.name = "shop-connector";
    picture_.connector.contract_version = "3.6.3.Final";
    picture_.connector.config = {{"name", "shop-connector"}, {"database.password", "********"}};
    picture_.view.state = State::kStreaming;
  }
  HttpReply ask(const std::string& method, const std::string& path,
                std::multimap<std::string, std::string> query = {}) {
    const ConnectContext context{"127.0.0.1:8083", [this](Command command) { commands_.push_back(command); }};
    const auto reply = connect_reply({method, path, std::move(query)}, picture_, context);
    return reply ? *reply : HttpReply{599, "", ""};
  }
  std::string get(const std::string& path) { return ask("GET", path).body; }

  Picture picture_;
  std::vector<Command> commands_;
};

TEST_F(ConnectRestTest, ShapesOfReads) {
  KafkaFacts kafka;
  kafka.cluster_id = "43NmrF_ITCmYT1yq3QNLtQ";
  picture_.kafka = kafka;
  EXPECT_EQ(get("/"), R"({"version":"4.3.1","commit":"penstock-)" PENSTOCK_VERSION
                      R"(","kafka_cluster_id":"43NmrF_ITCmYT1yq3QNLtQ"})");
  EXPECT_EQ(get("/connectors"), R"(["shop-connector"])");
  EXPECT_EQ(
      get("/connectors/shop-connector/status"),
      R"({"name":"shop-connector","connector":{"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"3.6.3.Final"},)"
      R"("tasks":[{"id":0,"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"3.6.3.Final"}],"type":"source"})");
  EXPECT_EQ(get("/connectors/shop-connector"),
            R"({"name":"shop-connector","config":{"database.password":"********","name":"shop-connector"},)"
            R"("tasks":[{"connector":"shop-connector","task":0}],"type":"source"})");
  EXPECT_EQ(get("/connectors/shop-connector/config"), R"({"database.password":"********","name":"shop-connector"})");
  EXPECT_EQ(get("/connectors/shop-connector/tasks/0/status"),
            R"({"id":0,"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"3.6.3.Final"})");
  EXPECT_EQ(
      get("/connectors/shop-connector/tasks"),
      R"([{"id":{"connector":"shop-connector","task":0},"config":{"database.password":"********","name":"shop-connector",)"
      R"("task.class":"io.debezium.connector.postgresql.PostgresConnectorTask"}}])");
  EXPECT_EQ(
      get("/connector-plugins"),
      R"([{"class":"io.debezium.connector.postgresql.PostgresConnector","type":"source","version":"3.6.3.Final"}])");
}

TEST_F(ConnectRestTest, TopicsAreThoseWithRecords) {
  TableStats used;
  used.topic = "shop.public.t";
  used.create = 1;
  TableStats unused;
  unused.topic = "shop.public.u";
  picture_.stats.tables = {used, unused};
  EXPECT_EQ(get("/connectors/shop-connector/topics"), R"({"shop-connector":{"topics":["shop.public.t"]}})");
}

TEST_F(ConnectRestTest, ExpandsAsAsked) {
  const std::string both = ask("GET", "/connectors", {{"expand", "status"}, {"expand", "info"}}).body;
  EXPECT_TRUE(
      both.starts_with(R"({"shop-connector":{"status":{"name":"shop-connector","connector":{"state":"RUNNING")"));
  EXPECT_NE(both.find(R"("info":{"name":"shop-connector","config":)"), std::string::npos);
  EXPECT_EQ(ask("GET", "/connectors", {{"expand", "info"}}).body.find("status"), std::string::npos);
}

TEST_F(ConnectRestTest, UnknownNamesAre404) {
  const HttpReply reply = ask("GET", "/connectors/nope/status");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body, R"({"error_code":404,"message":"Connector nope not found"})");
  EXPECT_EQ(ask("GET", "/connectors/shop-connector/nope").status, 404);
  EXPECT_EQ(ask("GET", "/elsewhere").status, 599);  // not Connect's: left to others
}

TEST_F(ConnectRestTest, CommandsReachTheLoop) {
  EXPECT_EQ(ask("PUT", "/connectors/shop-connector/pause").status, 202);
  EXPECT_EQ(ask("PUT", "/connectors/shop-connector/resume").status, 202);
  EXPECT_EQ(ask("POST", "/connectors/shop-connector/restart").status, 204);
  EXPECT_EQ(ask("POST", "/connectors/shop-connector/tasks/0/restart").status, 204);
  const HttpReply restart = ask("POST", "/connectors/shop-connector/restart", {{"includeTasks", "true"}});
  EXPECT_EQ(restart.status, 202);
  EXPECT_EQ(
      restart.body,
      R"({"name":"shop-connector","connector":{"state":"RESTARTING","worker_id":"127.0.0.1:8083","version":"3.6.3.Final"},)"
      R"("tasks":[{"id":0,"state":"RESTARTING","worker_id":"127.0.0.1:8083","version":"3.6.3.Final"}],"type":"source"})");
  EXPECT_EQ(commands_, (std::vector<Command>{Command::kPause, Command::kResume, Command::kRestart, Command::kRestart,
                                             Command::kRestart}));
}

TEST_F(ConnectRestTest, OnlyFailedLeavesAHealthyOneAlone) {
  const std::string path = "/connectors/shop-connector/restart";
  for (const State state : {State::kStreaming, State::kPaused, State::kWaiting}) {
    picture_.view.state = state;
    for (const auto& query : std::vector<std::multimap<std::string, std::string>>{
             {{"onlyFailed", "TRUE"}}, {{"onlyFailed", "true"}, {"includeTasks", "true"}}}) {
      const HttpReply reply = ask("POST", path, query);
      EXPECT_EQ(reply.status, 202);
      EXPECT_EQ(reply.body, get("/connectors/shop-connector/status"));
    }
  }
  EXPECT_TRUE(commands_.empty());
  picture_.view.state = State::kFailed;
  const HttpReply reply = ask("POST", path, {{"onlyFailed", "true"}, {"includeTasks", "true"}});
  EXPECT_NE(reply.body.find(R"("connector":{"state":"RUNNING")"), std::string::npos);
  EXPECT_NE(reply.body.find(R"({"id":0,"state":"RESTARTING")"), std::string::npos);
  EXPECT_EQ(commands_, (std::vector<Command>{Command::kRestart}));
}

TEST_F(ConnectRestTest, NothingIsChangedWhileTheProcessEnds) {
  picture_.view.state = State::kStopping;
  EXPECT_EQ(ask("POST", "/connectors/shop-connector/restart").status, 409);
  EXPECT_EQ(ask("POST", "/connectors/shop-connector/tasks/0/restart").status, 409);
  EXPECT_EQ(ask("PUT", "/connectors/shop-connector/pause").status, 409);
  EXPECT_TRUE(commands_.empty());
}

// Whatever it is called: a part of the path itself, or what a path can only hold encoded.
TEST_F(ConnectRestTest, AConnectorOfAnyName) {
  for (const auto& [name, encoded] : std::vector<std::pair<std::string, std::string>>{{"connector", "connector"},
                                                                                      {"connectors", "connectors"},
                                                                                      {"c", "c"},
                                                                                      {"tasks", "tasks"},
                                                                                      {"a b", "a%20b"},
                                                                                      {"a/b", "a%2fb"},
                                                                                      {"100%", "100%25"},
                                                                                      {"ä+", "%C3%A4+"}}) {
    picture_.connector.name = name;
    const std::string path = "/connectors/" + encoded;
    for (const char* rest : {"", "/", "/config", "/status", "/tasks", "/tasks/0/status", "/topics"}) {
      EXPECT_EQ(ask("GET", path + rest).status, 200) << path << rest;
    }
    EXPECT_EQ(ask("PUT", path + "/resume").status, 202) << path;
    EXPECT_EQ(ask("GET", path + "/tasks/1/status").body,
              R"({"error_code":404,"message":"Unknown task: )" + name + R"(-1"})");
    EXPECT_EQ(ask("GET", path + "/tasks%2F0/status").status, 404) << path;
  }
}

TEST_F(ConnectRestTest, StoringConfigurationsIsRefused) {
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"POST", "/connectors"},
                                                        {"PUT", "/connectors/shop-connector/config"},
                                                        {"DELETE", "/connectors/shop-connector"},
                                                        {"PUT", "/connectors/shop-connector/stop"}}) {
    const HttpReply reply = ask(method, path);
    EXPECT_EQ(reply.status, 405) << method << path;
    EXPECT_NE(reply.body.find("SIGHUP"), std::string::npos);
  }
  EXPECT_TRUE(commands_.empty());
}

TEST_F(ConnectRestTest, ATaskShowsWhatKeepsItFromItsWork) {
  picture_.view.state = State::kFailed;
  picture_.view.problems = {{Code::kPgSlotLost, "slot shop_slot is lost", ""}};
  const std::string failed = get("/connectors/shop-connector/status");
  EXPECT_NE(failed.find(R"("connector":{"state":"RUNNING")"), std::string::npos);
  EXPECT_NE(failed.find(R"("state":"FAILED")"), std::string::npos);
  EXPECT_NE(failed.find("PENSTOCK-PG-010"), std::string::npos);
  picture_.view.state = State::kWaiting;
  picture_.view.problems.clear();
  picture_.standing = {{Code::kKafkaTopicAuthorization, "shop.public.t", ""}, {Code::kHttpListen, "taken", ""}};
  const std::string waiting = get("/connectors/shop-connector/status");
  EXPECT_NE(waiting.find("PENSTOCK-KAFKA-003"), std::string::npos);
  EXPECT_EQ(waiting.find("PENSTOCK-HTTP-001"), std::string::npos);  // a warning
}

TEST_F(ConnectRestTest, PausedIsPausedInBoth) {
  picture_.view.state = State::kPaused;
  EXPECT_EQ(
      get("/connectors/shop-connector/status"),
      R"({"name":"shop-connector","connector":{"state":"PAUSED","worker_id":"127.0.0.1:8083","version":"3.6.3.Final"},)"
      R"("tasks":[{"id":0,"state":"PAUSED","worker_id":"127.0.0.1:8083","version":"3.6.3.Final"}],"type":"source"})");
}

TEST(ResumeCommand, RunsInAShellOfThisMachine) {
  EXPECT_EQ(resume_command("http://:8083", "shop"), "curl -X PUT http://localhost:8083/connectors/shop/resume");
  EXPECT_EQ(resume_command("http://[::1]:8085,http://:8083", "shop"),
            "curl -X PUT http://[::1]:8085/connectors/shop/resume");
  EXPECT_EQ(resume_command("http://0.0.0.0:1", "a b/c'$(d)\xc3\xa9"),
            "curl -X PUT http://localhost:1/connectors/a%20b%2Fc%27%24%28d%29%C3%A9/resume");
}

}  // namespace
}  // namespace penstock
