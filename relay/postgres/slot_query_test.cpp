// Against a real server: what a look at the slot tells.
#include "relay/postgres/slot_query.h"

#include <gtest/gtest.h>

#include "relay/postgres/test_server.h"

namespace penstock {
namespace {

class SlotQueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = TestServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << TestServer::why_not();
    server_->sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
    ASSERT_TRUE(
        eventually([&] { return server_->sql("SELECT count(*) FROM pg_replication_slots WHERE active") == "0"; }));
    server_->sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    settings_ = server_->settings();
  }
  void TearDown() override {
    if (server_ != nullptr) limit("-1");
  }
  void limit(const std::string& size) const {
    server_->sql("ALTER SYSTEM SET max_slot_wal_keep_size = '" + size + "'");
    server_->sql("SELECT pg_reload_conf()");
  }
  void write_wal() const {
    server_->sql(
        "CREATE TABLE IF NOT EXISTS public.filler (v text); INSERT INTO public.filler SELECT repeat('x', 500) FROM "
        "generate_series(1, 5000); DROP TABLE public.filler");
  }

  TestServer* server_ = nullptr;
  PostgresSettings settings_;
};

TEST_F(SlotQueryTest, ASlotThatIsNotThereIsAnAnswer) {
  SlotQuery query(settings_);
  const auto look = query.look();
  ASSERT_TRUE(look.is_ok()) << look.problem().what;
  EXPECT_FALSE(look.value().exists);
  EXPECT_GT(look.value().server_end, Lsn{});
}

TEST_F(SlotQueryTest, TellsWhatTheSlotKeeps) {
  server_->sql("SELECT pg_create_logical_replication_slot('orders', 'test_decoding')");
  SlotQuery query(settings_);
  const auto before = query.look();
  ASSERT_TRUE(before.is_ok()) << before.problem().what;
  EXPECT_TRUE(before.value().exists);
  EXPECT_FALSE(before.value().active);
  EXPECT_EQ(before.value().wal_status, "reserved");
  EXPECT_FALSE(before.value().safe_bytes);  // nothing bounds it
  EXPECT_EQ(to_string(before.value().restart), server_->sql("SELECT restart_lsn FROM pg_replication_slots"));
  EXPECT_EQ(to_string(before.value().confirmed), server_->sql("SELECT confirmed_flush_lsn FROM pg_replication_slots"));
  write_wal();
  const auto after = query.look();
  ASSERT_TRUE(after.is_ok());
  EXPECT_GT(after.value().retained_bytes(), before.value().retained_bytes() + 2'000'000);
  limit("1GB");
  ASSERT_TRUE(eventually([&] { return query.look().value().safe_bytes.has_value(); }));
  EXPECT_EQ(std::to_string(*query.look().value().safe_bytes),
            server_->sql("SELECT safe_wal_size FROM pg_replication_slots"));
}

TEST_F(SlotQueryTest, TellsWhenAnIdleSlotEnds) {
  if (server_->sql("SELECT count(*) FROM pg_settings WHERE name = 'idle_replication_slot_timeout'") == "0") {
    GTEST_SKIP() << "idle_replication_slot_timeout is of PostgreSQL 18";
  }
  server_->sql("SELECT pg_create_logical_replication_slot('orders', 'test_decoding')");
  SlotQuery query(settings_);
  EXPECT_FALSE(query.look().value().idle_seconds_left);
  server_->sql("ALTER SYSTEM SET idle_replication_slot_timeout = '1h'");
  server_->sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(eventually([&] {
    const auto left = query.look().value().idle_seconds_left;
    return left && *left > 3000 && *left <= 3600;
  }));
  server_->sql("ALTER SYSTEM RESET idle_replication_slot_timeout");
  server_->sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(eventually([&] { return !query.look().value().idle_seconds_left; }));
}

TEST_F(SlotQueryTest, HoldsNoSnapshotBetweenTwoLooks) {
  SlotQuery query(settings_);
  ASSERT_TRUE(query.look().is_ok());
  EXPECT_EQ(server_->sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> "
                         "pg_backend_pid() AND (backend_xmin IS NOT NULL OR state <> 'idle')"),
            "0");
}

TEST_F(SlotQueryTest, ComesBackAfterTheServer) {
  SlotQuery query(settings_);
  ASSERT_TRUE(query.look().is_ok());
  server_->stop("fast");
  EXPECT_FALSE(query.look().is_ok());
  server_->start();
  EXPECT_TRUE(query.look().is_ok());
}

}  // namespace
}  // namespace penstock
