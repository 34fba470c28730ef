#include "relay/service/log.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(LogLine, MessageFirstThenQuotedWhereNeeded) {
  EXPECT_EQ(
      log_line("broker queue full",
               {{"queue_bytes", "1048576"}, {"lsn", "0/16B3748"}, {"why", "two words"}, {"q", "a\"b\nc"}, {"e", ""}}),
      "broker queue full queue_bytes=1048576 lsn=0/16B3748 why=\"two words\" q=\"a\\\"b c\" e=\"\"");
  EXPECT_EQ(log_line("two\nlines", {}), "two lines");
}

TEST(LogLine, NamesOfOthersCommandNoTerminal) {
  EXPECT_EQ(log_line("table \x1b[2J\xe2\x80\xae", {{"k", "\x1b]0;x\x07"}}),
            "table \\x1b[2J\\u202e k=\"\\\\x1b]0;x\\\\x07\"");
}

TEST(RepeatFilter, CountsRepeatsWithinAMinute) {
  RepeatFilter filter;
  uint64_t repeats = 0;
  const RepeatFilter::Time start{};
  EXPECT_TRUE(filter.admit("a", start, repeats));
  EXPECT_EQ(repeats, 0u);
  EXPECT_FALSE(filter.admit("a", start + std::chrono::seconds(1), repeats));
  EXPECT_TRUE(filter.admit("b", start + std::chrono::seconds(1), repeats));
  EXPECT_FALSE(filter.admit("a", start + std::chrono::seconds(59), repeats));
  EXPECT_TRUE(filter.admit("a", start + std::chrono::seconds(61), repeats));
  EXPECT_EQ(repeats, 2u);
}

TEST(RepeatFilter, RemembersABoundedNumberOfLines) {
  RepeatFilter filter;
  uint64_t repeats = 0;
  const RepeatFilter::Time start{};
  EXPECT_TRUE(filter.admit("first", start, repeats));
  for (size_t i = 0; i < RepeatFilter::kLinesMax; ++i) EXPECT_TRUE(filter.admit(std::to_string(i), start, repeats));
  EXPECT_TRUE(filter.admit("first", start, repeats));  // forgotten: printed again rather than kept for ever
}

TEST(Log, ProblemsAreCountedAndThoseThatStandAreNot) {
  Log log(false, LogLevel::kError);
  const Problem problem{Code::kPgNotice, "something", ""};
  log.problem(problem);
  log.problem(problem);  // held back as a repeat, and counted
  log.still(problem);
  ProblemCounts counts{};
  counts[static_cast<size_t>(Code::kPgNotice)] = 2;
  EXPECT_EQ(log.problem_counts(), counts);
}

}  // namespace
}  // namespace penstock
