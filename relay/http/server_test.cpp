#include "relay/http/server.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

namespace penstock {
namespace {

// A port that was free a moment ago.
int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

TEST(Listeners, AsConnectWritesThem) {
  const auto listeners = parse_listeners("http://127.0.0.1:8083, http://:8084/,HTTP://[::1]:8085");
  ASSERT_TRUE(listeners.is_ok());
  ASSERT_EQ(listeners.value().size(), 3u);
  EXPECT_EQ(listeners.value()[0].host, "127.0.0.1");
  EXPECT_EQ(listeners.value()[1].host, "");
  EXPECT_EQ(listeners.value()[1].port, 8084);
  EXPECT_EQ(listeners.value()[2].host, "::1");
  for (const char* bad : {"https://127.0.0.1:8083", "http://127.0.0.1", "http://h:x", "http://h:70000"}) {
    EXPECT_FALSE(parse_listeners(bad).is_ok()) << bad;
  }
}

TEST(HttpServer, AnswersFromThePublishedPicture) {
  Published published;
  Picture picture;
  picture.connector.name = "shop";
  picture.view.state = State::kStreaming;
  picture.at = std::chrono::steady_clock::now();
  ASSERT_TRUE(published.publish(picture));
  std::atomic<int> commands = 0;
  HttpServer server(published, [&commands](Command) { ++commands; });
  const int port = free_port();
  ASSERT_TRUE(server.listen("http://127.0.0.1:" + std::to_string(port)).is_ok());
  httplib::Client client("127.0.0.1", port);
  const auto connectors = client.Get("/connectors");
  ASSERT_TRUE(connectors);
  EXPECT_EQ(connectors->body, R"(["shop"])");
  EXPECT_EQ(connectors->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(client.Get("/connectors/nope")->status, 404);
  EXPECT_EQ(client.Get("/health")->status, 200);
  EXPECT_NE(client.Get("/metrics")->body.find("penstock_state"), std::string::npos);
  EXPECT_EQ(client.Put("/connectors/shop/pause", "", "application/json")->status, 202);
  EXPECT_EQ(client.Delete("/connectors/shop")->status, 405);
  EXPECT_EQ(commands, 1);
}

// The client gives up after five seconds.
TEST(HttpServer, AnswersBesideIdleConnections) {
  Published published;
  Picture picture;
  picture.view.state = State::kStreaming;
  picture.at = std::chrono::steady_clock::now();
  ASSERT_TRUE(published.publish(picture));
  HttpServer server(published, [](Command) {});
  const int port = free_port();
  ASSERT_TRUE(server.listen("http://127.0.0.1:" + std::to_string(port)).is_ok());
  std::vector<int> idle;
  for (int i = 0; i < 16; ++i) idle.push_back(connect_to(port));
  httplib::Client client("127.0.0.1", port);
  const auto live = client.Get("/health/live");
  for (const int fd : idle) close(fd);
  ASSERT_TRUE(live);
  EXPECT_EQ(live->status, 200);
}

// As curl -X PUT sends it; the library's own client always sends a length.
TEST(HttpServer, TakesAPutWithoutALength) {
  Published published;
  Picture picture;
  picture.connector.name = "shop";
  ASSERT_TRUE(published.publish(picture));
  std::atomic<int> commands = 0;
  HttpServer server(published, [&commands](Command) { ++commands; });
  const int port = free_port();
  ASSERT_TRUE(server.listen("http://127.0.0.1:" + std::to_string(port)).is_ok());
  const int fd = connect_to(port);
  const std::string request = "PUT /connectors/shop/resume HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_EQ(send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  char answer[64] = {};
  ASSERT_GT(recv(fd, answer, sizeof answer - 1, 0), 0);
  close(fd);
  EXPECT_TRUE(std::string_view(answer).starts_with("HTTP/1.1 202")) << answer;
  EXPECT_EQ(commands, 1);
}

TEST(HttpServer, APortThatIsTakenIsAProblem) {
  Published published;
  HttpServer first(published, [](Command) {});
  HttpServer second(published, [](Command) {});
  const std::string listeners = "http://127.0.0.1:" + std::to_string(free_port());
  ASSERT_TRUE(first.listen(listeners).is_ok());
  const Status status = second.listen(listeners);
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.problem().code, Code::kHttpListen);
}

}  // namespace
}  // namespace penstock
