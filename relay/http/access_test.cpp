#include "relay/http/access.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

RequestHead head(const std::string& method, const std::string& path, const std::string& host) {
  RequestHead made;
  made.request = {method, path};
  made.host = host;
  return made;
}

class AccessTest : public testing::Test {
 protected:
  // The code that refuses it, or "".
  std::string get(const std::string& host, const std::string& path = "/connectors", bool loopback = true) const {
    return code(refusal(head("GET", path, host), hosts_, loopback));
  }
  std::string post(const std::string& host, std::optional<std::string> origin) const {
    RequestHead made = head("POST", "/connectors/shop/restart", host);
    made.origin = std::move(origin);
    return code(refusal(made, hosts_, true));
  }
  static std::string code(const std::optional<Problem>& problem) {
    return problem ? std::string(info(problem->code).name) : "";
  }

  AllowedHosts hosts_ =
      allowed_hosts({{"127.0.0.1", 8083}, {"Relay.Example.com", 8084}}, "connect.example.com, *.intra.example,");
};

TEST_F(AccessTest, NamesThatAreNobodysPage) {
  for (const char* host :
       {"127.0.0.1:8083", "10.2.3.4", "[::1]:8083", "[fe80::1]", "localhost", "LOCALHOST.", "relay", "relay:8083",
        "x.localhost", "relay.kafka.svc", "relay.kafka.svc.cluster.local:8083", "host.docker.internal",
        "relay.example.com:8084", "connect.example.com", "a.intra.example", ""}) {
    EXPECT_EQ(get(host), "") << host;
  }
}

TEST_F(AccessTest, NamesThatMayBeAnybodys) {
  for (const char* host :
       {"evil.example", "evil.example:8083", "127.0.0.1.evil.example", "localhost.evil.example",
        "connect.example.com.evil.example", "xconnect.example.com", "intra.example", "xintra.example", "evil.local",
        "[evil.example]", "[::1].evil.example", "127.0.0.1@evil.example"}) {
    EXPECT_EQ(get(host), "PENSTOCK-HTTP-002") << host;
  }
}

TEST_F(AccessTest, ScrapesAndProbesByAnyNameWhereOthersReachUs) {
  for (const char* path : {"/metrics", "/health", "/health/live"}) {
    EXPECT_EQ(get("relay.prod.example", path, false), "") << path;
    EXPECT_EQ(get("relay.prod.example", path, true), "PENSTOCK-HTTP-002") << path;
  }
  for (const char* path : {"/", "/connectors", "/metrics/", "/%6detrics", "/health/x"}) {
    EXPECT_EQ(get("relay.prod.example", path, false), "PENSTOCK-HTTP-002") << path;
  }
}

TEST_F(AccessTest, ChangesOfPages) {
  EXPECT_EQ(post("localhost", std::nullopt), "");
  EXPECT_EQ(post("localhost", "https://connect.example.com"), "");
  EXPECT_EQ(post("localhost", "https://ui.intra.example:8443"), "");
  for (const char* origin : {"https://evil.example", "null", "", "http://localhost:8083", "http://127.0.0.1:8083",
                             "http://relay", "connect.example.com", "https://connect.example.com.evil.example"}) {
    EXPECT_EQ(post("localhost", origin), "PENSTOCK-HTTP-003") << origin;
  }
}

TEST_F(AccessTest, AStarIsEveryNameAndNoPage) {
  hosts_ = allowed_hosts({}, "*");
  EXPECT_EQ(get("whatever.example"), "");
  EXPECT_EQ(post("whatever.example", "https://whatever.example"), "PENSTOCK-HTTP-003");
}

TEST_F(AccessTest, WhatIsShownOfANameIsPlain) {
  const auto problem =
      refusal(head("GET", "/", "evil.example\x1b[31m\"\xc3\xa4" + std::string(500, 'x')), hosts_, true);
  ASSERT_TRUE(problem);
  EXPECT_LT(problem->what.size(), 200u);
  for (const char c : problem->what) EXPECT_TRUE(c >= ' ' && c <= '~' && c != '"');
}

}  // namespace
}  // namespace penstock
