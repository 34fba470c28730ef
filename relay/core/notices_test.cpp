#include "relay/core/notices.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

wire::Notice value(const std::string& place, uint64_t count = 1) {
  return {wire::NoticeReason::kValueAsNull, count, place, "NaN"};
}

uint64_t count(const Notices& notices, Code code) {
  return notices.counts()[static_cast<size_t>(code)];
}

TEST(Notices, EachPlaceIsNewsOnce) {
  Notices notices;
  notices.add(value("public.t.a"));
  notices.add(value("public.t.b", 3));
  notices.add(value("public.t.a"));
  const std::vector<Problem> news = notices.take_news();
  ASSERT_EQ(news.size(), 2u);
  EXPECT_EQ(news[0].code, Code::kPgValueAsNull);
  EXPECT_EQ(news[0].what, "public.t.a: NaN");
  EXPECT_EQ(news[1].what, "public.t.b: NaN");
  notices.add(value("public.t.a"));
  EXPECT_TRUE(notices.take_news().empty());
  EXPECT_EQ(count(notices, Code::kPgValueAsNull), 6u);
}

TEST(Notices, OneWarningStandsForEachCode) {
  Notices notices;
  for (int i = 0; i < 7; ++i) notices.add(value("public.t.c" + std::to_string(i)));
  notices.add({wire::NoticeReason::kTableRewritten, 1, "public.t", "rewritten"});
  const std::vector<Problem> standing = notices.standing();
  ASSERT_EQ(standing.size(), 2u);
  EXPECT_TRUE(standing[0].what.starts_with("public.t.c0: NaN (1 times); ")) << standing[0].what;
  EXPECT_TRUE(standing[0].what.ends_with("; and 2 more places, named in the log")) << standing[0].what;
  EXPECT_EQ(standing[1].code, Code::kPgTableRewritten);
}

TEST(Notices, PlacesAreBounded) {
  Notices notices;
  for (size_t i = 0; i < Notices::kPlacesMax + 50; ++i) notices.add(value("t" + std::to_string(i)));
  EXPECT_EQ(notices.take_news().size(), Notices::kPlacesMax + 1);
  notices.add(value("one more"));
  EXPECT_TRUE(notices.take_news().empty());
  EXPECT_EQ(count(notices, Code::kPgValueAsNull), Notices::kPlacesMax + 51);
}

TEST(Notices, EachReasonOfThisVersionHasACodeOfItsOwn) {
  const auto code = [](wire::NoticeReason reason) {
    Notices notices;
    notices.add({reason, 1, "public.t", "detail"});
    return notices.take_news().at(0).code;
  };
  EXPECT_EQ(code(wire::NoticeReason::kMessageLeftOut), Code::kPgMessageLeftOut);
  EXPECT_EQ(code(wire::NoticeReason::kValueAsNull), Code::kPgValueAsNull);
  EXPECT_EQ(code(wire::NoticeReason::kTableRewritten), Code::kPgTableRewritten);
  EXPECT_EQ(code(wire::NoticeReason::kRowLeftOut), Code::kPgNotPublished);
  EXPECT_EQ(code(wire::NoticeReason::kDocumentAsText), Code::kPgDocumentAsText);
}

TEST(Notices, AReasonThatIsNotKnownIsShownAllTheSame) {
  Notices notices;
  notices.add({static_cast<wire::NoticeReason>('?'), 2, "public.t", "something new"});
  const std::vector<Problem> news = notices.take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].code, Code::kPgNotice);
  EXPECT_EQ(news[0].what, "public.t: something new");
}

TEST(Notices, WhatWasSettledIsNewsAgainAndCountsGoOn) {
  Notices notices;
  notices.add(value("public.t.a"));
  EXPECT_EQ(notices.take_news().size(), 1u);
  notices.settle();
  EXPECT_TRUE(notices.standing().empty());
  notices.add(value("public.t.a"));
  EXPECT_EQ(notices.take_news().size(), 1u);
  EXPECT_EQ(count(notices, Code::kPgValueAsNull), 2u);
}

// Each code is a series of its own.
TEST(Notices, EachReasonHasACodeOfItsOwn) {
  for (size_t i = 0; i < Notices::codes().size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(Notices::codes()[i], Notices::codes()[j]);
  }
}

}  // namespace
}  // namespace penstock
