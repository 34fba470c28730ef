// Against a real server with the plugin: what a snapshot locks, and to whom it gives way.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "relay/postgres/snapshot_source.h"
#include "relay/postgres/snapshot_test_support.h"

namespace penstock {
namespace {

// As with Kafka away: nothing is read, and the server's socket is full.
TEST_F(SnapshotTest, GivesWayAlsoWhileNothingIsRead) {
  server_->sql("INSERT INTO shop.a SELECT i, repeat('x', 200) FROM generate_series(10, 50009) AS i");
  std::vector<Problem> notes;
  PostgresControl control(settings_, [&](const Problem& note) { notes.push_back(note); });
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  Source& source = *opened.value().source;
  int frames = 0;
  const auto turn = [&](const std::function<bool()>& done, bool with_rows) {
    return turn_until(
               source, done, std::chrono::seconds(20), [] { return Lsn{}; }, [&](Frame&) { ++frames; }, with_rows)
        .done;
  };
  ASSERT_TRUE(turn([&] { return frames > 0; }, true));
  auto truncated = std::async(std::launch::async, [&] {
    server_->sql("SET lock_timeout = '1s'; TRUNCATE shop.a; INSERT INTO shop.a VALUES (1, 'after')");
  });
  EXPECT_TRUE(turn([&] { return truncated.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }, false));
  const std::vector<std::string> values = read(source);
  EXPECT_FALSE(problem_) << problem_->what;
  EXPECT_EQ(std::count_if(values.begin(), values.end(),
                          [](const std::string& value) { return value.find("after") != std::string::npos; }),
            1);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0].code, Code::kPgGaveWay);
  EXPECT_NE(notes[0].what.find("waits for shop.a"), std::string::npos) << notes[0].what;
  EXPECT_EQ(notes[1].code, Code::kPgTableReadAnew);
}

// As a statement of the configuration raises it, or a person who cancels: it is not the watch that did.
TEST_F(SnapshotTest, WhatOthersCancelIsNoReasonToTryAgainAtOnce) {
  for (const std::string state : {"57014", "40P01"}) {
    server_->sql(
        "CREATE OR REPLACE FUNCTION shop.cancelled() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE "
        "NOTICE 'called'; RAISE 'canceled' USING ERRCODE = '" +
        state + "'; END $$");
    int calls = 0;
    settings_.notice = [&](const Problem&) { ++calls; };
    settings_.snapshot_select_overrides["shop.a"] = "SELECT * FROM shop.a WHERE shop.cancelled()";
    PostgresControl control(settings_);
    auto opened = control.open_snapshot({true});
    ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
    problem_ = turn_until(
                   *opened.value().source, [&] { return calls > 5; }, std::chrono::seconds(20), [] { return Lsn{}; },
                   [](Frame&) {})
                   .problem;
    ASSERT_TRUE(problem_) << state;
    EXPECT_EQ(problem_->code, Code::kPgCanceled) << problem_->what;
    EXPECT_NE(problem_->what.find("shop.a"), std::string::npos) << problem_->what;
    EXPECT_LE(calls, 2) << state;
  }
}

