// Against a real server: feedback, shutdown, and the position in keepalives. The slot is pgoutput's, and the WAL is
// another database's, so that no frame of a plugin is needed: the stream shows in keepalives only.
#include "relay/postgres/stream.h"

#include <gtest/gtest.h>

#include <future>

#include "relay/postgres/slot.h"
#include "relay/postgres/test_server.h"

namespace penstock {
namespace {

class StreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = TestServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << TestServer::why_not();
    server_->sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
    ASSERT_TRUE(
        eventually([&] { return server_->sql("SELECT count(*) FROM pg_replication_slots WHERE active") == "0"; }));
    server_->sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    server_->sql(
        "DROP ROLE IF EXISTS hasty; CREATE ROLE hasty SUPERUSER LOGIN; ALTER ROLE hasty SET wal_sender_timeout = '2s'");
    server_->sql("DROP PUBLICATION IF EXISTS nothing; CREATE PUBLICATION nothing");
    if (server_->sql("SELECT count(*) FROM pg_database WHERE datname = 'other'") == "0")
      server_->sql("CREATE DATABASE other");
    for (const char* dbname : {"postgres", "other"}) {
      server_->sql(
          "DROP TABLE IF EXISTS public.t; CREATE TABLE public.t (v text); ALTER TABLE public.t ALTER v SET STORAGE "
          "EXTERNAL",
          dbname);
    }
    start_ = *parse_lsn(server_->sql("SELECT lsn FROM pg_create_logical_replication_slot('orders', 'pgoutput')"));
  }

  std::unique_ptr<Stream> open(const std::string& user = "postgres", Duration interval = std::chrono::seconds(10),
                               const std::string& publication = "nothing") {
    settings_ = server_->settings(user);
    auto replication = Connection::open(settings_, ConnectionKind::kReplication, cancel_);
    auto watch = Connection::open(settings_, ConnectionKind::kSql, cancel_);
    CHECK(replication.is_ok() && watch.is_ok());
    auto started = replication.value().run("START_REPLICATION SLOT orders LOGICAL " + to_string(start_) +
                                               " (proto_version '1', publication_names '" + publication + "')",
                                           Activity::kStarting);
    if (!started.is_ok()) std::fprintf(stderr, "%s\n", to_string(started.problem()).c_str());
    CHECK(started.is_ok());
    Stream::Settings settings;
    settings.start = {start_, {}, 0};
    settings.feedback.interval = interval;
    return std::make_unique<Stream>(std::move(replication.value()), std::move(watch.value()), settings,
                                    std::chrono::steady_clock::now());
  }

  Lsn flushed() const { return *parse_lsn(server_->sql("SELECT pg_current_wal_flush_lsn()")); }
  Lsn confirmed() const {
    return *parse_lsn(server_->sql("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'orders'"));
  }
  void write_wal(int megabytes, const std::string& dbname = "other") const {
    server_->sql(
        "INSERT INTO public.t SELECT repeat('x', 1000000) FROM generate_series(1, " + std::to_string(megabytes) + ')',
        dbname);
  }

  TestServer* server_ = nullptr;
  PostgresSettings settings_;
  Cancel cancel_;
  Lsn start_;
};

TEST_F(StreamTest, KeepalivesMoveTheSlotOfAQuietDatabase) {
  const auto stream = open();
  Lsn received = start_;
  const auto take = [&](Frame& frame) {
    EXPECT_EQ(frame.header.kind, wire::UnitKind::kProgress);
    EXPECT_GE(frame.header.after.end, received.value);
    received = {frame.header.after.end};
  };
  write_wal(1);
  const Lsn target = flushed();
  const Turned turned = turn_until(
      *stream, [&] { return received >= target && confirmed() >= target; }, std::chrono::seconds(20),
      [&] { return received; }, take);
  EXPECT_TRUE(turned.done) << (turned.problem ? turned.problem->what : "");
}

TEST_F(StreamTest, ConfirmsNothingThatIsNotDurable) {
  const auto stream = open("postgres", std::chrono::milliseconds(20));
  Lsn received = start_;
  write_wal(1);
  const Lsn target = flushed();
  const Time end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  const Turned turned = turn_until(
      *stream, [&] { return received >= target && std::chrono::steady_clock::now() > end; }, std::chrono::seconds(20),
      [&] { return start_; }, [&](Frame& frame) { received = {frame.header.after.end}; });
  EXPECT_TRUE(turned.done);
  EXPECT_EQ(confirmed(), start_);
}

TEST_F(StreamTest, LastWordIsConfirmed) {
  auto stream = open();
  Lsn received = start_;
  write_wal(1);
  const Lsn target = flushed();
  turn_until(
      *stream, [&] { return received >= target; }, std::chrono::seconds(20), [&] { return start_; },
      [&](Frame& frame) { received = {frame.header.after.end}; });
  ASSERT_GE(received, target);
  ASSERT_TRUE(stream->confirm(received, std::chrono::steady_clock::now()).is_ok());
  stream.reset();
  EXPECT_TRUE(eventually([&] { return confirmed() == received; }));
}

