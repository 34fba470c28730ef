#include "relay/http/health.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace penstock {
namespace {

const std::chrono::steady_clock::time_point kNow = std::chrono::steady_clock::time_point{} + std::chrono::hours(1);

Picture picture(State state) {
  Picture picture;
  picture.connector.name = "shop";
  picture.view.state = state;
  picture.at = kNow - std::chrono::seconds(1);
  return picture;
}

TEST(Health, SaysWhetherItDoesWhatItWasAsked) {
  for (State state : {State::kStarting, State::kSnapshot, State::kStreaming, State::kPaused, State::kCompleted}) {
    EXPECT_EQ(health_reply({"GET", "/health", {}}, picture(state), kNow)->status, 200) << name(state);
  }
  for (State state : {State::kWaiting, State::kFailed}) {
    EXPECT_EQ(health_reply({"GET", "/health", {}}, picture(state), kNow)->status, 503) << name(state);
    EXPECT_EQ(health_reply({"GET", "/health/live", {}}, picture(state), kNow)->status, 200) << name(state);
  }
}

TEST(Health, ALoopThatHangsIsNotAlive) {
  const auto later = kNow + std::chrono::seconds(30);
  EXPECT_EQ(health_reply({"GET", "/health/live", {}}, picture(State::kStreaming), later)->status, 503);
  EXPECT_EQ(health_reply({"GET", "/health", {}}, picture(State::kStreaming), later)->status, 503);
}

TEST(Health, ShowsProblemsPositionsAndVersion) {
  Picture waiting = picture(State::kWaiting);
  waiting.view.problems = {{Code::kPgWalLevel, "wal_level is replica", ""}};
  waiting.standing = {{Code::kHttpListen, "8083 is taken", "set listeners"}};
  waiting.view.stored.end = Lsn{0x16B3748};
  waiting.view.retry_at = kNow + std::chrono::seconds(4);
  const auto json = nlohmann::json::parse(health_reply({"GET", "/health", {}}, waiting, kNow)->body);
  EXPECT_EQ(json["status"], "unhealthy");
  EXPECT_EQ(json["state"], "waiting");
  EXPECT_EQ(json["version"], PENSTOCK_VERSION);
  EXPECT_EQ(json["problems"][0]["code"], "PENSTOCK-PG-007");
  EXPECT_EQ(json["problems"][0]["mend"], "ALTER SYSTEM SET wal_level = logical, then restart the server");
  EXPECT_EQ(json["problems"][1]["mend"], "set listeners");
  EXPECT_EQ(json["positions"]["stored"], "0/16B3748");
  EXPECT_EQ(json["retry_in_ms"], 4000);
}

TEST(Health, SaysSinceWhenTheConnectorIsPaused) {
  Picture paused = picture(State::kPaused);
  auto json = nlohmann::json::parse(health_reply({"GET", "/health", {}}, paused, kNow)->body);
  EXPECT_FALSE(json.contains("paused_since"));
  paused.view.paused_unix_ms = 1785592985123;
  json = nlohmann::json::parse(health_reply({"GET", "/health", {}}, paused, kNow)->body);
  EXPECT_EQ(json["paused_since"], "2026-08-01 14:03:05 UTC");
}

TEST(Health, OtherPathsAreLeftToOthers) {
  EXPECT_FALSE(health_reply({"GET", "/healthy", {}}, picture(State::kStreaming), kNow).has_value());
  EXPECT_FALSE(health_reply({"POST", "/health", {}}, picture(State::kStreaming), kNow).has_value());
}

}  // namespace
}  // namespace penstock
