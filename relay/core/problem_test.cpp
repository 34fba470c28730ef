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
  EXPECT_EQ(code_of_sqlstate("", ""), Code::kPgStream);
  EXPECT_EQ(code_of_kafka_error("_SOMETHING_NEW"), Code::kKafkaFatal);
  EXPECT_EQ(info(Code::kPgStream).klass, ProblemClass::kWait);
  EXPECT_EQ(info(Code::kKafkaFatal).klass, ProblemClass::kWait);
}

// "The stream broke" is for what broke: whatever a person can correct has another code.
TEST(Problem, SqlstatesByWhatMendsThem) {
  for (const auto& [sqlstate, code] : {std::pair{"25006", Code::kPgReadOnly},
                                       {"53100", Code::kPgResources},
                                       {"53200", Code::kPgResources},
                                       {"53300", Code::kPgSlotsFull},
                                       {"57014", Code::kPgCanceled},
                                       {"55P03", Code::kPgCanceled},
                                       {"57P04", Code::kPgDatabaseMissing},
                                       {"0A000", Code::kPgRefused},
                                       {"42601", Code::kPgRefused},
                                       {"42P16", Code::kPgRefused},
                                       {"42704", Code::kPgRefused},
                                       {"55000", Code::kPgRefused},
                                       {"XX000", Code::kPgDamaged},
                                       {"XX001", Code::kPgDamaged},
                                       {"58030", Code::kPgDamaged},
                                       {"40P01", Code::kPgCanceled},
                                       {"40001", Code::kPgStream}}) {
    EXPECT_EQ(code_of_sqlstate(sqlstate, "boom"), code) << sqlstate;
  }
  EXPECT_EQ(code_of_sqlstate("25006", "cannot execute CREATE PUBLICATION during recovery"), Code::kPgRecovery);
  EXPECT_EQ(code_of_sqlstate("42710", "replication slot \"s\" already exists"), Code::kPgSlotBusy);
  EXPECT_EQ(code_of_sqlstate("42710", "publication \"p\" already exists"), Code::kPgRefused);
  EXPECT_EQ(code_of_sqlstate("58P01", "could not access file \"$libdir/penstock\""), Code::kPgPluginMissing);
  EXPECT_EQ(code_of_sqlstate("58P01", "could not open file \"base/5/16384\""), Code::kPgDamaged);
  EXPECT_EQ(code_of_sqlstate("58P01", "requested WAL segment 000000010000000000000001 has already been removed"),
            Code::kPgDamaged);
}

TEST(Problem, ControlCharactersOfNamesReachNobody) {
  const std::string text = to_string(Problem{Code::kPgRights, "table \x1b[2J\nx", "GRANT \x07"});
  EXPECT_EQ(text, "PENSTOCK-PG-003: table \\x1b[2J x\nmend: GRANT \\x07");
}

TEST(Problem, KafkaErrorsByName) {
  EXPECT_EQ(code_of_kafka_error("_TRANSPORT"), Code::kKafkaUnreachable);
  EXPECT_EQ(code_of_kafka_error("TOPIC_AUTHORIZATION_FAILED"), Code::kKafkaTopicAuthorization);
  EXPECT_EQ(code_of_kafka_error("MSG_SIZE_TOO_LARGE"), Code::kKafkaRecordTooLarge);
}

}  // namespace
}  // namespace penstock
