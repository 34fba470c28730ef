#include "relay/postgres/server_error.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

ErrorPlace place(Activity activity) {
  return {activity, "database shop on db1:5432 as cdc", "cdc", "shop", "orders", "penstock"};
}

Code code(const ServerError& error, Activity activity) {
  return to_problem(error, place(activity)).code;
}

TEST(ServerError, NamesTheAlterRoleForAPluginThatIsNotAllowed) {
  // 15.20 with lc_messages of another language: only the setting's name can be relied on.
  const Problem problem = to_problem({"42501", "Bibliothek »penstock« darf nicht als Ausgabe-Plugin verwendet werden",
                                      "", "... output_plugin_libraries ...", ""},
                                     place(Activity::kCreatingSlot));
  EXPECT_EQ(problem.code, Code::kPgPluginNotAllowed);
  EXPECT_EQ(problem.mend.find("ALTER ROLE \"cdc\" SET output_plugin_libraries = pgoutput, test_decoding, penstock"),
            0u);
}

TEST(ServerError, TellsTheMeaningsOfOneSqlstateApart) {
  EXPECT_EQ(code({"42501", "must be superuser or replication role to use replication slots", "", "", ""},
                 Activity::kCreatingSlot),
            Code::kPgRights);
  EXPECT_EQ(code({"42501", "query would be affected by row-level security policy for table \"t\"", "", "", ""},
                 Activity::kSnapshot),
            Code::kPgRowSecurity);
  EXPECT_EQ(code({"42501", "row security hides rows of table \"a\" from this role", "", "", ""}, Activity::kSnapshot),
            Code::kPgRowSecurity);
  EXPECT_EQ(code({"55000", "logical decoding requires wal_level >= logical", "", "", ""}, Activity::kStarting),
            Code::kPgWalLevel);
  EXPECT_EQ(code({"55000", "can no longer access replication slot \"orders\"", "", "", ""}, Activity::kStarting),
            Code::kPgSlotLost);
  EXPECT_EQ(
      code({"55000", "replication slot \"orders\" was not created in this database", "", "", ""}, Activity::kStarting),
      Code::kPgSlotOtherDatabase);
}

TEST(ServerError, ErrorInsideThePluginIsADecodingError) {
  const ServerError error = {"22012", "division by zero", "", "",
                             "slot \"orders\", output plugin \"penstock\", in the change callback, associated LSN 0/1"};
  const Problem problem = to_problem(error, place(Activity::kStreaming));
  EXPECT_EQ(problem.code, Code::kPgDecodingError);
  EXPECT_NE(problem.what.find("associated LSN 0/1"), std::string::npos);
}

// It is said by the plugin, but waiting does not mend it: the same class as the broker's own refusal.
TEST(ServerError, RecordThatIsTooLargeIsNoDecodingError) {
  const ServerError error = {"54000", "record for topic \"shop.public.t\" is larger than 1048576 bytes", "",
                             "Raise producer.override.max.request.size.",
                             "slot \"orders\", output plugin \"penstock\", in the change callback"};
  const Problem problem = to_problem(error, place(Activity::kStreaming));
  EXPECT_EQ(problem.code, Code::kKafkaRecordTooLarge);
  EXPECT_EQ(problem.mend, error.hint);
}

TEST(ServerError, OptionsAreRefusedAtTheStart) {
  const ServerError error = {"22P02", "invalid input syntax for type json", "", "",
                             "slot \"orders\", output plugin \"penstock\", in the startup callback"};
  EXPECT_EQ(code(error, Activity::kStarting), Code::kPgPluginOptions);
}

TEST(ServerError, ShutdownStaysShutdownInsideThePlugin) {
  const ServerError error = {"57P01", "terminating connection due to administrator command", "", "",
                             "slot \"orders\", output plugin \"penstock\", in the change callback"};
  EXPECT_EQ(code(error, Activity::kStreaming), Code::kPgShutdown);
}

TEST(ServerError, WithoutSqlstateIsTheNetwork) {
  EXPECT_EQ(code({"", "server closed the connection unexpectedly", "", "", ""}, Activity::kStreaming), Code::kPgStream);
  EXPECT_EQ(code({"", "Connection refused", "", "", ""}, Activity::kConnecting), Code::kPgUnreachable);
}

TEST(ParseConnectError, FindsTheSqlstateOfAnyLanguage) {
  const ServerError error = parse_connect_error(
      "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28P01: password authentication failed for user "
      "\"cdc\"\nLOCATION:  auth_failed, auth.c:337\n");
  EXPECT_EQ(error.sqlstate, "28P01");
  EXPECT_EQ(error.message, "password authentication failed for user \"cdc\"");
  EXPECT_EQ(parse_connect_error("... failed: FATAL :  3D000: la base de données « x » n'existe pas").sqlstate, "3D000");
}

TEST(ParseConnectError, LeavesOtherTextsAlone) {
  const ServerError error =
      parse_connect_error("connection to server at \"db1\" failed: Connection refused\n\tIs it up?\n");
  EXPECT_EQ(error.sqlstate, "");
  EXPECT_EQ(error.message, "connection to server at \"db1\" failed: Connection refused \tIs it up?");
  EXPECT_EQ(parse_connect_error("").message, "");
  EXPECT_EQ(parse_connect_error("x:  28P01").sqlstate, "");
}

}  // namespace
}  // namespace penstock
