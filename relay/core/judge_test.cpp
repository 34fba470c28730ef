#include "relay/core/judge.h"

#include "relay/core/judge_test_support.h"

namespace penstock {
namespace {

TEST_F(JudgeTest, SchemaOfAnotherRoleWaits) {
  server().tables.clear();  // nothing was called there
  server().schema_trusted = false;
  server().schema_owner = "intruder";
  server().schema_mend = "ALTER SCHEMA penstock OWNER TO postgres";
  const Verdict waits = verdict();
  EXPECT_EQ(waits.next, Next::kWait);
  EXPECT_TRUE(says(Code::kPgForeignSchema));
  EXPECT_FALSE(says(Code::kPgNoTables));
}

// DESIGN.md section 5, "Position topic", row by row.

TEST_F(JudgeTest, NothingStoredNoSlotIsAFirstStart) {
  const Verdict first = verdict();
  EXPECT_EQ(first.next, Next::kCreate);
  EXPECT_TRUE(first.snapshot);
  EXPECT_FALSE(first.drop_slot);
  EXPECT_EQ(first.epoch, 1u);
  EXPECT_TRUE(first.problems.empty());
  EXPECT_EQ(first.topics, std::vector<std::string>{"heartbeat"});
  settings_.snapshot_mode = SnapshotMode::kNoData;
  EXPECT_FALSE(verdict().snapshot);
}

TEST_F(JudgeTest, IntentAndSlotIsAnUnfinishedStart) {
  stored(0).intent = true;
  slot(500);
  const Verdict again = verdict();
  EXPECT_EQ(again.next, Next::kCreate);
  EXPECT_TRUE(again.drop_slot);
  EXPECT_EQ(again.epoch, 5u);
  EXPECT_TRUE(says(Code::kPosIntent));
}

TEST_F(JudgeTest, SlotWithoutAPositionIsAdopted) {
  slot(500);
  const Verdict adopt = verdict();
  EXPECT_EQ(adopt.next, Next::kAdopt);
  EXPECT_TRUE(adopt.snapshot);
  EXPECT_EQ(adopt.from.position.end, Lsn{500});
  EXPECT_TRUE(says(Code::kPosAdopted));
}

TEST_F(JudgeTest, RowsOfAnAdoptedSlotThatAreNotReadYetAreRead) {
  slot(600);
  stored(600).rows_pending = true;
  EXPECT_EQ(verdict().next, Next::kAdopt);
  EXPECT_TRUE(verdict(false).snapshot);
  settings_.snapshot_mode = SnapshotMode::kNoData;  // somebody has changed their mind
  EXPECT_EQ(verdict().next, Next::kStream);
  EXPECT_FALSE(verdict().snapshot);
}

// What was stored may be among the records that are gone; to read all rows again would not bring it back.
TEST_F(JudgeTest, ShortenedPositionTopicIsNoReasonToReadAllRowsAgain) {
  facts_.kafka->positions_shortened = true;
  EXPECT_EQ(verdict().next, Next::kCreate) << "without a slot there is nothing to be lost";
  slot(600);
  EXPECT_EQ(verdict().next, Next::kStop);
  EXPECT_TRUE(says(Code::kPosShortened));
  settings_.snapshot_mode = SnapshotMode::kNoData;
  EXPECT_EQ(verdict().next, Next::kAdopt);
}

TEST_F(JudgeTest, PositionAndSlotBehindItStreams) {
  stored(600).sequence_lsn = Lsn{590};
  slot(500);
  const Verdict stream = verdict();
  EXPECT_EQ(stream.next, Next::kStream);
  EXPECT_FALSE(stream.snapshot);
  EXPECT_EQ(stream.from.position.end, Lsn{600});
  EXPECT_EQ(stream.from.sequence_lsn, Lsn{590});
  EXPECT_EQ(stream.epoch, 5u);
  EXPECT_EQ(stream.old_epoch, 4u);
}

TEST_F(JudgeTest, SlotAheadOfThePositionStops) {
  stored(600);
  slot(601);
  EXPECT_EQ(verdict().next, Next::kStop);
  EXPECT_TRUE(says(Code::kPosSlotAhead));
}

TEST_F(JudgeTest, PositionWithoutSlotStops) {
  stored(600);
  EXPECT_EQ(verdict().next, Next::kStop);
  EXPECT_TRUE(says(Code::kPgSlotMissing));
}

TEST_F(JudgeTest, LostSlotStops) {
  stored(600);
  slot(500);
  server().slot->wal_status = "lost";
  EXPECT_EQ(verdict().next, Next::kStop);
  EXPECT_TRUE(says(Code::kPgSlotLost));
}

TEST_F(JudgeTest, SlotOfAnotherPluginStops) {
  slot(500);
  server().slot->plugin = "pgoutput";
  EXPECT_EQ(verdict().next, Next::kStop);
  ASSERT_EQ(verdict().problems.size(), 1u);
  EXPECT_NE(verdict().problems[0].mend.find("pg_copy_logical_replication_slot('s', 's_penstock', false, 'penstock')"),
            std::string::npos);
  EXPECT_NE(verdict().problems[0].mend.find("snapshot.mode=no_data"), std::string::npos);
}

TEST_F(JudgeTest, AdoptedSlotTellsThatRowsAreRead) {
  slot(500);
  EXPECT_NE(verdict().problems[0].what.find("every row is read"), std::string::npos);
  settings_.snapshot_mode = SnapshotMode::kNoData;
  EXPECT_EQ(verdict().problems[0].what.find("every row is read"), std::string::npos);
}

TEST_F(JudgeTest, WhenNeededBeginsAnewWhereOthersStop) {
  settings_.snapshot_mode = SnapshotMode::kWhenNeeded;
  stored(600);
  EXPECT_EQ(verdict().next, Next::kCreate);
  EXPECT_FALSE(verdict().drop_slot);
  slot(700);
  EXPECT_EQ(verdict().next, Next::kCreate);
  EXPECT_TRUE(verdict().drop_slot);
  server().slot->confirmed_flush = Lsn{500};
  EXPECT_EQ(verdict().next, Next::kStream);
}

TEST_F(JudgeTest, AlwaysReadsRowsOnceAProcess) {
  settings_.snapshot_mode = SnapshotMode::kAlways;
  stored(600);
  slot(500);
  EXPECT_TRUE(verdict(true).snapshot);
  EXPECT_EQ(verdict(true).next, Next::kStream);
  EXPECT_FALSE(verdict(false).snapshot);
}

TEST_F(JudgeTest, RulesOfTheirOwnReplaceTheMode) {
  settings_.snapshot_rules = {.at_first = true, .at_each_start = true, .then_stream = false};
  stored(600);
  slot(500);
  EXPECT_EQ(verdict(true).next, Next::kStream);
  EXPECT_TRUE(verdict(true).snapshot);
  EXPECT_EQ(verdict(false).next, Next::kComplete);
}

// What a crash leaves of a start anew must not forget why it was begun.
TEST_F(JudgeTest, RowsThatMakeUpForLostChangesAreReadAfterACrashToo) {
  settings_.snapshot_rules = {.at_first = false, .when_lost = true};
  EXPECT_FALSE(verdict().snapshot);
  stored(600);
  EXPECT_EQ(verdict().next, Next::kCreate);
  EXPECT_TRUE(verdict().snapshot);
  stored(600).intent = true;
  slot(700);
  EXPECT_EQ(verdict().next, Next::kCreate);
  EXPECT_TRUE(verdict().snapshot);
}

TEST_F(JudgeTest, MoreTablesThanTheGuardrailAreWarnedOfOrRefused) {
  server().tables.push_back(server().tables.front());
  settings_.tables_max = 2;
  EXPECT_FALSE(says(Code::kPgManyTables));
  settings_.tables_max = 1;
  EXPECT_TRUE(says(Code::kPgManyTables));
  EXPECT_NE(verdict().next, Next::kStop);
  settings_.tables_max_stops = true;
  EXPECT_TRUE(says(Code::kPgTooManyTables));
  EXPECT_EQ(verdict().next, Next::kStop);
}

TEST_F(JudgeTest, OnlyTablesOfTheSnapshotMustBeReadable) {
  settings_.snapshot_mode = SnapshotMode::kInitial;
  TableFacts left_out = server().tables.front();
  left_out.in_snapshot = false;
  left_out.readable = false;
  left_out.row_security = true;
  server().tables.push_back(left_out);
  EXPECT_EQ(verdict().next, Next::kCreate);
}

TEST_F(JudgeTest, InitialOnlyIsCompleteOnceAPositionIsStored) {
  settings_.snapshot_mode = SnapshotMode::kInitialOnly;
  EXPECT_EQ(verdict().next, Next::kCreate);
  stored(600);
  slot(600);
  EXPECT_EQ(verdict().next, Next::kComplete);
}

// Start checks.

TEST_F(JudgeTest, PositionOfAnotherClusterIsToldAndNotOurs) {
  stored(600, "8");
  for (const SnapshotMode mode : {SnapshotMode::kInitial, SnapshotMode::kNoData}) {
    settings_.snapshot_mode = mode;
    EXPECT_EQ(verdict().next, Next::kCreate);
    EXPECT_TRUE(says(Code::kPosOtherCluster));
  }
}

TEST_F(JudgeTest, BusySlotWaits) {
  stored(600);
  slot(500);
  server().slot->active = true;
  server().slot->active_pid = 77;
  EXPECT_EQ(verdict().next, Next::kWait);
  EXPECT_EQ(verdict().problems[0].code, Code::kPgSlotBusy);
  EXPECT_NE(verdict().problems[0].mend.find("pg_terminate_backend(77)"), std::string::npos);
}

TEST_F(JudgeTest, PluginGateNamesTheRoleAndHasNoQuotes) {
  server().plugin_gate = true;
  EXPECT_EQ(verdict().next, Next::kCreate);
  server().plugin_allowed = false;
  EXPECT_EQ(verdict().next, Next::kWait);
  EXPECT_NE(verdict().problems[0].mend.find(
                "ALTER ROLE \"cdc\" SET output_plugin_libraries = pgoutput, test_decoding, penstock"),
            std::string::npos);
}

TEST_F(JudgeTest, ServerThatIsNotPreparedWaits) {
  server().wal_level = "replica";
  EXPECT_TRUE(says(Code::kPgWalLevel));
  server().role_replication = false;
  EXPECT_TRUE(says(Code::kPgRights));
  server().extension_version.clear();
  EXPECT_TRUE(says(Code::kPgPluginMissing));
  server().in_recovery = true;
  EXPECT_TRUE(says(Code::kPgRecovery));
  server().slots_free = 0;
  EXPECT_TRUE(says(Code::kPgSlotsFull));
  EXPECT_EQ(verdict().next, Next::kWait);
}

TEST_F(JudgeTest, OldServersAreRefusedOldMinorsWarnedOf) {
  server().version_num = 120022;
  EXPECT_TRUE(says(Code::kPgVersion));
  EXPECT_EQ(verdict().next, Next::kStop);
  server().version_num = 150013;
  EXPECT_TRUE(says(Code::kPgMinor));
  EXPECT_EQ(verdict().next, Next::kCreate);
  server().version_num = 180000;
  EXPECT_FALSE(says(Code::kPgMinor));
}

TEST_F(JudgeTest, ServerThatEndsIdleSlotsIsWarnedOf) {
  EXPECT_FALSE(says(Code::kPgSlotIdleTimeout));
  server().idle_slot_timeout_s = 3600;
  EXPECT_TRUE(says(Code::kPgSlotIdleTimeout));
  EXPECT_EQ(verdict().next, Next::kCreate);
}

TEST_F(JudgeTest, RowSecurityMattersForSnapshotsOnly) {
  server().tables[0].row_security = true;
  EXPECT_TRUE(says(Code::kPgRowSecurity));
  EXPECT_EQ(verdict().next, Next::kWait);
  settings_.snapshot_mode = SnapshotMode::kNoData;
  EXPECT_FALSE(says(Code::kPgRowSecurity));
}

TEST_F(JudgeTest, TablesMustBeReadableForSnapshotsOnly) {
  server().tables[0].readable = false;
  EXPECT_TRUE(says(Code::kPgRights));
  EXPECT_EQ(verdict().next, Next::kWait);
  settings_.snapshot_mode = SnapshotMode::kNoData;
  EXPECT_FALSE(says(Code::kPgRights));
}

TEST_F(JudgeTest, IdentitiesThatLoseDeletesAreWarnedOf) {
  server().tables[0].has_key = false;
  EXPECT_TRUE(says(Code::kPgReplicaIdentity));
  server().tables[0].replica_identity = "full";
  EXPECT_FALSE(says(Code::kPgReplicaIdentity));
  server().tables[0].replica_identity = "nothing";
  EXPECT_TRUE(says(Code::kPgReplicaIdentity));
  EXPECT_EQ(verdict().next, Next::kCreate);
}

TEST_F(JudgeTest, NoTablesIsAWarning) {
  server().tables.clear();
  EXPECT_TRUE(says(Code::kPgNoTables));
  EXPECT_EQ(verdict().next, Next::kCreate);
}

TEST_F(JudgeTest, MissingSideWaitsWithItsProblem) {
  facts_.kafka.reset();
  facts_.problems.push_back({Code::kKafkaUnreachable, "down", ""});
  EXPECT_EQ(verdict().next, Next::kWait);
  EXPECT_TRUE(says(Code::kKafkaUnreachable));
  facts_.server.reset();
  EXPECT_EQ(verdict().next, Next::kWait);
}

TEST_F(JudgeTest, GravestComesFirst) {
  stored(1001);
  slot(500);
  server().wal_level = "minimal";
  server().tables.clear();
  const Verdict all = verdict();
  ASSERT_EQ(all.problems.size(), 3u);
  EXPECT_EQ(all.problems[0].code, Code::kPosKafkaAhead);
  EXPECT_EQ(all.problems[1].code, Code::kPgWalLevel);
  EXPECT_EQ(all.problems[2].code, Code::kPgNoTables);
}

}  // namespace
}  // namespace penstock
