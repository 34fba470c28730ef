// Against a real server: what goes wrong when connecting, and slots.
#include "relay/postgres/connection.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "relay/postgres/postgres_control.h"
#include "relay/postgres/test_server.h"

namespace penstock {
namespace {

class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = TestServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << TestServer::why_not();
    server_->sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active");
    if (server_->sql("SELECT count(*) FROM pg_roles WHERE rolname = 'cdc'") == "0") {
      server_->sql("CREATE ROLE cdc LOGIN REPLICATION PASSWORD 's3cret'; CREATE ROLE plain LOGIN");
    }
  }

  PostgresSettings with_plugin(const std::string& plugin, const std::string& user = "postgres") const {
    PostgresSettings settings = server_->settings(user);
    settings.plugin_name = plugin;
    return settings;
  }
  bool knows_plugin_list() const {
    return server_->sql("SELECT current_setting('output_plugin_libraries', true) IS NOT NULL") == "t";
  }

  TestServer* server_ = nullptr;
  Cancel cancel_;
};

TEST_F(PostgresTest, GivesWarningsAndNoticesAndNothingElse) {
  std::vector<Problem> said;
  PostgresSettings settings = server_->settings();
  settings.password = "s3cret";
  settings.notice = [&said](const Problem& problem) { said.push_back(problem); };
  for (const ConnectionKind kind : {ConnectionKind::kSql, ConnectionKind::kReplication}) {
    said.clear();
    auto connection = Connection::open(settings, kind, cancel_);
    ASSERT_TRUE(connection.is_ok());
    ASSERT_TRUE(
        connection.value()
            .run("DO $$ BEGIN RAISE WARNING 'first' USING DETAIL = 'more', HINT = 'mend it', ERRCODE = '01000'; "
                 "RAISE NOTICE 'second'; RAISE INFO 'third'; RAISE DEBUG 'fourth'; END $$",
                 Activity::kProbing)
            .is_ok());
    ASSERT_EQ(said.size(), 2u);
    EXPECT_EQ(said[0].code, Code::kPgNotice);
    EXPECT_EQ(said[0].what, describe(settings) + ": first (01000): more");
    EXPECT_EQ(said[0].mend, "mend it");
    EXPECT_NE(said[1].what.find("second"), std::string::npos);
    EXPECT_EQ(said[0].what.find("s3cret"), std::string::npos);
  }
}

TEST_F(PostgresTest, WrongPasswordIsAuthentication) {
  server_->add_hba("host all cdc 127.0.0.1/32 scram-sha-256");
  PostgresSettings settings = server_->settings("cdc");
  settings.password = "wr0ng";
  const auto connection = Connection::open(settings, ConnectionKind::kReplication, cancel_);
  ASSERT_FALSE(connection.is_ok());
  EXPECT_EQ(connection.problem().code, Code::kPgAuthentication);
  EXPECT_NE(connection.problem().what.find("28P01"), std::string::npos) << connection.problem().what;
  EXPECT_EQ(connection.problem().what.find("wr0ng"), std::string::npos);
  settings.password = "s3cret";
  EXPECT_TRUE(Connection::open(settings, ConnectionKind::kReplication, cancel_).is_ok());
}

TEST_F(PostgresTest, NoLineInPgHbaIsAuthentication) {
  server_->add_hba("host all plain 127.0.0.1/32 reject");
  const PostgresSettings connection_settings = server_->settings("plain");
  const auto connection = Connection::open(connection_settings, ConnectionKind::kSql, cancel_);
  ASSERT_FALSE(connection.is_ok());
  EXPECT_EQ(connection.problem().code, Code::kPgAuthentication);
  EXPECT_NE(connection.problem().mend.find("pg_hba.conf"), std::string::npos) << connection.problem().mend;
}

TEST_F(PostgresTest, MissingDatabaseIsNamed) {
  PostgresSettings settings = server_->settings();
  settings.dbname = "nowhere";
  const auto connection = Connection::open(settings, ConnectionKind::kSql, cancel_);
  ASSERT_FALSE(connection.is_ok());
  EXPECT_EQ(connection.problem().code, Code::kPgDatabaseMissing);
  EXPECT_NE(connection.problem().what.find("nowhere"), std::string::npos);
}

