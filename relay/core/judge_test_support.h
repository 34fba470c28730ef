// Facts of a healthy server and broker for the tests of judge() and what it is made of, to be changed test by test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "relay/core/judge.h"

namespace penstock {

class JudgeTest : public testing::Test {
 protected:
  JudgeTest() {
    settings_.slot = "s";
    ServerFacts& server = facts_.server.emplace();
    server.version_num = 150020;
    server.system_id = "7";
    server.database_oid = 5;
    server.database = "shop";
    server.role = "cdc";
    server.timeline = 1;
    server.flushed = Lsn{1000};
    server.wal_level = "logical";
    server.role_replication = true;
    server.extension_version = "0.1.0";
    server.tables.push_back({16385, "table", "public", "t", "shop.public.t", "default", true, false});
    server.tables.push_back({0, "heartbeat", "", "", "heartbeat", "", true, false});
    facts_.kafka.emplace();
  }
  ServerFacts& server() { return *facts_.server; }
  void slot(uint64_t confirmed) {
    SlotFacts& slot = server().slot.emplace();
    slot.plugin = "penstock";
    slot.database = "shop";
    slot.confirmed_flush = Lsn{confirmed};
    slot.wal_status = "reserved";
  }
  StoredPosition& stored(uint64_t end, const std::string& system_id = "7") {
    PositionEntry entry;
    entry.identity = {system_id, 5, "s"};
    entry.stored.epoch = 4;
    entry.stored.timeline = 1;
    entry.stored.position.end = Lsn{end};
    facts_.kafka->positions.push_back(entry);
    return facts_.kafka->positions.back().stored;
  }
  Verdict verdict(bool first = true) { return judge(facts_, settings_, first); }
  bool says(Code code) {
    const std::vector<Problem> problems = verdict().problems;
    return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) { return problem.code == code; });
  }

  Facts facts_;
  CoreSettings settings_;
};

}  // namespace penstock
