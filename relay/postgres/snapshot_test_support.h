// A server with the tables of schema shop, and what reads a snapshot of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "relay/postgres/postgres_control.h"
#include "relay/postgres/test_server.h"

namespace penstock {

class SnapshotTest : public ::testing::Test {
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
        "DROP TABLE IF EXISTS public.t, public.orders; DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop; "
        "CREATE TABLE shop.a (id int PRIMARY KEY, item text); CREATE TABLE shop.empty (id int PRIMARY KEY); "
        "CREATE TABLE shop.\"Odd 'name\" (id int PRIMARY KEY, item text); "
        "INSERT INTO shop.a SELECT i, 'a' || i FROM generate_series(1, 3) AS i; "
        "INSERT INTO shop.\"Odd 'name\" VALUES (7, 'odd')");
    settings_ = server_->settings();
    settings_.plugin_config = R"({"topic.prefix":"shop","schema.include.list":"shop"})";
  }

  // Of kind "table", in the order of the probe.
  std::vector<TableFacts> tables(PostgresControl& control) {
    auto facts = control.probe();
    EXPECT_TRUE(facts.is_ok()) << facts.problem().what;
    std::vector<TableFacts> found;
    if (!facts.is_ok()) return found;
    std::copy_if(facts.value().tables.begin(), facts.value().tables.end(), std::back_inserter(found),
                 [](const TableFacts& table) { return table.kind == "table"; });
    return found;
  }

  // All rows of `source`; of the variants of a final row those with `variant`.
  std::vector<std::string> read(Source& source, uint8_t variant = 0) {
    std::vector<std::string> values;
    last_of_unit_ = 0;
    const auto take = [&](Frame& frame) {
      EXPECT_EQ(frame.header.kind, wire::UnitKind::kSnapshot);
      if (frame.header.last_of_unit()) ++last_of_unit_;
      wire::RecordReader reader(frame.bytes);
      wire::Record record;
      while (reader.next(record)) {
        const bool row = record.kind == wire::RecordKind::kRow;
        if (!row && (record.kind != wire::RecordKind::kVariant || record.part != variant)) continue;
        wire::Row read;
        ASSERT_TRUE(wire::read_row(record, read));
        values.emplace_back(read.value);
      }
      EXPECT_TRUE(reader.ok());
    };
    problem_ = turn_until(
                   source, [&] { return source.finished(); }, std::chrono::seconds(30), [] { return Lsn{}; }, take)
                   .problem;
    return values;
  }

  TestServer* server_ = nullptr;
  PostgresSettings settings_;
  std::optional<Problem> problem_;
  int last_of_unit_ = 0;
};

}  // namespace penstock
