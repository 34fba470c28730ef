#include "relay/core/judge_publication.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

class JudgePublicationTest : public testing::Test {
 protected:
  JudgePublicationTest() {
    settings_.publication = "the \"pub\"";
    settings_.publication_use = Publication::kRequired;
    server_.publication.emplace();
    server_.tables.push_back({1, "table", "public", "order", "t", "default", true, false});
    server_.tables.push_back({0, "heartbeat", "", "", "heartbeat", "", true, false});
  }
  std::vector<Problem> problems() {
    std::vector<Problem> problems;
    judge_publication(server_, settings_, problems);
    return problems;
  }
  void find(const std::string& finding, const std::string& table, const std::string& column = "",
            bool identity = true) {
    server_.findings.push_back({finding, table, column, identity});
  }

  ServerFacts server_;
  CoreSettings settings_;
};

TEST_F(JudgePublicationTest, OneThatMustBeThereIsWaitedFor) {
  server_.publication->others = {"safe"};
  const std::vector<Problem> found = problems();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::kPgNoPublication);
  EXPECT_NE(found[0].what.find("safe"), std::string::npos);
  EXPECT_EQ(found[0].mend,
            "correct publication.name, or: CREATE PUBLICATION \"the \"\"pub\"\"\" FOR TABLE \"public\".\"order\"");
  EXPECT_EQ(info(found[0].code).klass, ProblemClass::kWait);
  server_.publication->exists = true;
  EXPECT_TRUE(problems().empty());
}

TEST_F(JudgePublicationTest, WhatIsSaidOfItsAbsenceCounts) {
  settings_.publication_missing_stops = false;
  EXPECT_TRUE(problems().empty());
}

TEST_F(JudgePublicationTest, WithoutAModeEverythingIsStreamedAndTold) {
  settings_.publication_use = Publication::kOptional;
  const std::vector<Problem> found = problems();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::kPgNotice);
  EXPECT_NE(found[0].what.find("every captured table is streamed whole"), std::string::npos);
}

TEST_F(JudgePublicationTest, OneThatTheRelayMakesIsNotMissed) {
  for (const Publication use : {Publication::kMade, Publication::kFiltered}) {
    settings_.publication_use = use;
    EXPECT_TRUE(problems().empty());
  }
}

TEST_F(JudgePublicationTest, CapturedTablesThatItDoesNotHoldAreToldWithTheCommand) {
  server_.publication->exists = true;
  find("not published", "public.a");
  find("not published", "public.\"b c\"", "", false);
  const std::vector<Problem> found = problems();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::kPgNotPublished);
  EXPECT_NE(found[0].what.find("2 tables are captured"), std::string::npos) << found[0].what;
  EXPECT_TRUE(
      found[0].mend.starts_with("ALTER TABLE public.\"b c\" REPLICA IDENTITY FULL; ALTER PUBLICATION \"the "
                                "\"\"pub\"\"\" ADD TABLE public.\"b c\", public.a  -- "))
      << found[0].mend;
  settings_.publication_use = Publication::kFiltered;  // the relay adds them
  EXPECT_TRUE(problems().empty());
}

TEST_F(JudgePublicationTest, ManyNamesAreCountedAndTheCommandIsWhole) {
  server_.publication->exists = true;
  for (int i = 100; i < 120; ++i) find("not published", "public.t" + std::to_string(i));
  const Problem found = problems().at(0);
  EXPECT_NE(found.what.find("public.t104 and 15 more"), std::string::npos) << found.what;
  EXPECT_NE(found.mend.find("public.t119"), std::string::npos);
}

TEST_F(JudgePublicationTest, UnloggedTablesAndPartitionsUnderAnUnnamedRootAreTold) {
  server_.publication->exists = true;
  find("unlogged", "public.u");
  find("published as root", "public.leaf");
  const std::vector<Problem> found = problems();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].code, Code::kPgNotPublished);
  EXPECT_EQ(found[1].mend, "ALTER TABLE public.u SET LOGGED, or exclude the table");
}

TEST_F(JudgePublicationTest, KeyColumnsThatLeaveAreTold) {
  server_.publication->exists = true;
  find("key masked", "public.a", "ssn");
  find("key excluded", "public.a", "x");
  find("key not published", "public.b", "y");
  const std::vector<Problem> found = problems();
  ASSERT_EQ(found.size(), 3u);
  for (const Problem& problem : found) EXPECT_EQ(problem.code, Code::kPgKeyLeaves);
  EXPECT_EQ(found[0].what, "public.a.\"ssn\" is masked in the value and leaves the server as it is in the key");
  EXPECT_EQ(found[0].mend, "");
  EXPECT_NE(found[2].what.find("rows which differ in nothing else of the key share one"), std::string::npos);
  EXPECT_NE(found[2].mend.find("ALTER PUBLICATION"), std::string::npos);
}

TEST_F(JudgePublicationTest, KeyColumnsOutsideTheIdentityAreToldWithTheCommand) {
  server_.publication->exists = true;
  find("key not in identity", "public.ix", "id");
  find("key not in identity", "public.k", "a");
  const std::vector<Problem> found = problems();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::kPgReplicaIdentity);
  EXPECT_NE(found[0].what.find("public.ix.\"id\", public.k.\"a\""), std::string::npos);
  EXPECT_EQ(found[0].mend, "ALTER TABLE public.ix REPLICA IDENTITY FULL; ALTER TABLE public.k REPLICA IDENTITY FULL");
  EXPECT_EQ(info(found[0].code).klass, ProblemClass::kWarn);
}

TEST_F(JudgePublicationTest, TablesWithoutANameInUtf8AreTold) {
  server_.publication->exists = true;
  find("name not UTF-8", "public.n\\xFFt");
  const std::vector<Problem> found = problems();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::kPgNotice);
  EXPECT_NE(found[0].what.find("public.n\\xFFt"), std::string::npos);
  settings_.publication_use = Publication::kFiltered;
  EXPECT_EQ(problems().at(0).code, Code::kPgNotPublished);
}

}  // namespace
}  // namespace penstock