TEST_F(PostgresTest, NobodyListens) {
  PostgresSettings settings = server_->settings();
  settings.port = "1";
  const auto connection = Connection::open(settings, ConnectionKind::kSql, cancel_);
  ASSERT_FALSE(connection.is_ok());
  EXPECT_EQ(connection.problem().code, Code::kPgUnreachable);
}

TEST_F(PostgresTest, TriesTheNextHost) {
  PostgresSettings settings = server_->settings();
  settings.host = "127.0.0.1,127.0.0.1";
  settings.port = "1," + settings.port;
  const auto connection = Connection::open(settings, ConnectionKind::kSql, cancel_);
  EXPECT_TRUE(connection.is_ok());
}

TEST_F(PostgresTest, InitialStatementsRunOnSqlConnectionsOnly) {
  PostgresSettings settings = server_->settings();
  settings.initial_statements = {"SET work_mem = '77kB'"};
  for (const auto& [kind, expected] :
       {std::pair{ConnectionKind::kSql, "77kB"}, {ConnectionKind::kReplication, "4MB"}}) {
    auto connection = Connection::open(settings, kind, cancel_);
    ASSERT_TRUE(connection.is_ok());
    auto shown = connection.value().run("SHOW work_mem", Activity::kProbing);
    ASSERT_TRUE(shown.is_ok());
    EXPECT_EQ(field(shown.value(), 0), expected);
  }
}

TEST_F(PostgresTest, InitialStatementsFindNamesAsThePersonWhoWroteThem) {
  server_->sql("CREATE TABLE IF NOT EXISTS public.initial (id int)");
  PostgresSettings settings = server_->settings();
  settings.initial_statements = {"DELETE FROM initial", "INSERT INTO initial VALUES (1)"};
  auto connection = Connection::open(settings, ConnectionKind::kSql, cancel_);
  ASSERT_TRUE(connection.is_ok()) << connection.problem().what;
  EXPECT_EQ(server_->sql("SELECT count(*) FROM public.initial"), "1");
  auto shown = connection.value().run("SHOW search_path", Activity::kProbing);
  ASSERT_TRUE(shown.is_ok());
  EXPECT_EQ(field(shown.value(), 0), "pg_catalog") << "what is ours trusts nobody else's names";
}

TEST_F(PostgresTest, FailingInitialStatementIsNamedAndShowsNoRow) {
  server_->sql("CREATE TABLE IF NOT EXISTS public.initial_key (id int PRIMARY KEY)");
  server_->sql("INSERT INTO public.initial_key VALUES (4711) ON CONFLICT DO NOTHING");
  PostgresSettings settings = server_->settings();
  settings.initial_statements = {"INSERT INTO initial_key VALUES (4711)"};
  const auto connection = Connection::open(settings, ConnectionKind::kSql, cancel_);
  ASSERT_FALSE(connection.is_ok());
  EXPECT_EQ(connection.problem().code, Code::kPgInitialStatements);
  EXPECT_NE(connection.problem().what.find("database.initial.statements"), std::string::npos);
  EXPECT_EQ(connection.problem().what.find("4711"), std::string::npos) << connection.problem().what;
}

// A host that vanishes would keep locks and xmin for two hours. But one that does not read, as while Kafka is away,
// stays: Linux ends its connection too where there is a tcp_user_timeout.
TEST_F(PostgresTest, ServerNoticesAVanishedPeerWithinAMinute) {
  const PostgresSettings settings = server_->settings();
  for (const ConnectionKind kind : {ConnectionKind::kSql, ConnectionKind::kUserSql, ConnectionKind::kReplication}) {
    auto connection = Connection::open(settings, kind, cancel_);
    ASSERT_TRUE(connection.is_ok());
    for (const auto& [setting, expected] : {std::pair{"tcp_keepalives_idle", "30"},
                                            {"tcp_keepalives_interval", "10"},
                                            {"tcp_keepalives_count", "3"},
                                            {"tcp_user_timeout", "0"}}) {
      auto shown = connection.value().run(std::string("SELECT current_setting('") + setting + "')", Activity::kProbing);
      ASSERT_TRUE(shown.is_ok());
      EXPECT_EQ(field(shown.value(), 0), expected) << setting;
    }
  }
}

