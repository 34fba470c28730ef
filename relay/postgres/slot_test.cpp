#include "relay/postgres/slot.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

PostgresSettings settings() {
  PostgresSettings settings;
  settings.slot_name = "orders";
  settings.plugin_config = R"({"topic.prefix":"it's","a":"\\"})";
  return settings;
}

TEST(Slot, IsCreatedInTheFormOfTheServersVersion) {
  EXPECT_EQ(create_slot_command(settings(), {.temporary = false, .export_snapshot = true}, 140023),
            "CREATE_REPLICATION_SLOT \"orders\" LOGICAL \"penstock\" EXPORT_SNAPSHOT");
  EXPECT_EQ(create_slot_command(settings(), {}, 130016),
            "CREATE_REPLICATION_SLOT \"orders\" LOGICAL \"penstock\" NOEXPORT_SNAPSHOT");
  EXPECT_EQ(create_slot_command(settings(), {.temporary = true, .export_snapshot = true}, 150020),
            "CREATE_REPLICATION_SLOT \"orders_snapshot\" TEMPORARY LOGICAL \"penstock\" (SNAPSHOT 'export')");
  PostgresSettings failover = settings();
  failover.slot_failover = true;
  EXPECT_EQ(create_slot_command(failover, {}, 170011),
            "CREATE_REPLICATION_SLOT \"orders\" LOGICAL \"penstock\" (SNAPSHOT 'nothing', FAILOVER)");
  EXPECT_EQ(create_slot_command(failover, {}, 160015),
            "CREATE_REPLICATION_SLOT \"orders\" LOGICAL \"penstock\" (SNAPSHOT 'nothing')");
}

TEST(Slot, TemporaryNameFitsIntoAName) {
  PostgresSettings longest = settings();
  longest.slot_name = std::string(63, 'x');
  EXPECT_EQ(slot_name(longest, {.temporary = true}), std::string(54, 'x') + "_snapshot");
}

TEST(Slot, StreamsFromAPosition) {
  PostgresSettings with = settings();
  with.run_id = "r1";
  with.stream_params = {{"a\"b", "c"}};
  EXPECT_EQ(start_replication_command(with, {{0x10}, {0x20}, 7}, {0x8}),
            "START_REPLICATION SLOT \"orders\" LOGICAL 0/10 (\"config\" '{\"topic.prefix\":\"it''s\",\"a\":\"\\\\\"}', "
            "\"format\" 'frames', \"wire\" '1-1', \"cork\" 'true', \"start.end\" '0/10', \"start.commit_lsn\" '0/20', "
            "\"start.ordinal\" '7', "
            "\"start.sequence\" '0/8', \"start.run_id\" 'r1', \"a\"\"b\" 'c')");
  EXPECT_EQ(start_replication_command(settings(), {{0x10}, {}, 0}, {}),
            "START_REPLICATION SLOT \"orders\" LOGICAL 0/10 (\"config\" '{\"topic.prefix\":\"it''s\",\"a\":\"\\\\\"}', "
            "\"format\" 'frames', \"wire\" '1-1', \"cork\" 'true', \"start.end\" '0/10')");
}

}  // namespace
}  // namespace penstock