// Half a minute of Kafka being down, in small: nothing is read, the socket fills up, and the walsender must not time
// out.
TEST_F(StreamTest, OutlivesTheTimeoutWithoutReading) {
  server_->sql("DROP PUBLICATION IF EXISTS everything; CREATE PUBLICATION everything FOR ALL TABLES");
  const auto stream = open("hasty", Feedback::interval_for(std::chrono::seconds(2)), "everything");
  write_wal(30, "postgres");
  const Time end = std::chrono::steady_clock::now() + std::chrono::seconds(6);
  const Turned turned = turn_until(
      *stream, [&] { return std::chrono::steady_clock::now() > end; }, std::chrono::seconds(20), [&] { return start_; },
      [](Frame&) {}, false);
  ASSERT_TRUE(turned.done) << turned.problem->what;
  EXPECT_EQ(server_->sql("SELECT active FROM pg_replication_slots WHERE slot_name = 'orders'"), "t");
  // And then it can be read: what comes is pgoutput's, which is no frame.
  const Turned read = turn_until(
      *stream, [] { return false; }, std::chrono::seconds(5), [&] { return start_; }, [](Frame&) {});
  ASSERT_TRUE(read.problem);
  EXPECT_EQ(read.problem->code, Code::kPgProtocol) << read.problem->what;
}

TEST_F(StreamTest, IdleStopIsFast) {
  const auto stream = open();
  Lsn received = start_;
  write_wal(1);
  const Lsn target = flushed();
  auto stopped = std::async(std::launch::async, [&] { return server_->stop("fast"); });
  const Turned turned = turn_until(
      *stream, [] { return false; }, std::chrono::seconds(30), [&] { return received; },
      [&](Frame& frame) { received = {frame.header.after.end}; });
  const auto took = stopped.get();
  server_->start();
  ASSERT_TRUE(turned.problem);
  EXPECT_EQ(turned.problem->code, Code::kPgShutdown) << turned.problem->what;
  EXPECT_LT(took, std::chrono::seconds(5));
  EXPECT_GE(received, target);  // a planned stop leaves nothing behind
}

TEST_F(StreamTest, StopWithoutKafkaIsFast) {
  auto stream = open();
  write_wal(1);
  auto stopped = std::async(std::launch::async, [&] { return server_->stop("fast"); });
  const Turned turned = turn_until(
      *stream, [] { return false; }, std::chrono::seconds(30), [&] { return start_; }, [](Frame&) {});
  stream.reset();  // what a session does with any problem
  const auto took = stopped.get();
  server_->start();
  ASSERT_TRUE(turned.problem);
  EXPECT_EQ(turned.problem->code, Code::kPgShutdown) << turned.problem->what;
  EXPECT_LT(took, std::chrono::seconds(5));
  EXPECT_EQ(confirmed(), start_);
}

// The byte budget is full: only the watch connection tells of the stop.
TEST_F(StreamTest, StopWithoutReadingIsFast) {
  server_->sql("DROP PUBLICATION IF EXISTS everything; CREATE PUBLICATION everything FOR ALL TABLES");
  auto stream = open("postgres", std::chrono::seconds(10), "everything");
  write_wal(30, "postgres");
  auto stopped = std::async(std::launch::async, [&] { return server_->stop("fast"); });
  const Turned turned = turn_until(
      *stream, [] { return false; }, std::chrono::seconds(30), [&] { return start_; }, [](Frame&) {}, false);
  stream.reset();
  const auto took = stopped.get();
  server_->start();
  ASSERT_TRUE(turned.problem);
  EXPECT_EQ(turned.problem->code, Code::kPgShutdown) << turned.problem->what;
  EXPECT_LT(took, std::chrono::seconds(5));
}

TEST_F(StreamTest, TerminatedWalsenderIsShutdown) {
  const auto stream = open();
  server_->sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
  const Turned turned = turn_until(
      *stream, [] { return false; }, std::chrono::seconds(20), [&] { return start_; }, [](Frame&) {});
  ASSERT_TRUE(turned.problem);
  EXPECT_EQ(turned.problem->code, Code::kPgShutdown) << turned.problem->what;
  EXPECT_NE(turned.problem->what.find("57P01"), std::string::npos) << turned.problem->what;
}

TEST_F(StreamTest, KilledServerEndsTheSession) {
  const auto stream = open();
  auto stopped = std::async(std::launch::async, [&] { return server_->stop("immediate"); });
  const Turned turned = turn_until(
      *stream, [] { return false; }, std::chrono::seconds(20), [&] { return start_; }, [](Frame&) {});
  stopped.get();
  server_->start();
  EXPECT_TRUE(turned.problem);
}

TEST_F(StreamTest, BusySlotNamesWhoHoldsIt) {
  const auto stream = open();
  PostgresSettings settings = server_->settings();
  auto second = Connection::open(settings, ConnectionKind::kReplication, cancel_);
  auto sql = Connection::open(settings, ConnectionKind::kSql, cancel_);
  ASSERT_TRUE(second.is_ok() && sql.is_ok());
  const auto started =
      second.value().run("START_REPLICATION SLOT orders LOGICAL 0/0 (proto_version '1', publication_names 'nothing')",
                         Activity::kStarting);
  ASSERT_FALSE(started.is_ok());
  const Problem problem = with_holder(started.problem(), sql.value());
  EXPECT_EQ(problem.code, Code::kPgSlotBusy);
  const std::string pid = server_->sql("SELECT active_pid FROM pg_replication_slots WHERE active");
  EXPECT_NE(problem.what.find("held by pid " + pid + " (postgres, postgres_server_test, from 127.0.0.1"),
            std::string::npos)
      << problem.what;
  EXPECT_EQ(problem.mend, "stop that reader, or: SELECT pg_terminate_backend(" + pid + ")");
  EXPECT_EQ(drop_slot(sql.value()).problem().code, Code::kPgSlotBusy);
}

}  // namespace
}  // namespace penstock
