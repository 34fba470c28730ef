#include "relay/postgres/facts.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Facts, ListOfLibrariesAsShowPrintsIt) {
  EXPECT_TRUE(list_names("pgoutput, test_decoding, penstock", "penstock"));
  EXPECT_TRUE(list_names("\"penstock\"", "penstock"));
  EXPECT_FALSE(list_names("pgoutput, test_decoding", "penstock"));
  EXPECT_FALSE(list_names("", "penstock"));
  // The list in quotes: one name, which allows nothing.
  EXPECT_FALSE(list_names("\"pgoutput, test_decoding, penstock\"", "penstock"));
}

TEST(Facts, TimelineHistory) {
  const auto history = parse_timeline_history("1\t0/3000110\tno recovery target specified\n\n2\t1/0\tbefore 2026\n");
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].timeline, 1u);
  EXPECT_EQ(to_string(history[0].end), "0/3000110");
  EXPECT_EQ(history[1].timeline, 2u);
  EXPECT_EQ(to_string(history[1].end), "1/0");
  EXPECT_TRUE(parse_timeline_history("").empty());
  EXPECT_TRUE(parse_timeline_history("garbage\n1\tx\ty").empty());
}

}  // namespace
}  // namespace penstock
