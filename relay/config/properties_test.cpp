#include "relay/config/properties.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace penstock {
namespace {

TEST(Properties, ReadsWhatJavaReads) {
  const NamedValues values = parse_properties(
      "# comment\n! comment too\n\na=1\n  b : two words  \nc three\nd\nlong=x,\\\n   "
      "y\nesc\\:aped=\\u00e9\\t\\,end\nback=a\\\\.b\r\nlast=z");
  const NamedValues expected = {{"a", "1"},      {"b", "two words  "},           {"c", "three"},    {"d", ""},
                                {"long", "x,y"}, {"esc:aped", "\xC3\xA9\t,end"}, {"back", "a\\.b"}, {"last", "z"}};
  EXPECT_EQ(values, expected);
}

TEST(ReadFile, WhatWouldBeWaitedForOrHasNoEndIsRefused) {
  const std::string path = testing::TempDir() + "penstock_read_file_" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_NE(read_file(path).problem().what.find("no regular file"), std::string::npos);
  unlink(path.c_str());
  EXPECT_NE(read_file("/dev/zero").problem().what.find("no regular file"), std::string::npos);
  EXPECT_NE(read_file(testing::TempDir()).problem().what.find("cannot be read"), std::string::npos);
  std::ofstream(path) << "whole";
  EXPECT_EQ(read_file(path).value(), "whole");
  ASSERT_EQ(truncate(path.c_str(), 17 << 20), 0);
  EXPECT_NE(read_file(path).problem().what.find("more than 16 MiB"), std::string::npos);
  unlink(path.c_str());
  EXPECT_NE(read_file(path).problem().what.find("No such file"), std::string::npos);
}

TEST(ConnectorJson, TakesBothForms) {
  const auto nested = parse_connector_json(R"({"name":"n","config":{"a":"1","b":2,"c":true,"d":null}})", "f");
  ASSERT_TRUE(nested.is_ok());
  EXPECT_EQ(nested.value(), (NamedValues{{"a", "1"}, {"b", "2"}, {"c", "true"}, {"name", "n"}}));
  const auto flat = parse_connector_json(R"({"a":"1"})", "f");
  ASSERT_TRUE(flat.is_ok());
  EXPECT_EQ(flat.value(), (NamedValues{{"a", "1"}}));
}

TEST(ConnectorJson, SaysWhereItIsBroken) {
  const auto broken = parse_connector_json("{\"a\":\n", "shop.json");
  ASSERT_FALSE(broken.is_ok());
  EXPECT_EQ(broken.problem().code, Code::kConfigFile);
  EXPECT_NE(broken.problem().what.find("shop.json"), std::string::npos);
  EXPECT_FALSE(parse_connector_json("[]", "f").is_ok());
  EXPECT_FALSE(parse_connector_json(R"({"a":{"b":1}})", "f").is_ok());
  EXPECT_FALSE(parse_connector_json(R"({"a":1E999})", "f").is_ok());
}

}  // namespace
}  // namespace penstock
