#include "relay/core/routes.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

class RoutesTest : public testing::Test {
 protected:
  static wire::Relation orders(uint32_t id) {
    wire::Relation relation;
    relation.id = id;
    relation.oid = 16385;
    relation.topic = "shop.orders";
    relation.schema = "public";
    relation.table = "orders";
    relation.value_prefix = "{\"schema\":1,\"payload\":";
    relation.value_suffix = "}";
    return relation;
  }
  const Route* define(const wire::Relation& relation) {
    std::string bytes;
    wire::write_relation(bytes, relation);
    if (!routes_.define(std::string_view(bytes).substr(wire::kRecordHeaderSize))) return nullptr;
    return routes_.find(relation.id);
  }

  Stats stats_;
  Routes routes_{stats_, {}};
};

TEST_F(RoutesTest, SharesARouteBetweenDefinitionsThatDifferInTheIdOnly) {
  const Route* first = define(orders(1));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(define(orders(2)), first);
  EXPECT_EQ(define(orders(1)), first);
}

TEST_F(RoutesTest, TellsDefinitionsApartByAnyOtherPart) {
  const Route* plain = define(orders(1));
  wire::Relation other = orders(2);
  other.topic = "shop.other";
  EXPECT_NE(define(other), plain);
  other = orders(3);
  other.shape = 7;
  EXPECT_NE(define(other), plain);
  other = orders(4);
  other.value_prefix = "{\"schema\":2,\"payload\":";
  EXPECT_NE(define(other), plain);
  // The same bytes with another border between the parts.
  other = orders(5);
  other.key_prefix = "a";
  const Route* left = define(other);
  other.id = 6;
  other.key_prefix = "";
  other.key_suffix = "a";
  EXPECT_NE(define(other), left);
}

TEST_F(RoutesTest, GivesAnIdItsLastDefinitionAndKeepsTheFormerRoute) {
  const Route* first = define(orders(1));
  wire::Relation other = orders(1);
  other.topic = "shop.other";
  const Route* second = define(other);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->topic, "shop.other");
  EXPECT_EQ(first->topic, "shop.orders");
  EXPECT_EQ(define(orders(1)), first);
}

TEST_F(RoutesTest, WantsATopicOnceARecordComesAndAsksForItOnce) {
  const Route* route = define(orders(1));
  ASSERT_NE(route, nullptr);
  EXPECT_FALSE(routes_.wants_topics()) << "no record was seen";
  routes_.want(*route);
  EXPECT_EQ(routes_.take_wanted(), std::vector<std::string>{"shop.orders"});
  routes_.want(*route);
  EXPECT_FALSE(routes_.wants_topics());
  routes_.created({});
  EXPECT_EQ(route->topic_state, TopicState::kExists);
  EXPECT_EQ(define(orders(2))->topic_state, TopicState::kExists);
  routes_.want(*route);
  EXPECT_FALSE(routes_.wants_topics());
}

TEST_F(RoutesTest, AsksForSoManyAtOnceThatTheFirstGoesOnSoon) {
  constexpr size_t kTopics = Routes::kTopicsAtOnce + 7;
  for (uint32_t id = 1; id <= kTopics; ++id) {
    const std::string topic = "shop.t" + std::to_string(id);
    wire::Relation relation = orders(id);
    relation.topic = topic;
    routes_.want(*define(relation));
  }
  const std::vector<std::string> first = routes_.take_wanted();
  EXPECT_EQ(first.size(), Routes::kTopicsAtOnce);
  EXPECT_EQ(first.front(), "shop.t1");
  EXPECT_FALSE(routes_.wants_topics()) << "one request at a time";
  routes_.created({});
  EXPECT_EQ(routes_.take_wanted().size(), 7u);
}

TEST_F(RoutesTest, RefusedTopicsStayRefused) {
  const Route* route = define(orders(1));
  routes_.want(*route);
  static_cast<void>(routes_.take_wanted());
  routes_.created({{"shop.orders", "collides"}});
  EXPECT_EQ(route->topic_state, TopicState::kRefused);
  wire::Relation other = orders(2);
  other.shape = 7;
  EXPECT_EQ(define(other)->topic_state, TopicState::kRefused);
}

}  // namespace
}  // namespace penstock
