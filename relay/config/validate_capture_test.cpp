#include "relay/config/validate_capture.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

std::vector<Problem> problems_of(std::initializer_list<std::pair<std::string, std::string>> values) {
  Settings settings;
  for (const auto& [name, value] : values) settings[name] = {value, value, "connector.json"};
  return capture_problems(settings);
}

TEST(ValidateCaptureTest, ConfigurationBasedMustDoSomething) {
  const auto nothing = problems_of(
      {{"snapshot.mode", "configuration_based"}, {"snapshot.mode.configuration.based.start.stream", "false"}});
  ASSERT_EQ(nothing.size(), 1u);
  EXPECT_NE(nothing[0].mend.find("start.stream=true"), std::string::npos);
  EXPECT_TRUE(problems_of({{"snapshot.mode", "configuration_based"},
                           {"snapshot.mode.configuration.based.start.stream", "true"}})
                  .empty());
  EXPECT_TRUE(problems_of({{"snapshot.mode", "configuration_based"},
                           {"snapshot.mode.configuration.based.snapshot.data", "True"}})
                  .empty());
  EXPECT_TRUE(problems_of({{"snapshot.mode", "initial"}}).empty());
}

}  // namespace
}  // namespace penstock