// The watch must see who waits for the reader though a catalog is held, and nothing but the table is held by the
// reader.
TEST_F(SnapshotTest, CatalogsAreHeldByNobodyAndNeededByNobody) {
  server_->sql("INSERT INTO shop.a SELECT i, repeat('x', 200) FROM generate_series(10, 50009) AS i");
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  Source& source = *opened.value().source;
  int frames = 0;
  const auto turn = [&](const std::function<bool()>& done, bool with_rows) {
    return turn_until(
               source, done, std::chrono::seconds(20), [] { return Lsn{}; }, [&](Frame&) { ++frames; }, with_rows)
        .done;
  };
  ASSERT_TRUE(turn([&] { return frames > 0; }, true));
  const std::string held =
      "SELECT string_agg(relation::text, ',') FROM pg_locks WHERE locktype = 'relation' AND pid <> pg_backend_pid() "
      "AND relation < 16384 AND pid = (SELECT pid FROM pg_locks WHERE relation = 'shop.a'::regclass LIMIT 1)";
  EXPECT_EQ(server_->sql(held), "");
  Cancel cancel;
  PostgresSettings impatient = server_->settings();
  impatient.libpq = {{"options", "-c lock_timeout=1s"}};
  auto other = Connection::open(impatient, ConnectionKind::kSql, cancel);
  ASSERT_TRUE(other.is_ok());
  const auto full = other.value().run("VACUUM FULL pg_class", Activity::kProbing);
  EXPECT_TRUE(full.is_ok()) << full.problem().what;
  // The watch, which looks five times a second, learns what that has made anew.
  const Time later = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  EXPECT_TRUE(turn([&] { return std::chrono::steady_clock::now() > later; }, false));
  auto altered = std::async(std::launch::async, [&] {
    return other.value()
        .run(
            "BEGIN; LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE; LOCK TABLE shop.a IN ACCESS "
            "EXCLUSIVE MODE; COMMIT",
            Activity::kProbing)
        .is_ok();
  });
  EXPECT_TRUE(turn([&] { return altered.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }, false));
  EXPECT_TRUE(altered.get());
  EXPECT_GT(read(source).size(), 50'000u);
  EXPECT_FALSE(problem_) << problem_->what;
}

TEST_F(SnapshotTest, TableThatOthersHoldComesLast) {
  Cancel cancel;
  const PostgresSettings holder_settings = server_->settings();
  auto holder = Connection::open(holder_settings, ConnectionKind::kSql, cancel);
  ASSERT_TRUE(holder.is_ok());
  settings_.snapshot_lock_timeout = std::chrono::milliseconds(100);
  std::vector<Problem> notes;
  PostgresControl control(settings_, [&](const Problem& note) {
    notes.push_back(note);
    EXPECT_TRUE(holder.value().run("ROLLBACK", Activity::kProbing).is_ok());
  });
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  ASSERT_TRUE(holder.value().run("BEGIN; LOCK TABLE shop.a IN ACCESS EXCLUSIVE MODE", Activity::kProbing).is_ok());
  const std::vector<std::string> values = read(*opened.value().source);
  EXPECT_FALSE(problem_) << problem_->what;
  ASSERT_EQ(values.size(), 4u);
  EXPECT_NE(values[0].find("odd"), std::string::npos) << values[0];
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].code, Code::kPgTableBusy);
  EXPECT_NE(notes[0].what.find("table shop.a could not be locked"), std::string::npos) << notes[0].what;
}

TEST_F(SnapshotTest, TablesRenamedOrDroppedMeanwhileStopNothing) {
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  server_->sql("DROP TABLE shop.empty; ALTER TABLE shop.\"Odd 'name\" RENAME TO \"odder 'name\"");
  const std::vector<std::string> values = read(*opened.value().source);
  EXPECT_FALSE(problem_) << problem_->what;
  EXPECT_EQ(values.size(), 4u);
}

// The file of the other table of the statement is another one by now, and reads as empty in the snapshot.
TEST_F(SnapshotTest, StatementOverARewrittenTableIsReadInASnapshotOfItsOwn) {
  settings_.snapshot_select_overrides["shop.a"] =
      "SELECT a.* FROM shop.a JOIN shop.\"Odd 'name\" AS o ON a.id = o.id - 6";
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  server_->sql("ALTER TABLE shop.\"Odd 'name\" ALTER COLUMN item TYPE varchar USING item || '!'");
  server_->sql("VACUUM FULL shop.a");
  const std::vector<std::string> values = read(*opened.value().source);
  EXPECT_FALSE(problem_) << problem_->what;
  ASSERT_EQ(values.size(), 2u);
}

TEST_F(SnapshotTest, NobodysSlotWaitsForIt) {
  server_->sql("INSERT INTO shop.a SELECT i, repeat('x', 200) FROM generate_series(10, 50009) AS i");
  PostgresControl control(settings_);
  auto opened = control.open_snapshot({false});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  int frames = 0;
  ASSERT_TRUE(turn_until(
                  *opened.value().source, [&] { return frames > 0; }, std::chrono::seconds(20), [] { return Lsn{}; },
                  [&](Frame&) { ++frames; })
                  .done);
  server_->sql("SET statement_timeout = '5s'; SELECT pg_create_logical_replication_slot('other', 'test_decoding')");
  server_->sql("SELECT pg_drop_replication_slot('other')");
}

}  // namespace
}  // namespace penstock
