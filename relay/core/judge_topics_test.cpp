#include "relay/core/judge_topics.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TableFacts table(const std::string& name, const std::string& topic, const std::string& owner = "") {
  TableFacts facts;
  facts.kind = "table";
  facts.schema = "public";
  facts.table = name;
  facts.topic = topic;
  facts.topic_owner = owner;
  return facts;
}

std::vector<Problem> judged(const std::vector<TableFacts>& tables, const std::vector<std::string>& there = {},
                            bool stops = false) {
  KafkaFacts kafka;
  kafka.topics = there;
  CoreSettings settings;
  settings.bad_table_stops = stops;
  std::vector<Problem> problems;
  judge_topics(tables, &kafka, settings, problems);
  return problems;
}

TEST(JudgeTopics, ATopicOfAnotherTableIsToldWithBothNames) {
  const auto problems = judged({table("order$items", "shop.public.order_items", "public.order_items")});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, Code::kPgTopicTaken);
  EXPECT_EQ(problems[0].what, "public.order$items: topic shop.public.order_items is that of public.order_items");
}

TEST(JudgeTopics, ATopicThatRowsDecideIsTakenToo) {
  const auto problems = judged({table("order$items", "", "public.order_items"), table("outbox", "")});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].what, "public.order$items: its topic is that of public.order_items");
}

TEST(JudgeTopics, ANameThatKafkaHoldsEqualToAnExistingTopicIsTold) {
  const auto problems = judged({table("order.items", "shop.public.order.items")}, {"shop.public.order_items"});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, Code::kKafkaTopicName);
  EXPECT_NE(problems[0].what.find("shop.public.order_items, which exists"), std::string::npos) << problems[0].what;
}

TEST(JudgeTopics, ATopicThatExistsIsFine) {
  EXPECT_TRUE(judged({table("t", "shop.public.t")}, {"shop.public.t", "shop.public.u"}).empty());
  EXPECT_TRUE(judged({table("t", "shop.public.t")}).empty());
}

TEST(JudgeTopics, NamesThatNoTopicHasAreTold) {
  for (const std::string& name : {std::string("."), std::string(".."), std::string("a b"), std::string(250, 'x')}) {
    EXPECT_EQ(judged({table("t", name)}).size(), 1u) << name;
  }
  EXPECT_TRUE(judged({table("t", std::string(249, 'x'))}).empty());
}

TEST(JudgeTopics, ManyTablesAreOneProblem) {
  std::vector<TableFacts> tables;
  for (int i = 0; i < 300; ++i) tables.push_back(table("t" + std::to_string(i), "bad name", ""));
  const auto problems = judged(tables);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems[0].what.ends_with("and 295 more tables"));
}

TEST(JudgeTopics, StopsIfThatIsAskedFor) {
  const auto problems = judged({table("a", "t", "public.b"), table("c", "..")}, {}, true);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].code, Code::kPgTopicTakenStops);
  EXPECT_EQ(problems[1].code, Code::kKafkaTopicNameStops);
  EXPECT_EQ(info(problems[0].code).klass, ProblemClass::kStop);
}

}  // namespace
}  // namespace penstock
