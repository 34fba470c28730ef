// What problems advise: commands that run as they are printed.
#include "relay/core/judge_test_support.h"

namespace penstock {
namespace {

TEST_F(JudgeTest, CommandsQuoteNamesAndLeaveNothingToFillIn) {
  server().role = "CDC reader";
  server().tables[0].schema = "Sales";
  server().tables[0].table = "Order\"s";
  server().tables[0].readable = false;
  server().tables[0].row_security = true;
  server().tables[0].has_key = false;
  server().role_replication = false;
  const Verdict told = verdict();
  const auto mend = [&](Code code) {
    for (const Problem& problem : told.problems) {
      if (problem.code == code && problem.what.find("replication") == std::string::npos) return problem.mend;
    }
    return std::string();
  };
  EXPECT_EQ(mend(Code::kPgRights),
            "GRANT USAGE ON SCHEMA \"Sales\" TO \"CDC reader\"; GRANT SELECT ON \"Sales\".\"Order\"\"s\" TO \"CDC "
            "reader\"");
  EXPECT_EQ(mend(Code::kPgRowSecurity), "ALTER ROLE \"CDC reader\" BYPASSRLS, or exclude the table");
  EXPECT_EQ(mend(Code::kPgReplicaIdentity), "ALTER TABLE \"Sales\".\"Order\"\"s\" REPLICA IDENTITY FULL");
  stored(1001);
  slot(500);
  for (const Problem& problem : verdict().problems) {
    for (const char* placeholder : {"<role>", "<slot>", "<database>"}) {
      EXPECT_EQ(problem.mend.find(placeholder), std::string::npos) << problem.mend;
    }
  }
}

// publication.autocreate.mode: what the start would stumble over is seen before it.
TEST_F(JudgeTest, PublicationThatCannotBeMadeWaits) {
  server().publication_command = "CREATE PUBLICATION \"p\" FOR ALL TABLES";
  EXPECT_EQ(verdict().next, Next::kCreate);
  server().publication_allowed = false;
  EXPECT_EQ(verdict().next, Next::kWait);
  EXPECT_EQ(verdict().problems[0].code, Code::kPgRights);
  EXPECT_EQ(verdict().problems[0].mend, "as superuser: CREATE PUBLICATION \"p\" FOR ALL TABLES");
  server().read_only = true;
  EXPECT_TRUE(says(Code::kPgReadOnly));
  EXPECT_EQ(verdict().next, Next::kWait);
  server().publication_command.clear();
  EXPECT_EQ(verdict().next, Next::kCreate);
}

TEST_F(JudgeTest, SlotOfAnotherRelayIsNamedAsSuch) {
  stored(600);
  slot(500);
  server().slot->active = true;
  server().slot->active_pid = 77;
  server().slot->held_by_relay = true;
  server().slot->holder = "penstock s from 10.0.0.9";
  EXPECT_EQ(verdict().next, Next::kWait);
  EXPECT_NE(verdict().problems[0].what.find("penstock s from 10.0.0.9"), std::string::npos);
  EXPECT_NE(verdict().problems[0].mend.find("stop that relay"), std::string::npos);
}

}  // namespace
}  // namespace penstock
