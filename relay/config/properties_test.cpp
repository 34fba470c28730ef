#include "relay/config/properties.h"

#include <gtest/gtest.h>

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
