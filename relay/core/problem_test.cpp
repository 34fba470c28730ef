#include "relay/core/problem.h"

#include <gtest/gtest.h>

#include <set>

namespace penstock {
namespace {

// PENSTOCK-<AREA>-<NNN>
bool has_form(std::string_view name) {
  constexpr std::string_view kPrefix = "PENSTOCK-";
  const size_t dash = name.rfind('-');
  if (!name.starts_with(kPrefix) || dash < kPrefix.size() || name.size() != dash + 4) return false;
  const std::string_view area = name.substr(kPrefix.size(), dash - kPrefix.size());
  const bool known = area == "CONF" || area == "PG" || area == "POS" || area == "KAFKA" || area == "HTTP";
  return known && name.find_first_not_of("0123456789", dash + 1) == std::string_view::npos;
}

TEST(Problem, EveryCodeHasARowWithAPublicNameOfItsOwn) {
  std::set<std::string_view> names;
  for (uint16_t code = 0; code < static_cast<uint16_t>(Code::kCount); ++code) {
    const ProblemInfo& row = info(static_cast<Code>(code));
    EXPECT_EQ(static_cast<uint16_t>(row.code), code);
    EXPECT_TRUE(has_form(row.name)) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
    EXPECT_FALSE(row.title.empty()) << row.name;
    EXPECT_FALSE(row.mend.empty()) << row.name;
  }
}

TEST(Problem, PublicNamesStay) {
  EXPECT_EQ(info(Code::kConfigRefused).name, "PENSTOCK-CONF-004");
  EXPECT_EQ(info(Code::kPgPluginNotAllowed).name, "PENSTOCK-PG-004");
  EXPECT_EQ(info(Code::kPgRowSecurity).name, "PENSTOCK-PG-024");
  EXPECT_EQ(info(Code::kPosIntent).name, "PENSTOCK-POS-007");
  EXPECT_EQ(info(Code::kKafkaPartition).name, "PENSTOCK-KAFKA-010");
}

TEST(Problem, MendOfTheGateHasNoQuotesAroundTheList) {
  EXPECT_NE(info(Code::kPgPluginNotAllowed).mend.find("output_plugin_libraries = pgoutput, test_decoding, penstock"),
            std::string_view::npos);
}

TEST(Problem, PrintsReasonThenMend) {
  EXPECT_EQ(to_string(Problem{Code::kPgWalLevel, "wal_level is replica", ""}),
            "PENSTOCK-PG-007: wal_level is replica\n"
            "mend: ALTER SYSTEM SET wal_level = logical, then restart the server");
  EXPECT_EQ(to_string(Problem{Code::kPosIntent, "", "wait"}),
            "PENSTOCK-POS-007: an unfinished first start is begun anew\nmend: wait");
}

TEST(Problem, SqlstateTellsThePluginGateFromOtherRights) {
  EXPECT_EQ(code_of_sqlstate("42501", "library \"penstock\" may not be used as an output plugin"),
            Code::kPgPluginNotAllowed);
  EXPECT_EQ(code_of_sqlstate("42501", "permission denied for table t"), Code::kPgRights);
}

TEST(Problem, SqlstateOfSlots) {
  EXPECT_EQ(code_of_sqlstate("55006", "replication slot \"s\" is active for PID 1"), Code::kPgSlotBusy);
  EXPECT_EQ(code_of_sqlstate("55000", "cannot read from logical replication slot \"s\""), Code::kPgSlotLost);
  EXPECT_EQ(code_of_sqlstate("55000", "logical decoding requires wal_level >= logical"), Code::kPgWalLevel);
  EXPECT_EQ(code_of_sqlstate("42704", "replication slot \"s\" does not exist"), Code::kPgSlotMissing);
  EXPECT_EQ(code_of_sqlstate("53400", "all replication slots are in use"), Code::kPgSlotsFull);
  EXPECT_EQ(code_of_sqlstate("54000", "record for topic \"shop.public.t\" is larger than 1048576 bytes"),
            Code::kKafkaRecordTooLarge);
  EXPECT_EQ(code_of_sqlstate("58P01", "could not access file \"penstock\""), Code::kPgPluginMissing);
}

TEST(Problem, UnknownErrorsOnlyEndTheSession) {
  EXPECT_EQ(code_of_sqlstate("XX000", "boom"), Code::kPgStream);
  EXPECT_EQ(code_of_sqlstate("", ""), Code::kPgStream);
  EXPECT_EQ(code_of_kafka_error("_SOMETHING_NEW"), Code::kKafkaFatal);
  EXPECT_EQ(info(Code::kPgStream).klass, ProblemClass::kWait);
  EXPECT_EQ(info(Code::kKafkaFatal).klass, ProblemClass::kWait);
}

TEST(Problem, KafkaErrorsByName) {
  EXPECT_EQ(code_of_kafka_error("_TRANSPORT"), Code::kKafkaUnreachable);
  EXPECT_EQ(code_of_kafka_error("TOPIC_AUTHORIZATION_FAILED"), Code::kKafkaTopicAuthorization);
  EXPECT_EQ(code_of_kafka_error("MSG_SIZE_TOO_LARGE"), Code::kKafkaRecordTooLarge);
}

}  // namespace
}  // namespace penstock
