#include "relay/config/providers.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace penstock {
namespace {

class ProvidersTest : public testing::Test {
 protected:
  ProvidersTest() {
    std::ofstream(path_ + ".properties") << "user=cdc\npassword=s3cret\n";
    std::ofstream(path_ + ".txt") << "whole file\n";
  }
  std::string path_ = testing::TempDir() + "penstock_providers_test";
  Providers providers_;
};

TEST_F(ProvidersTest, ReplacesReferencesInsideText) {
  setenv("PENSTOCK_PROVIDERS_TEST", "from env", 1);
  const std::string value = "<${file:" + path_ +
                            ".properties:password}|${env:PENSTOCK_PROVIDERS_TEST}|${dir:" + testing::TempDir() +
                            ":penstock_providers_test.txt}>";
  const auto resolved = providers_.resolve(value, "f", "database.password");
  ASSERT_TRUE(resolved.is_ok()) << resolved.problem().what;
  EXPECT_EQ(resolved.value(), "<s3cret|from env|whole file>");
}

TEST_F(ProvidersTest, LeavesOtherBracesAlone) {
  for (const char* text : {"evt.${routedByValue}.v1", "$1all", "${", "a}b"}) {
    const auto resolved = providers_.resolve(text, "f", "n");
    ASSERT_TRUE(resolved.is_ok());
    EXPECT_EQ(resolved.value(), text);
  }
}

TEST_F(ProvidersTest, NamesWhatCannotBeResolved) {
  for (const std::string& text : {std::string("${file:/nowhere:key}"), "${file:" + path_ + ".properties:nokey}",
                                  std::string("${env:PENSTOCK_NOT_SET}"), std::string("${vault:a:b}")}) {
    const auto resolved = providers_.resolve(text, "shop.json", "database.user");
    ASSERT_FALSE(resolved.is_ok()) << text;
    EXPECT_EQ(resolved.problem().code, Code::kConfigProvider);
    EXPECT_NE(resolved.problem().what.find("shop.json: database.user"), std::string::npos);
    EXPECT_EQ(resolved.problem().what.find("s3cret"), std::string::npos);
  }
}

TEST_F(ProvidersTest, KnowsNamesThatAreDeclared) {
  const NamedValues declared = {
      {"config.providers", "secrets"},
      {"config.providers.secrets.class", "org.apache.kafka.common.config.provider.FileConfigProvider"}};
  ASSERT_TRUE(providers_.add_declared(declared, "f").is_ok());
  EXPECT_EQ(providers_.resolve("${secrets:" + path_ + ".properties:user}", "f", "n").value(), "cdc");
  EXPECT_FALSE(providers_.add_declared({{"config.providers.x.class", "com.example.Vault"}}, "f").is_ok());
}

TEST(Providers, NamesThoseThatThereAre) {
  for (const char* value : {"${secrets:shop:password}", "${aws:shop:password}"}) {
    const auto refused = Providers().resolve(value, "connector.json", "database.password");
    ASSERT_FALSE(refused.is_ok());
    EXPECT_NE(refused.problem().what.find("there are: dir, directory, env, file"), std::string::npos)
        << refused.problem().what;
    EXPECT_NE(refused.problem().mend.find("${file:"), std::string::npos);
  }
}

}  // namespace
}  // namespace penstock