TEST_F(PostgresTest, WhatAPersonCanCorrectIsNoBrokenStream) {
  server_->sql(
      "DROP ROLE IF EXISTS full_role; CREATE ROLE full_role LOGIN CONNECTION LIMIT 0; DROP ROLE IF EXISTS "
      "read_only; CREATE ROLE read_only LOGIN; ALTER ROLE read_only SET default_transaction_read_only = on; DROP ROLE "
      "IF EXISTS asleep; CREATE ROLE asleep");
  server_->sql("DROP DATABASE IF EXISTS closed");
  server_->sql("CREATE DATABASE closed ALLOW_CONNECTIONS false");
  const auto refused = [&](const PostgresSettings& settings, const std::string& sql = "SELECT 1") {
    auto connection = Connection::open(settings, ConnectionKind::kSql, cancel_);
    if (!connection.is_ok()) return connection.problem();
    return connection.value().run(sql, Activity::kProbing).problem();
  };
  const auto expect = [](const Problem& problem, Code code, const std::string& mend) {
    EXPECT_EQ(problem.code, code) << to_string(problem);
    EXPECT_NE(problem.mend.find(mend), std::string::npos) << to_string(problem);
    EXPECT_EQ(problem.mend.find("<role>"), std::string::npos) << problem.mend;
  };
  expect(refused(server_->settings("full_role")), Code::kPgSlotsFull, "ALTER ROLE \"full_role\" CONNECTION LIMIT");
  expect(refused(server_->settings("asleep")), Code::kPgAuthentication, "ALTER ROLE \"asleep\" LOGIN");
  expect(refused(server_->settings("read_only"), "CREATE PUBLICATION p"), Code::kPgReadOnly,
         "ALTER ROLE \"read_only\" SET default_transaction_read_only = off");
  PostgresSettings settings = server_->settings();
  settings.dbname = "closed";
  expect(refused(settings), Code::kPgRefused, "ALTER DATABASE \"closed\" ALLOW_CONNECTIONS true");
  settings = server_->settings();
  settings.libpq = {{"options", "-c work_mem=much"}};
  expect(refused(settings), Code::kPgRefused, "database.options");
  settings.libpq.clear();
  expect(refused(settings, "SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)"), Code::kPgCanceled, "timeout");
  expect(refused(settings, "SELECT nowhere"), Code::kPgRefused, "");
  server_->sql("DROP DATABASE closed");
}

