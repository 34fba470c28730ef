#include "relay/http/request_head.h"

#include <gtest/gtest.h>

#include <random>

namespace penstock {
namespace {

constexpr uint64_t kBodyMax = 1000;

RequestHead parsed(const std::string& text) {
  EXPECT_EQ(head_size(text), text.size());
  const auto result = parse_head(text, kBodyMax);
  EXPECT_TRUE(std::holds_alternative<RequestHead>(result)) << text;
  return std::holds_alternative<RequestHead>(result) ? std::get<RequestHead>(result) : RequestHead{};
}

// The status that refuses it, 0: none.
int refused(const std::string& text) {
  const auto result = parse_head(text, kBodyMax);
  return std::holds_alternative<int>(result) ? std::get<int>(result) : 0;
}

TEST(RequestHead, AsCurlSendsIt) {
  const RequestHead head = parsed(
      "POST /connectors/a%20b/restart?includeTasks=true&only%46ailed=a+b%2B HTTP/1.1\r\nHost: localhost:8083\r\n"
      "User-Agent: curl/7.88.1\r\nAccept: */*\r\nOrigin:  https://a.example \r\ncontent-length: 12\r\n\r\n");
  EXPECT_EQ(head.request.method, "POST");
  EXPECT_EQ(head.request.path, "/connectors/a%20b/restart");
  EXPECT_EQ(head.request.query.find("includeTasks")->second, "true");
  EXPECT_EQ(head.request.query.find("onlyFailed")->second, "a b+");
  EXPECT_EQ(head.host, "localhost:8083");
  EXPECT_EQ(head.origin, "https://a.example");
  EXPECT_EQ(head.body_bytes, 12u);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, WhoKeepsTheConnection) {
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n").keep_alive);
  EXPECT_TRUE(parsed("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_EQ(parsed("PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\n").body_bytes, 5u);
}

// Where it ends cannot be told beforehand: nothing after it is taken for a request.
TEST(RequestHead, ABodyWithoutALengthEndsTheConnection) {
  for (const char* field : {"Transfer-Encoding: chunked", "Expect: 100-continue"}) {
    const RequestHead head =
        parsed("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" + std::string(field) + "\r\n\r\n");
    EXPECT_FALSE(head.keep_alive);
    EXPECT_EQ(head.body_bytes, 0u);
  }
}

TEST(RequestHead, OtherSpellings) {
  EXPECT_EQ(parsed("\r\n\r\nGET /x HTTP/1.0\n\n").request.path, "/x");
  const RequestHead absolute = parsed("GET http://evil.example:80/x?a=b HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(absolute.request.path, "/x");
  EXPECT_EQ(absolute.host, "evil.example:80");  // RFC 9112, 3.2.2: before the field
  EXPECT_EQ(parsed("GET http://h HTTP/1.1\r\nHost:\r\n\r\n").request.path, "/");
}

// As load balancers are made to probe.
TEST(RequestHead, NoHostIsNobody) {
  EXPECT_EQ(parsed("GET /health/live HTTP/1.1\r\n\r\n").host, "");
}

TEST(RequestHead, WhatIsRefused) {
  for (const char* line : {"GET", "GET /", "GET  HTTP/1.1", "GET / HTTP/1.1 ", "G(T / HTTP/1.0", "GET x HTTP/1.0",
                           "GET * HTTP/1.0", "GET /%zz HTTP/1.0", "GET /%4 HTTP/1.0", "GET /?a=%x HTTP/1.0",
                           "GET /\x01 HTTP/1.0", "GET /a b HTTP/1.0", "GET / http/1.0", "GET /  HTTP/1.0"}) {
    EXPECT_EQ(refused(std::string(line) + "\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(refused("GET / HTTP/2.0\r\n\r\n"), 505);
  for (const char* fields : {"Host: a\r\nHost: b\r\n", "Host : a\r\n", "Host: a\r\n folded\r\n", "Host: a\x01\r\n",
                             ": a\r\n", "Host\r\n", "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
                             "Host: a\r\nContent-Length: -1\r\n", "Host: a\r\nContent-Length: 1x\r\n",
                             "Host: a\r\nContent-Length:\r\n", "Host: a\r\nContent-Length: 99999999999999999999\r\n"}) {
    EXPECT_EQ(refused("GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n"), 400) << fields;
  }
  EXPECT_EQ(refused("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"), 413);
}

TEST(RequestHead, PartsOfPaths) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(path_parts("/"), Parts{});
  EXPECT_EQ(path_parts("//a///b/"), (Parts{"a", "b"}));
  EXPECT_EQ(path_parts("/connectors/a%2Fb+c/%C3%A4"), (Parts{"connectors", "a/b+c", "ä"}));
}

// Cut at every byte it has not come; damaged anywhere it is an answer of some kind.
TEST(RequestHead, EveryInputIsAnAnswer) {
  const std::string good =
      "PUT /connectors/shop/pause?a=%41&b HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nContent-Length: 7\r\n\r\n";
  for (size_t size = 0; size < good.size(); ++size) EXPECT_EQ(head_size(good.substr(0, size)), 0u) << size;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    for (int change = 0; change < 3; ++change) text[random() % text.size()] = static_cast<char>(random());
    const size_t size = head_size(text);
    ASSERT_LE(size, text.size());
    const auto result = parse_head(text.substr(0, size), kBodyMax);
    if (const RequestHead* head = std::get_if<RequestHead>(&result)) {
      ASSERT_TRUE(head->request.path.starts_with('/'));
      ASSERT_LE(head->body_bytes, kBodyMax);
    } else {
      ASSERT_GE(std::get<int>(result), 400);
    }
  }
}

}  // namespace
}  // namespace penstock
