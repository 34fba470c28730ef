#include "relay/core/position_record.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

const StreamIdentity kShop{"7300000000000000001", 16384, "shop"};

StoredPosition stored(uint64_t epoch, uint64_t end, uint64_t commit_lsn = 0, uint64_t ordinal = 0) {
  StoredPosition position;
  position.epoch = epoch;
  position.timeline = 1;
  position.position = {Lsn{end}, Lsn{commit_lsn}, ordinal};
  position.sequence_lsn = Lsn{end};
  return position;
}

Status put(PositionTopic& topic, const StreamIdentity& identity, const StoredPosition& position) {
  return topic.add(encode_position_key(identity, position.epoch), encode_position_value(position));
}

TEST(PositionRecord, ReadsWhatItWrites) {
  PositionTopic topic;
  ASSERT_TRUE(put(topic, kShop, stored(3, 0x16B3748, 0x17A0000, ~uint64_t{0})).is_ok());
  ASSERT_EQ(topic.entries().size(), 1u);
  const PositionEntry& entry = topic.entries()[0];
  EXPECT_EQ(entry.identity.system_id, kShop.system_id);
  EXPECT_EQ(entry.identity.database_oid, kShop.database_oid);
  EXPECT_EQ(entry.identity.slot, kShop.slot);
  EXPECT_EQ(entry.stored.epoch, 3u);
  EXPECT_EQ(entry.stored.timeline, 1u);
  EXPECT_EQ(entry.stored.position, (Position{Lsn{0x16B3748}, Lsn{0x17A0000}, ~uint64_t{0}}));
  EXPECT_EQ(entry.stored.sequence_lsn, Lsn{0x16B3748});
  EXPECT_FALSE(entry.stored.intent);
}

TEST(PositionRecord, TextIsStable) {
  EXPECT_EQ(encode_position_key(kShop, 3),
            R"({"system_id":"7300000000000000001","database":16384,"slot":"shop","epoch":3})");
  EXPECT_EQ(
      encode_position_value(stored(3, 0x16B3748)),
      R"({"version":1,"timeline":1,"end":"0/16B3748","commit_lsn":"0/0","ordinal":0,"sequence_lsn":"0/16B3748"})");
  StoredPosition adopted = stored(3, 0x16B3748);
  adopted.rows_pending = true;
  EXPECT_EQ(
      encode_position_value(adopted),
      R"({"version":1,"timeline":1,"end":"0/16B3748","commit_lsn":"0/0","ordinal":0,"sequence_lsn":"0/16B3748","snapshot":true})");
  PositionTopic topic;
  ASSERT_TRUE(put(topic, kShop, adopted).is_ok());
  EXPECT_TRUE(topic.entries()[0].stored.rows_pending);
}

TEST(PositionRecord, ServerIsKeptWhateverTheNameOfItsTable) {
  for (const std::string table : {"public.orders", "a.\"b\\", "s.\u00e4\n"}) {
    StoredPosition position = stored(3, 0x16B3748);
    position.server = {170011, 16385, table};
    PositionTopic topic;
    ASSERT_TRUE(put(topic, kShop, position).is_ok());
    EXPECT_EQ(topic.entries().at(0).stored.server, position.server);
  }
  StoredPosition position = stored(3, 0x16B3748);
  position.server = {170011, 16385, "s.\xff"};  // a database of encoding SQL_ASCII
  PositionTopic topic;
  ASSERT_TRUE(put(topic, kShop, position).is_ok());
  EXPECT_EQ(topic.entries().at(0).stored.position.end, Lsn{0x16B3748});
}

TEST(PositionTopic, PausedOldRelayCannotLowerThePosition) {
  PositionTopic topic;
  ASSERT_TRUE(put(topic, kShop, stored(1, 100)).is_ok());
  ASSERT_TRUE(put(topic, kShop, stored(2, 300)).is_ok());
  ASSERT_TRUE(put(topic, kShop, stored(1, 200)).is_ok());
  EXPECT_EQ(topic.entries().at(0).stored.position.end, Lsn{300});
}

TEST(PositionTopic, PositionReplacesIntentOfItsEpoch) {
  PositionTopic topic;
  StoredPosition intent;
  intent.epoch = 1;
  intent.intent = true;
  ASSERT_TRUE(put(topic, kShop, intent).is_ok());
  EXPECT_TRUE(topic.entries().at(0).stored.intent);
  ASSERT_TRUE(put(topic, kShop, stored(1, 100)).is_ok());
  EXPECT_FALSE(topic.entries().at(0).stored.intent);
}