TEST_F(PostgresTest, DeadlineEndsACommandOnTheServerToo) {
  const PostgresSettings connection_settings = server_->settings();
  auto connection = Connection::open(connection_settings, ConnectionKind::kSql, cancel_);
  ASSERT_TRUE(connection.is_ok());
  const auto result = connection.value().run("SELECT pg_sleep(60)", Activity::kProbing,
                                             std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
  ASSERT_FALSE(result.is_ok());
  EXPECT_TRUE(eventually([&] {
    return server_->sql(
               "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'") == "0";
  }));
}

TEST_F(PostgresTest, RoleWithoutReplicationIsRights) {
  server_->sql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN");
  const PostgresSettings connection_settings = server_->settings("reader");
  const auto connection = Connection::open(connection_settings, ConnectionKind::kReplication, cancel_);
  ASSERT_FALSE(connection.is_ok());
  EXPECT_EQ(connection.problem().code, Code::kPgRights) << connection.problem().what;
  EXPECT_EQ(connection.problem().mend, "ALTER ROLE \"reader\" REPLICATION");
}

TEST_F(PostgresTest, PluginNotAllowedGivesTheAlterRole) {
  if (!knows_plugin_list()) GTEST_SKIP() << "this minor version has no output_plugin_libraries";
  server_->sql(
      "DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN REPLICATION; "
      "ALTER ROLE narrow SET output_plugin_libraries = pgoutput");
  PostgresControl control(with_plugin("test_decoding", "narrow"));
  const auto created = control.create_slot();
  ASSERT_FALSE(created.is_ok());
  EXPECT_EQ(created.problem().code, Code::kPgPluginNotAllowed) << created.problem().what;
  EXPECT_EQ(created.problem().mend.find("ALTER ROLE \"narrow\" SET output_plugin_libraries = pgoutput, test_decoding"),
            0u)
      << created.problem().mend;
  const auto facts = control.probe();
  ASSERT_TRUE(facts.is_ok()) << facts.problem().what;
  EXPECT_TRUE(facts.value().plugin_gate);
  EXPECT_FALSE(facts.value().plugin_allowed);
}

TEST_F(PostgresTest, PluginThatIsNotInstalledIsMissing) {
  server_->sql("DROP ROLE IF EXISTS wide; CREATE ROLE wide LOGIN REPLICATION");
  if (knows_plugin_list()) server_->sql("ALTER ROLE wide SET output_plugin_libraries = nosuch");
  const auto created = PostgresControl(with_plugin("nosuch", "wide")).create_slot();
  ASSERT_FALSE(created.is_ok());
  EXPECT_EQ(created.problem().code, Code::kPgPluginMissing) << created.problem().what;
}

TEST_F(PostgresTest, SlotComesAndGoes) {
  PostgresControl control(with_plugin("test_decoding"));
  const auto created = control.create_slot();
  ASSERT_TRUE(created.is_ok()) << created.problem().what;
  EXPECT_TRUE(created.value().consistent_point);
  const auto facts = control.probe();
  ASSERT_TRUE(facts.is_ok()) << facts.problem().what;
  ASSERT_TRUE(facts.value().slot);
  EXPECT_EQ(facts.value().slot->plugin, "test_decoding");
  EXPECT_EQ(facts.value().slot->database, "postgres");
  EXPECT_EQ(facts.value().slot->wal_status, "reserved");
  EXPECT_EQ(facts.value().slot->confirmed_flush, created.value().consistent_point);
  EXPECT_FALSE(facts.value().slot->active);
  EXPECT_TRUE(control.drop_slot().is_ok());
  EXPECT_FALSE(control.probe().value().slot);
  EXPECT_TRUE(control.drop_slot().is_ok());
}

TEST_F(PostgresTest, FailoverSlotWhereTheServerHasThem) {
  PostgresSettings settings = with_plugin("test_decoding");
  settings.slot_failover = true;
  const auto created = PostgresControl(settings).create_slot();
  ASSERT_TRUE(created.is_ok()) << created.problem().what;
  const bool has_them = server_->sql("SELECT current_setting('server_version_num')::int >= 170000") == "t";
  EXPECT_EQ(server_->sql("SELECT coalesce(to_jsonb(s) ->> 'failover', 'none') FROM pg_replication_slots AS s"),
            has_them ? "true" : "none");
}

TEST_F(PostgresTest, FactsOfTheServer) {
  const auto facts = PostgresControl(server_->settings()).probe();
  ASSERT_TRUE(facts.is_ok()) << facts.problem().what;
  EXPECT_EQ(std::to_string(facts.value().version_num), server_->sql("SHOW server_version_num"));
  EXPECT_EQ(facts.value().system_id, server_->sql("SELECT system_identifier FROM pg_control_system()"));
  EXPECT_EQ(facts.value().timeline, 1u);
  EXPECT_EQ(facts.value().wal_level, "logical");
  EXPECT_EQ(facts.value().database, "postgres");
  EXPECT_EQ(facts.value().role, "postgres");
  EXPECT_TRUE(facts.value().role_replication);
  EXPECT_TRUE(facts.value().plugin_allowed);
  EXPECT_FALSE(facts.value().in_recovery);
  EXPECT_EQ(facts.value().slots_free, 20);
  EXPECT_EQ(facts.value().walsenders_free, 19);
  EXPECT_EQ(facts.value().wal_sender_timeout_ms, 60'000);
  EXPECT_TRUE(facts.value().flushed);
}

TEST_F(PostgresTest, CreationNamesTheTransactionsThatItWaitsFor) {
  const PostgresSettings writer_settings = server_->settings();
  auto writer = Connection::open(writer_settings, ConnectionKind::kSql, cancel_);
  ASSERT_TRUE(writer.is_ok());
  ASSERT_TRUE(writer.value().run("BEGIN; SELECT pg_current_xact_id()", Activity::kProbing).is_ok());
  const std::string pid = std::to_string(PQbackendPID(writer.value().raw()));
  std::promise<Problem> noted;
  std::atomic<bool> first = true;
  PostgresControl control(with_plugin("test_decoding", "cdc2"), [&](const Problem& problem) {
    if (first.exchange(false)) noted.set_value(problem);
  });
  server_->sql("DROP ROLE IF EXISTS cdc2; CREATE ROLE cdc2 LOGIN REPLICATION");  // sees no more than the relay would
  auto created = std::async(std::launch::async, [&] { return control.create_slot(); });
  auto note = noted.get_future();
  ASSERT_EQ(note.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  const Problem problem = note.get();
  EXPECT_EQ(problem.code, Code::kPgSlotCreateWait);
  EXPECT_NE(problem.what.find("pid " + pid), std::string::npos) << problem.what;
  EXPECT_NE(problem.mend.find("pg_terminate_backend(" + pid + ")"), std::string::npos) << problem.mend;
  ASSERT_TRUE(writer.value().run("COMMIT", Activity::kProbing).is_ok());
  EXPECT_TRUE(created.get().is_ok());
}

TEST_F(PostgresTest, NoSettingOfTheRoleKeepsWarningsBack) {
  server_->sql(
      "DROP ROLE IF EXISTS silent; CREATE ROLE silent LOGIN; ALTER ROLE silent SET client_min_messages = error");
  const PostgresSettings settings = server_->settings("silent");
  auto connection = Connection::open(settings, ConnectionKind::kSql, cancel_);
  ASSERT_TRUE(connection.is_ok()) << connection.problem().what;
  const auto level = connection.value().run("SHOW client_min_messages", Activity::kProbing);
  ASSERT_TRUE(level.is_ok());
  EXPECT_EQ(field(level.value(), 0), "notice");
}

TEST_F(PostgresTest, CreationNamesPreparedTransactionsAndEndsOnCancel) {
  server_->sql("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'");
  std::promise<Problem> noted;
  std::atomic<bool> first = true;
  PostgresControl control(with_plugin("test_decoding"), [&](const Problem& problem) {
    if (first.exchange(false)) noted.set_value(problem);
  });
  auto created = std::async(std::launch::async, [&] { return control.create_slot(); });
  auto note = noted.get_future();
  ASSERT_EQ(note.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  const Problem problem = note.get();
  EXPECT_NE(problem.what.find("'forgotten'"), std::string::npos) << problem.what;
  EXPECT_EQ(problem.mend, "as its owner decides, COMMIT PREPARED 'forgotten' or ROLLBACK PREPARED 'forgotten'");
  control.cancel();
  ASSERT_EQ(created.wait_for(std::chrono::seconds(2)), std::future_status::ready);
  EXPECT_FALSE(created.get().is_ok());
  EXPECT_TRUE(eventually([&] { return server_->sql("SELECT count(*) FROM pg_replication_slots") == "0"; }));
  server_->sql("ROLLBACK PREPARED 'forgotten'");
}

TEST_F(PostgresTest, WalLevelIsNamed) {
  server_->sql("ALTER SYSTEM SET wal_level = replica");
  server_->stop("fast");
  server_->start();
  const auto created = PostgresControl(with_plugin("test_decoding")).create_slot();
  const auto facts = PostgresControl(with_plugin("test_decoding")).probe();
  server_->sql("ALTER SYSTEM RESET wal_level");
  server_->stop("fast");
  server_->start();
  ASSERT_FALSE(created.is_ok());
  EXPECT_EQ(created.problem().code, Code::kPgWalLevel) << created.problem().what;
  ASSERT_TRUE(facts.is_ok());
  EXPECT_EQ(facts.value().wal_level, "replica");
}

}  // namespace
}  // namespace penstock
