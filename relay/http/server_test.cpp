#include "relay/http/server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>

#include "relay/http/listeners.h"

namespace penstock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

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

// A client that does what it is told, byte by byte.
class Client {
 public:
  explicit Client(int port, int receive_bytes = 0) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_bytes > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    const timeval wait{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool send(const std::string& text) const {
    return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  // What comes next; "" at the end, and after five seconds without a byte.
  std::string receive() const {
    char bytes[4096];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    return size > 0 ? std::string(bytes, static_cast<size_t>(size)) : "";
  }
  // Head and body of one answer.
  std::string answer() const {
    std::string text;
    while (true) {
      const size_t head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const size_t length = text.find("Content-Length: ");
        if (length > head || text.size() - head - 4 >= std::stoul(text.substr(length + 16))) return text;
      }
      const std::string more = receive();
      if (more.empty()) return text;
      text += more;
    }
  }
  std::string all() const {
    std::string text;
    for (std::string more = receive(); !more.empty(); more = receive()) text += more;
    return text;
  }
  // Sends a byte every ten milliseconds until the server ends the connection; false: it has not within `limit`.
  bool drips_until_ended(milliseconds limit) const {
    const auto deadline = steady_clock::now() + limit;
    while (steady_clock::now() < deadline) {
      pollfd readable{fd_, POLLIN, 0};
      if (poll(&readable, 1, 10) > 0 && receive().empty()) return true;
      if (!send("x")) return true;
    }
    return false;
  }

 private:
  int fd_;
};

int status_of(const std::string& answer) {
  return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
}

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    Picture picture;
    picture.connector.name = "shop";
    picture.view.state = State::kStreaming;
    picture.at = steady_clock::now();
    publish(std::move(picture));
  }
  void publish(Picture picture) { ASSERT_TRUE(published_.publish(picture)); }
  void start(HttpLimits limits = {}, const std::string& host = "127.0.0.1") {
    server_ = std::make_unique<HttpServer>(published_,
                                           HttpCallbacks{[this](Command) { ++commands_; },
                                                         [this](const Problem& problem) {
                                                           const std::lock_guard lock(mutex_);
                                                           noted_.push_back(problem.code);
                                                         }},
                                           limits);
    port_ = free_port();
    const Status status = server_->listen("http://" + host + ":" + std::to_string(port_));
    ASSERT_TRUE(status.is_ok()) << to_string(status.problem());
  }
  std::string ask(const std::string& method, const std::string& path, const std::string& more = "") const {
    const Client client(port_);
    EXPECT_TRUE(client.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n"));
    return client.answer();
  }
  // A picture whose topics are 16 MB: more than the kernel takes for a client that takes nothing.
  static Picture large_picture() {
    Picture picture;
    picture.connector.name = "shop";
    picture.at = steady_clock::now();
    picture.stats.tables.resize(40'000);
    for (TableStats& table : picture.stats.tables) {
      table.topic = std::string(400, 't');
      table.create = 1;
    }
    return picture;
  }

  Published published_;
  std::unique_ptr<HttpServer> server_;
  std::atomic<int> commands_ = 0;
  std::mutex mutex_;
  std::vector<Code> noted_;  // guarded
  int port_ = 0;
};

TEST(Listeners, AsConnectWritesThem) {
  const auto listeners = parse_listeners("http://127.0.0.1:8083, http://:8084/,HTTP://[::1]:8085");
  ASSERT_TRUE(listeners.is_ok());
  ASSERT_EQ(listeners.value().size(), 3u);
  EXPECT_EQ(listeners.value()[0].host, "127.0.0.1");
  EXPECT_EQ(listeners.value()[1].host, "");
  EXPECT_EQ(listeners.value()[1].port, 8084);
  EXPECT_EQ(listeners.value()[2].host, "::1");
  EXPECT_EQ(worker_id(listeners.value()[2]), "[::1]:8085");
  for (const char* bad : {"https://127.0.0.1:8083", "http://127.0.0.1", "http://h:x", "http://h:70000"}) {
    EXPECT_FALSE(parse_listeners(bad).is_ok()) << bad;
  }
}

TEST_F(HttpServerTest, AnswersFromThePublishedPicture) {
  start();
  const std::string connectors = ask("GET", "/connectors");
  EXPECT_TRUE(connectors.starts_with("HTTP/1.1 200 OK\r\n")) << connectors;
  EXPECT_TRUE(connectors.ends_with("\r\n\r\n[\"shop\"]")) << connectors;
  EXPECT_NE(connectors.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_EQ(status_of(ask("GET", "/connectors/nope")), 404);
  EXPECT_EQ(status_of(ask("GET", "/health")), 200);
  EXPECT_NE(ask("GET", "/metrics").find("penstock_state"), std::string::npos);
  EXPECT_EQ(status_of(ask("PUT", "/connectors/shop/pause", "Content-Length: 0\r\n")), 202);
  EXPECT_EQ(status_of(ask("DELETE", "/connectors/shop")), 405);
  EXPECT_EQ(commands_, 1);
}

// As curl -X PUT sends it.
TEST_F(HttpServerTest, TakesAPutWithoutALength) {
  start();
  EXPECT_EQ(status_of(ask("PUT", "/connectors/shop/resume")), 202);
  EXPECT_EQ(commands_, 1);
}

TEST_F(HttpServerTest, HeadIsGetWithoutTheBody) {
  start();
  const Client client(port_);
  ASSERT_TRUE(client.send("HEAD /connectors HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string answer = client.all();
  EXPECT_NE(answer.find("Content-Length: 8\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  start();
  const Client client(port_);
  const std::string put = "PUT /connectors/shop/pause HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345";
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(put));
    ASSERT_EQ(status_of(client.answer()), 202);
  }
  // Several at once, cut anywhere.
  const std::string two = put + "GET /connectors HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  ASSERT_TRUE(client.send(two.substr(0, 90)));
  ASSERT_TRUE(client.send(two.substr(90)));
  const std::string answers = client.all();
  EXPECT_EQ(status_of(answers), 202);
  EXPECT_TRUE(answers.ends_with("[\"shop\"]")) << answers;
  EXPECT_EQ(commands_, 4);
}

// Closing a socket with bytes unread would reset the connection, and the answer would be lost.
TEST_F(HttpServerTest, ABodyThatNobodyWaitsForDoesNotCostTheAnswer) {
  start();
  const Client client(port_);
  ASSERT_TRUE(client.send("PUT /connectors/shop/config HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 50; ++i) client.send("1000\r\n" + std::string(4096, 'x') + "\r\n");
  EXPECT_EQ(status_of(client.all()), 405);
}

TEST_F(HttpServerTest, RefusesWhatIsNoRequest) {
  start();
  for (const auto& [text, status] : std::vector<std::pair<std::string, int>>{
           {"nonsense\r\n\r\n", 400}, {"GET x HTTP/1.1\r\n\r\n", 400}, {"GET /" + std::string(20'000, 'x'), 431}}) {
    const Client client(port_);
    ASSERT_TRUE(client.send(text));
    const std::string answer = client.all();
    EXPECT_EQ(status_of(answer), status) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
}

TEST_F(HttpServerTest, RefusesForeignNamesAndSaysSoOnce) {
  start();
  for (int i = 0; i < 3; ++i) {
    const Client client(port_);
    ASSERT_TRUE(client.send("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
    EXPECT_EQ(status_of(client.answer()), 403);
  }
  const std::string answer = ask("POST", "/connectors/shop/restart", "Origin: https://evil.example\r\n");
  EXPECT_EQ(status_of(answer), 403);
  EXPECT_NE(answer.find("PENSTOCK-HTTP-003"), std::string::npos);
  EXPECT_EQ(commands_, 0);
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(noted_, (std::vector<Code>{Code::kHttpHost, Code::kHttpOrigin}));
}

TEST_F(HttpServerTest, EveryAddressIsServed) {
  start({}, "");
  EXPECT_EQ(status_of(ask("GET", "/connectors")), 200);
  const Client client(port_);
  ASSERT_TRUE(client.send("GET /metrics HTTP/1.1\r\nHost: relay.prod.example\r\n\r\n"));
  EXPECT_EQ(status_of(client.answer()), 200);
}

TEST_F(HttpServerTest, ARequestHasADeadlineAsAWhole) {
  HttpLimits limits;
  limits.request = milliseconds(300);
  start(limits);
  const Client fresh(port_);
  ASSERT_TRUE(fresh.send("GET / HTTP/1.1\r\nX-Slow: "));
  EXPECT_TRUE(fresh.drips_until_ended(milliseconds(3000)));
  const Client kept(port_);
  ASSERT_TRUE(kept.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_EQ(status_of(kept.answer()), 200);
  ASSERT_TRUE(kept.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"));
  EXPECT_TRUE(kept.drips_until_ended(milliseconds(3000)));
}

TEST_F(HttpServerTest, AnIdleConnectionHasADeadline) {
  HttpLimits limits;
  limits.idle = milliseconds(200);
  start(limits);
  const Client client(port_);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_EQ(status_of(client.answer()), 200);
  EXPECT_EQ(client.receive(), "");
}

TEST_F(HttpServerTest, AnAnswerThatNobodyTakesHasADeadline) {
  publish(large_picture());
  HttpLimits limits;
  limits.answer = milliseconds(300);
  start(limits);
  const Client client(port_, 4096);
  ASSERT_TRUE(client.send("GET /connectors/shop/topics HTTP/1.1\r\nHost: h\r\n\r\n"));
  const auto deadline = steady_clock::now() + milliseconds(3000);
  while (client.send("x") && steady_clock::now() < deadline) {
    pollfd reset{-1, 0, 0};
    poll(&reset, 1, 10);
  }
  EXPECT_FALSE(client.send("x"));  // reset: the rest of the answer went with the connection
}

TEST_F(HttpServerTest, AnswersBesideMoreSlowClientsThanItServes) {
  start();
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 400; ++i) {
    slow.push_back(std::make_unique<Client>(port_));
    slow.back()->send("GET / HTTP/1.1\r\nX-Slow: ");
  }
  const auto begun = steady_clock::now();
  EXPECT_EQ(status_of(ask("GET", "/health/live")), 200);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(1000));
}

TEST_F(HttpServerTest, AnswersThatNobodyTakesAreBounded) {
  publish(large_picture());
  HttpLimits limits;
  limits.unsent_bytes = 1 << 20;
  start(limits);
  const Client first(port_, 4096);
  ASSERT_TRUE(first.send("GET /connectors/shop/topics HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_TRUE(first.receive().starts_with("HTTP/1.1 200"));  // alone it may be as large as it is
  const Client second(port_, 4096);
  ASSERT_TRUE(second.send("GET /connectors/shop/topics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(second.all().ends_with("]}}"));
  EXPECT_FALSE(first.all().ends_with("]}}"));
}

// The destructor waits for no client: one in the middle of a request, one that takes no answer.
TEST_F(HttpServerTest, EndsAtOnce) {
  publish(large_picture());
  start();
  const Client slow(port_), deaf(port_, 4096);
  ASSERT_TRUE(slow.send("GET / HTTP/1.1\r\nX-Slow: "));
  ASSERT_TRUE(deaf.send("GET /connectors/shop/topics HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_FALSE(deaf.receive().empty());
  const auto begun = steady_clock::now();
  server_.reset();
  EXPECT_LT(steady_clock::now() - begun, milliseconds(1000));
}

TEST_F(HttpServerTest, APortThatIsTakenIsAProblemAndTheOthersAreServed) {
  start();
  HttpServer second(published_, HttpCallbacks{[](Command) {}, [](const Problem&) {}});
  const int taken = std::exchange(port_, free_port());
  const Status status =
      second.listen("http://127.0.0.1:" + std::to_string(taken) + ",http://127.0.0.1:" + std::to_string(port_));
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.problem().code, Code::kHttpListen);
  EXPECT_NE(status.problem().what.find("Address already in use"), std::string::npos) << status.problem().what;
  EXPECT_EQ(status_of(ask("GET", "/connectors")), 200);
}

}  // namespace
}  // namespace penstock