TEST(PositionTopic, TombstoneOfAnOldEpochChangesNothing) {
  PositionTopic topic;
  ASSERT_TRUE(put(topic, kShop, stored(1, 100)).is_ok());
  ASSERT_TRUE(put(topic, kShop, stored(2, 200)).is_ok());
  ASSERT_TRUE(topic.add(encode_position_key(kShop, 1), std::string_view()).is_ok());
  EXPECT_EQ(topic.entries().at(0).stored.position.end, Lsn{200});
  ASSERT_TRUE(topic.add(encode_position_key(kShop, 2), std::string_view()).is_ok());
  EXPECT_TRUE(topic.entries().empty());
}

TEST(PositionTopic, KeepsIdentitiesApart) {
  PositionTopic topic;
  ASSERT_TRUE(put(topic, kShop, stored(1, 100)).is_ok());
  ASSERT_TRUE(put(topic, {"8", 16384, "shop"}, stored(1, 200)).is_ok());
  EXPECT_EQ(topic.entries().size(), 2u);
}

// As a relay that knows no target state takes it: a position of nobody's.
TEST(PositionTopic, TargetStateIsAPositionOfNobodyToAnOlderRelay) {
  for (const std::string& value : {std::string(), encode_target_state_value(1785592985123)}) {
    std::string key = encode_target_state_key("shop \"1\"");
    const size_t name = key.find("connector");
    ASSERT_NE(name, std::string::npos);
    key.replace(name, 9, "unheard_o");
    PositionTopic topic;
    ASSERT_TRUE(put(topic, kShop, stored(1, 100)).is_ok());
    ASSERT_TRUE(topic.add(key, value.empty() ? std::string_view() : std::string_view(value)).is_ok()) << value;
    for (const PositionEntry& entry : topic.entries())
      EXPECT_TRUE(entry.identity.slot == kShop.slot || (entry.identity.slot.empty() && entry.stored.intent));
  }
}

TEST(PositionTopic, HoldsWhichConnectorsArePaused) {
  PositionTopic topic;
  const std::string shop = encode_target_state_key("shop"), other = encode_target_state_key("a \"b\"/c");
  ASSERT_TRUE(put(topic, kShop, stored(1, 100)).is_ok());
  ASSERT_TRUE(topic.add(shop, encode_target_state_value(7)).is_ok());
  ASSERT_TRUE(topic.add(other, encode_target_state_value(8)).is_ok());
  ASSERT_TRUE(topic.add(shop, encode_target_state_value(9)).is_ok());
  ASSERT_EQ(topic.paused().size(), 2u);
  EXPECT_EQ(topic.paused()[0].connector, "a \"b\"/c");
  EXPECT_EQ(topic.paused()[1].unix_ms, 9);
  ASSERT_TRUE(topic.add(shop, std::string_view()).is_ok());
  ASSERT_EQ(topic.paused().size(), 1u);
  ASSERT_TRUE(topic.add(other, R"({"version":1,"intent":true,"state":"STOPPED"})").is_ok());
  EXPECT_TRUE(topic.paused().empty());
  EXPECT_EQ(topic.entries().size(), 1u);
}

TEST(PositionTopic, RefusesWhatItCannotRead) {
  const std::string key = encode_position_key(kShop, 1);
  const std::string value = encode_position_value(stored(1, 100));
  for (size_t size = 0; size < key.size(); ++size) {
    EXPECT_FALSE(PositionTopic().add(key.substr(0, size), value).is_ok()) << size;
  }
  for (size_t size = 0; size < value.size(); ++size) {
    EXPECT_FALSE(PositionTopic().add(key, std::string_view(value).substr(0, size)).is_ok()) << size;
  }
  EXPECT_FALSE(PositionTopic().add(key, R"({"version":2,"end":"0/1"})").is_ok());
  EXPECT_FALSE(
      PositionTopic()
          .add(key, R"({"version":1,"timeline":1,"end":"0/0","commit_lsn":"0/0","ordinal":0,"sequence_lsn":"0/0"})")
          .is_ok());
  EXPECT_FALSE(
      PositionTopic()
          .add(key, R"({"version":1,"timeline":-1,"end":"0/1","commit_lsn":"0/0","ordinal":0,"sequence_lsn":"0/0"})")
          .is_ok());
  EXPECT_EQ(PositionTopic().add("x", value).problem().code, Code::kPosUnreadable);
}

}  // namespace
}  // namespace penstock
