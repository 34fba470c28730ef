// Against a real server with the plugin: a snapshot's rows, and what it refuses.
#include "relay/postgres/snapshot_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "relay/postgres/publication.h"
#include "relay/postgres/snapshot_test_support.h"

namespace penstock {
namespace {

TEST(SnapshotCommand, QuotesEverything) {
  PostgresSettings settings;
  settings.plugin_config = R"({"topic.prefix":"it's"})";
  EXPECT_EQ(
      snapshot_command(settings, {16384, "public.\"o's\""}, {{0x10}, "77"}, "all"),
      "COPY (SELECT penstock.snapshot(16384::oid::regclass, NULL::text, VARIADIC "
      "ARRAY['config', '{\"topic.prefix\":\"it''s\"}', 'start.snapshot.lsn', '0/10', 'start.snapshot.first', 'all', "
      "'start.snapshot.range', '0', 'start.snapshot.xid', '77']::text[])) TO STDOUT (FORMAT binary)");
  SnapshotTable table{16384, "public.t"};
  table.select = "SELECT 'a'";
  EXPECT_NE(snapshot_command(settings, table, {{0x10}, "77"}, "all").find("regclass, 'SELECT ''a'''::text, VARIADIC"),
            std::string::npos);
}

TEST_F(SnapshotTest, FactsNameTheTables) {
  PostgresControl control(settings_);
  const std::vector<TableFacts> found = tables(control);
  ASSERT_EQ(found.size(), 3u);
  const auto a = std::find_if(found.begin(), found.end(), [](const TableFacts& table) { return table.table == "a"; });
  ASSERT_NE(a, found.end());
  EXPECT_EQ(a->schema, "shop");
  EXPECT_EQ(a->topic, "shop.shop.a");
  EXPECT_TRUE(a->has_key);
  EXPECT_FALSE(a->row_security);
  EXPECT_EQ(a->replica_identity, "default");
}

TEST_F(SnapshotTest, ReadsWhatWasThereAndTheStreamGivesTheRest) {
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  server_->sql("INSERT INTO shop.a VALUES (4, 'later')");
  const std::vector<std::string> values = read(*opened.value().source);
  ASSERT_FALSE(problem_) << problem_->what;
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(std::count_if(values.begin(), values.end(),
                          [](const std::string& value) { return value.find("later") != std::string::npos; }),
            0);
  EXPECT_NE(values[0].find("\"snapshot\":\"first\""), std::string::npos) << values[0];
  EXPECT_EQ(opened.value().source->descriptor(), -1);

  auto stream = control.open_stream({{opened.value().consistent_point, {}, 0}, {}});
  ASSERT_TRUE(stream.is_ok()) << stream.problem().what;
  std::string value;
  turn_until(
      *stream.value().source, [&] { return !value.empty(); }, std::chrono::seconds(20),
      [&] { return opened.value().consistent_point; },
      [&](Frame& frame) {
        wire::RecordReader reader = frame.bytes.empty() ? wire::RecordReader() : wire::RecordReader(frame.bytes);
        wire::Record record;
        wire::Row row;
        while (reader.next(record)) {
          if (record.kind == wire::RecordKind::kRow && wire::read_row(record, row)) value = row.value;
        }
      });
  EXPECT_NE(value.find("later"), std::string::npos) << value;
}

TEST_F(SnapshotTest, TemporarySlotLeavesTheSlotAlone) {
  PostgresControl control(settings_);
  const auto created = control.create_slot();
  ASSERT_TRUE(created.is_ok());
  auto opened = control.open_snapshot({true});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  EXPECT_GE(opened.value().consistent_point, created.value().consistent_point);
  EXPECT_EQ(read(*opened.value().source).size(), 4u);
  EXPECT_TRUE(eventually(
      [&] { return server_->sql("SELECT string_agg(slot_name, ',') FROM pg_replication_slots") == "orders"; }));
}

TEST_F(SnapshotTest, LargeTableComesInFrames) {
  server_->sql("INSERT INTO shop.a SELECT i, repeat('x', 200) FROM generate_series(10, 30009) AS i");
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  EXPECT_EQ(read(*opened.value().source).size(), 30'004u);
  ASSERT_FALSE(problem_) << problem_->what;
  EXPECT_GE(last_of_unit_, 2);
}

TEST_F(SnapshotTest, EstimatesAreThePlannersAndHarmless) {
  server_->sql(
      "INSERT INTO shop.a SELECT i, repeat('x', 200) FROM generate_series(10, 5009) AS i; CREATE TABLE shop.parts (id "
      "int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE shop.low PARTITION OF shop.parts FOR VALUES FROM (0) TO "
      "(1000); CREATE TABLE shop.high PARTITION OF shop.parts FOR VALUES FROM (1000) TO (5000); INSERT INTO shop.parts "
      "SELECT generate_series(0, 2999); ANALYZE shop.a, shop.parts, shop.low, shop.high");
  server_->sql("INSERT INTO shop.a SELECT i, repeat('x', 200) FROM generate_series(5010, 10009) AS i");
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  double rows = 0;
  for (const SnapshotEstimate& estimate : opened.value().estimates) {
    if (estimate.table == "a") {
      EXPECT_NEAR(estimate.rows, 10'003, 200);  // what came since is in its pages
    } else {
      rows += estimate.rows;
    }
  }
  EXPECT_EQ(rows, 3000);  // under the names of the parts or of the whole; of tables without statistics nothing is known
  EXPECT_EQ(read(*opened.value().source).size(), 13'004u);
  EXPECT_FALSE(problem_);
}

TEST_F(SnapshotTest, StreamOfASlotThatWasMovedIsRefused) {
  PostgresControl control(settings_);
  const auto created = control.create_slot();
  ASSERT_TRUE(created.is_ok());
  const OpenStream open{{created.value().consistent_point, {}, 0}, {}};
  server_->sql("INSERT INTO shop.a VALUES (4, 'lost')");
  server_->sql("SELECT pg_replication_slot_advance('orders', pg_current_wal_flush_lsn())");
  const std::string moved = server_->sql("SELECT confirmed_flush_lsn FROM pg_replication_slots");
  const auto stream = control.open_stream(open);
  ASSERT_FALSE(stream.is_ok());
  EXPECT_EQ(stream.problem().code, Code::kPgSlotChanged);
  EXPECT_NE(stream.problem().what.find("was confirmed up to " + moved), std::string::npos) << stream.problem().what;
  EXPECT_EQ(server_->sql("SELECT confirmed_flush_lsn FROM pg_replication_slots"), moved);
}

TEST_F(SnapshotTest, RowSecurityIsAnErrorNotAGap) {
  server_->sql(
      "DROP ROLE IF EXISTS limited; CREATE ROLE limited LOGIN REPLICATION; GRANT USAGE ON SCHEMA shop TO limited; "
      "GRANT SELECT ON ALL TABLES IN SCHEMA shop TO limited; ALTER TABLE shop.a ENABLE ROW LEVEL SECURITY; "
      "CREATE POLICY odd ON shop.a USING (id % 2 = 1)");
  if (server_->sql("SELECT current_setting('output_plugin_libraries', true) IS NOT NULL") == "t") {
    server_->sql("ALTER ROLE limited SET output_plugin_libraries = pgoutput, test_decoding, penstock");
  }
  settings_.user = "limited";
  PostgresControl control(settings_);
  const std::vector<TableFacts> found = tables(control);
  const auto a = std::find_if(found.begin(), found.end(), [](const TableFacts& table) { return table.table == "a"; });
  ASSERT_NE(a, found.end());
  EXPECT_TRUE(a->row_security);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  read(*opened.value().source);
  ASSERT_TRUE(problem_);
  EXPECT_EQ(problem_->code, Code::kPgRowSecurity) << problem_->what;
  EXPECT_NE(problem_->what.find("shop.a"), std::string::npos);
  opened.value().source.reset();
  server_->sql("DROP OWNED BY limited; DROP ROLE limited");
}

TEST_F(SnapshotTest, MissingRightIsNamed) {
  server_->sql("DROP ROLE IF EXISTS blind; CREATE ROLE blind LOGIN REPLICATION; GRANT USAGE ON SCHEMA shop TO blind");
  if (server_->sql("SELECT current_setting('output_plugin_libraries', true) IS NOT NULL") == "t") {
    server_->sql("ALTER ROLE blind SET output_plugin_libraries = pgoutput, test_decoding, penstock");
  }
  settings_.user = "blind";
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  read(*opened.value().source);
  ASSERT_TRUE(problem_);
  EXPECT_EQ(problem_->code, Code::kPgRights) << problem_->what;
  EXPECT_NE(problem_->mend.find("GRANT SELECT"), std::string::npos) << problem_->mend;
  EXPECT_NE(problem_->what.find("shop.\"Odd 'name\""), std::string::npos) << problem_->what;
}

TEST_F(SnapshotTest, StatementOfTheConfigurationChoosesRows) {
  settings_.snapshot_select_overrides["shop.a"] = "SELECT * FROM shop.a WHERE id = 2";
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  EXPECT_EQ(read(*opened.value().source).size(), 2u);
  EXPECT_FALSE(problem_) << problem_->what;
}

TEST_F(SnapshotTest, NothingToReadIsFinishedAtOnce) {
  settings_.plugin_config = R"({"topic.prefix":"shop","schema.include.list":"none"})";
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  EXPECT_TRUE(read(*opened.value().source).empty());
  EXPECT_TRUE(opened.value().source->finished());
}

TEST_F(SnapshotTest, FirstIsOfTheFirstTableOnly) {
  server_->sql("DELETE FROM shop.\"Odd 'name\"");
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  const std::vector<std::string> values = read(*opened.value().source);
  ASSERT_EQ(values.size(), 3u);
  EXPECT_NE(values[0].find("\"snapshot\":\"first_in_data_collection\""), std::string::npos) << values[0];
}

TEST_F(SnapshotTest, PublicationLeavesOutWhatIsSkipped) {
  settings_.publication_name = "wanted";
  settings_.publication_autocreate = PublicationAutocreate::kAllTables;
  const std::string command = "CREATE PUBLICATION \"wanted\" FOR ALL TABLES";
  EXPECT_EQ(create_publication_command(settings_, {}), command);
  settings_.skipped_operations = "u, D";
  EXPECT_EQ(create_publication_command(settings_, {}), command + " WITH (publish = 'insert, truncate')");
  settings_.skipped_operations = "none";
  settings_.publish_via_partition_root = true;
  EXPECT_EQ(create_publication_command(settings_, {}),
            command + " WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = true)");
}

TEST_F(SnapshotTest, PublicationIsNotWaitedForBehindALock) {
  server_->sql("DROP PUBLICATION IF EXISTS wanted");
  settings_.publication_name = "wanted";
  settings_.publication_autocreate = PublicationAutocreate::kFiltered;
  settings_.plugin_config = R"({"topic.prefix":"shop","table.include.list":"shop.a"})";
  Cancel cancel;
  const PostgresSettings admin = server_->settings();
  auto other = Connection::open(admin, ConnectionKind::kSql, cancel);
  ASSERT_TRUE(other.is_ok());
  ASSERT_TRUE(other.value().run("BEGIN; LOCK TABLE shop.a IN SHARE UPDATE EXCLUSIVE MODE", Activity::kProbing).is_ok());
  auto made = std::async(std::launch::async, [&] { return make_publication(settings_, cancel); });
  ASSERT_EQ(made.wait_for(std::chrono::seconds(15)), std::future_status::ready);
  const Status status = made.get();
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.problem().code, Code::kPgCanceled) << to_string(status.problem());
  ASSERT_TRUE(other.value().run("COMMIT", Activity::kProbing).is_ok());
  EXPECT_TRUE(make_publication(settings_, cancel).is_ok());
  server_->sql("DROP PUBLICATION wanted");
}

TEST_F(SnapshotTest, PublicationIsMadeOnlyWhenAsked) {
  server_->sql("DROP PUBLICATION IF EXISTS wanted");
  settings_.publication_name = "wanted";
  ASSERT_TRUE(PostgresControl(settings_).create_slot().is_ok());
  EXPECT_EQ(server_->sql("SELECT count(*) FROM pg_publication WHERE pubname = 'wanted'"), "0");
  Cancel cancel;
  settings_.publication_autocreate = PublicationAutocreate::kFiltered;
  settings_.plugin_config = R"({"topic.prefix":"shop","table.include.list":"shop.a"})";
  Status made = make_publication(settings_, cancel);
  ASSERT_TRUE(made.is_ok()) << made.problem().what;
  const std::string published = "SELECT string_agg(prrelid::regclass::text, ',' ORDER BY 1) FROM pg_publication_rel";
  EXPECT_EQ(server_->sql(published), "shop.a");
  settings_.plugin_config =
      R"({"topic.prefix":"shop","table.include.list":"shop.a,shop.empty","publication.name":"wanted"})";
  made = make_publication(settings_, cancel);
  ASSERT_TRUE(made.is_ok()) << made.problem().what;
  EXPECT_EQ(server_->sql(published), "shop.a,shop.empty");
  server_->sql("DROP PUBLICATION wanted");
}

}  // namespace
}  // namespace penstock
