#include "relay/core/lsn.h"

#include <gtest/gtest.h>

#include "relay/core/position.h"

namespace penstock {
namespace {

TEST(Lsn, PrintsAsPgLsn) {
  EXPECT_EQ(to_string(Lsn{0x16B3748}), "0/16B3748");
  EXPECT_EQ(to_string(Lsn{0xFFFFFFFFFFFFFFFF}), "FFFFFFFF/FFFFFFFF");
  EXPECT_EQ(to_string(Lsn{}), "0/0");
}

TEST(Lsn, ParsesWhatItPrints) {
  for (uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{0x100000000}, uint64_t{0x16B3748}, ~uint64_t{0}}) {
    EXPECT_EQ(parse_lsn(to_string(Lsn{value})), Lsn{value});
  }
}

TEST(Lsn, RefusesWhatPgLsnRefuses) {
  for (const char* text :
       {"", "/", "0", "0/", "/0", "0/123456789", "123456789/0", "0/g", " 0/0", "0/0 ", "-1/0", "0x1/0"}) {
    EXPECT_EQ(parse_lsn(text), std::nullopt) << text;
  }
}

TEST(Position, Prints) {
  EXPECT_EQ(to_string(Position{Lsn{0x16B3748}, {}, 0}), "0/16B3748");
  EXPECT_EQ(to_string(Position{Lsn{0x16B3748}, Lsn{0x17A0000}, 12}), "0/16B3748+0/17A0000:12");
}

TEST(Position, OrderFollowsEndThenOrdinal) {
  const Position before{Lsn{10}, {}, 0};
  const Position inside{Lsn{10}, Lsn{20}, 3};
  const Position further{Lsn{10}, Lsn{20}, 4};
  const Position after{Lsn{25}, {}, 0};
  EXPECT_TRUE(not_before(inside, before));
  EXPECT_TRUE(not_before(further, inside));
  EXPECT_TRUE(not_before(after, further));
  EXPECT_TRUE(not_before(after, after));
  EXPECT_FALSE(not_before(inside, further));
  EXPECT_FALSE(not_before(further, after));
}

}  // namespace
}  // namespace penstock
