// Against a real server with the plugin: frames as they arrive, and where a stream begins again.
#include <gtest/gtest.h>

#include "relay/postgres/postgres_control.h"
#include "relay/postgres/test_server.h"

namespace penstock {
namespace {

struct Identity {
  uint64_t commit_lsn = 0;
  uint64_t ordinal = 0;
  auto operator<=>(const Identity&) const = default;
};

class FramesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = TestServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << TestServer::why_not();
    if (!server_->has_plugin()) GTEST_SKIP() << "the plugin is not installed for this server: make install";
    server_->sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
    ASSERT_TRUE(
        eventually([&] { return server_->sql("SELECT count(*) FROM pg_replication_slots WHERE active") == "0"; }));
    server_->sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    server_->sql(
        "DROP TABLE IF EXISTS public.orders; CREATE TABLE public.orders (id bigserial PRIMARY KEY, item text)");
    control_ = std::make_unique<PostgresControl>(server_->settings());
    const auto created = control_->create_slot();
    ASSERT_TRUE(created.is_ok()) << created.problem().what;
    start_ = created.value().consistent_point;
  }

  // Reads from `from` until `enough`; what was seen is in the members.
  void stream(const Position& from, const std::function<bool()>& enough) {
    identities_.clear();
    values_.clear();
    positions_.clear();
    // The walsender of the session before may not have noticed its end yet.
    std::unique_ptr<Source> source;
    ASSERT_TRUE(eventually([&] {
      auto opened = control_->open_stream({from, {}});
      if (opened.is_ok()) source = std::move(opened.value().source);
      EXPECT_TRUE(opened.is_ok() || opened.problem().code == Code::kPgSlotBusy) << opened.problem().what;
      return opened.is_ok() || opened.problem().code != Code::kPgSlotBusy;
    }));
    ASSERT_NE(source, nullptr);
    const Turned turned = turn_until(
        *source, enough, std::chrono::seconds(30), [&] { return start_; }, [&](Frame& frame) { take(frame); });
    EXPECT_TRUE(turned.done) << (turned.problem ? turned.problem->what : "nothing came");
  }

  void take(Frame& frame) {
    const wire::After& after = frame.header.after;
    positions_.push_back({{after.end}, {after.commit_lsn}, after.ordinal});
    if (frame.bytes.empty()) return;
    wire::RecordReader reader(frame.bytes);
    wire::Record record;
    while (reader.next(record)) {
      if (record.kind != wire::RecordKind::kRow) continue;
      wire::Row row;
      ASSERT_TRUE(wire::read_row(record, row));
      identities_.push_back({frame.header.commit_lsn, frame.header.first_ordinal + row.ordinal_delta});
      values_.emplace_back(row.value);
    }
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.count(), frame.header.record_count);
  }

  TestServer* server_ = nullptr;
  std::unique_ptr<PostgresControl> control_;
  Lsn start_;
  std::vector<Identity> identities_;
  std::vector<std::string> values_;
  std::vector<Position> positions_;
};

TEST_F(FramesTest, TransactionIsOneFrameWithItsEnd) {
  server_->sql("INSERT INTO public.orders (item) VALUES ('pen'), ('ink')");
  const Lsn end = *parse_lsn(server_->sql("SELECT pg_current_wal_insert_lsn()"));
  stream({start_, {}, 0}, [&] { return !positions_.empty() && positions_.back().end >= end; });
  ASSERT_EQ(values_.size(), 2u);
  EXPECT_NE(values_[1].find("\"item\":\"ink\""), std::string::npos) << values_[1];
  EXPECT_EQ(identities_[0].commit_lsn, identities_[1].commit_lsn);
  EXPECT_FALSE(positions_.back().inside_unit());
}

TEST_F(FramesTest, BeginsAgainBehindThePosition) {
  server_->sql("INSERT INTO public.orders (item) VALUES ('first')");
  stream({start_, {}, 0}, [&] { return values_.size() == 1; });
  const Position behind_first = positions_.back();
  server_->sql("INSERT INTO public.orders (item) VALUES ('second')");
  stream(behind_first, [&] { return !values_.empty(); });
  ASSERT_EQ(values_.size(), 1u);
  EXPECT_NE(values_[0].find("\"item\":\"second\""), std::string::npos) << values_[0];
}

