#include "relay/kafka/jaas.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Jaas, ReadsModuleAndOptions) {
  const auto jaas = parse_jaas(
      "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"shop\" password='it\\'s \"x\"; "
      "y=z';");
  ASSERT_TRUE(jaas);
  EXPECT_EQ(jaas->module_name(), "ScramLoginModule");
  EXPECT_EQ(jaas->option("username"), "shop");
  EXPECT_EQ(jaas->option("password"), "it's \"x\"; y=z");
  EXPECT_EQ(jaas->option("none"), "");
}

TEST(Jaas, TakesBlanksBareWordsAndLines) {
  const auto jaas = parse_jaas("  PlainLoginModule  REQUIRED\n  username = alice\n  password = secret ; ");
  ASSERT_TRUE(jaas);
  EXPECT_EQ(jaas->module, "PlainLoginModule");
  EXPECT_EQ(jaas->option("username"), "alice");
  EXPECT_EQ(jaas->option("password"), "secret");
}

TEST(Jaas, RefusesEveryTruncation) {
  const std::string whole = "a.PlainLoginModule required username=\"u\" password=\"p\";";
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse_jaas(whole.substr(0, size))) << size;
  EXPECT_TRUE(parse_jaas(whole));
  EXPECT_FALSE(parse_jaas(whole + " more"));
  EXPECT_FALSE(parse_jaas("a.PlainLoginModule perhaps username=\"u\";"));
}

}  // namespace
}  // namespace penstock