// Every place inside a large transaction where a frame ends is one where the next session may begin.
TEST_F(FramesTest, BeginsAgainInsideATransaction) {
  constexpr size_t kRows = 5'000;
  server_->sql("INSERT INTO public.orders (item) SELECT repeat('x', 100) FROM generate_series(1, " +
               std::to_string(kRows) + ')');
  stream({start_, {}, 0}, [&] { return identities_.size() == kRows; });
  ASSERT_GT(positions_.size(), 5u);
  const std::vector<Position> ends = positions_;
  const std::vector<Identity> whole = identities_;
  for (const Position& position : {ends[0], ends[ends.size() / 2], ends[ends.size() - 2]}) {
    ASSERT_TRUE(position.inside_unit()) << to_string(position);
    stream(position, [&] { return !identities_.empty() && identities_.back() == whole.back(); });
    const std::vector<Identity> expected(whole.begin() + static_cast<std::ptrdiff_t>(position.ordinal), whole.end());
    EXPECT_EQ(identities_, expected) << to_string(position);
  }
}

// A TLS record holds at most 16 KiB, so that frames come in pieces of which poll(2) may not tell.
TEST_F(FramesTest, ComesThroughTls) {
  if (!server_->enable_tls()) GTEST_SKIP() << "no openssl to make a certificate with";
  constexpr size_t kRows = 5'000;
  server_->sql("INSERT INTO public.orders (item) SELECT repeat('x', 100) FROM generate_series(1, " +
               std::to_string(kRows) + ")");
  PostgresSettings settings = server_->settings();
  settings.libpq = {{"sslmode", "require"}};
  control_ = std::make_unique<PostgresControl>(settings);
  stream({start_, {}, 0}, [&] { return identities_.size() == kRows; });
  EXPECT_EQ(identities_.size(), kRows);
  server_->sql("ALTER SYSTEM RESET ssl");
  server_->sql("SELECT pg_reload_conf()");
}

TEST_F(FramesTest, IdleSessionTimeoutLeavesTheStreamAlone) {
  if (server_->sql("SELECT current_setting('server_version_num')::int >= 140000") == "f") {
    GTEST_SKIP() << "idle_session_timeout came with 14";
  }
  server_->sql(
      "DROP ROLE IF EXISTS sleepy; CREATE ROLE sleepy SUPERUSER LOGIN; "
      "ALTER ROLE sleepy SET idle_session_timeout = '200ms'");
  PostgresControl control(server_->settings("sleepy"));
  auto opened = control.open_stream({{start_, {}, 0}, {}});
  ASSERT_TRUE(opened.is_ok()) << opened.problem().what;
  const Time end = std::chrono::steady_clock::now() + std::chrono::seconds(6);  // patience with a stopping server is 4
  const Turned turned = turn_until(
      *opened.value().source, [&] { return std::chrono::steady_clock::now() > end; }, std::chrono::seconds(20),
      [&] { return start_; }, [](Frame&) {});
  EXPECT_TRUE(turned.done) << turned.problem->what;
}

TEST_F(FramesTest, AnotherServerThanTheOneThatWasProbedIsNotStreamed) {
  PostgresControl control(server_->settings());
  const auto probed = control.probe();
  ASSERT_TRUE(probed.is_ok()) << probed.problem().what;
  const std::string& system_id = probed.value().system_id;
  const uint32_t timeline = probed.value().timeline;
  for (const OpenStream& request :
       {OpenStream{{start_, {}, 0}, {}, "7", timeline}, OpenStream{{start_, {}, 0}, {}, system_id, timeline + 1}}) {
    const auto opened = control.open_stream(request);
    ASSERT_FALSE(opened.is_ok());
    EXPECT_EQ(opened.problem().code, Code::kPgStream);
  }
  EXPECT_TRUE(control.open_stream({{start_, {}, 0}, {}, system_id, timeline}).is_ok());
}

TEST_F(FramesTest, OptionThatThePluginRefusesIsNamed) {
  PostgresSettings settings = server_->settings();
  settings.plugin_config = R"({"topic.prefix":"shop","table.include.list":"public.(orders"})";
  const auto opened = PostgresControl(settings).open_stream({{start_, {}, 0}, {}});
  ASSERT_FALSE(opened.is_ok());
  EXPECT_EQ(opened.problem().code, Code::kPgPluginOptions) << opened.problem().what;
  settings.plugin_config = R"({"topic.prefix":"shop","no.such.option":"1"})";
  EXPECT_EQ(PostgresControl(settings).open_stream({{start_, {}, 0}, {}}).problem().code, Code::kPgPluginOptions);
  settings.plugin_config = "{broken";
  EXPECT_EQ(PostgresControl(settings).open_stream({{start_, {}, 0}, {}}).problem().code, Code::kPgPluginOptions);
}

}  // namespace
}  // namespace penstock
