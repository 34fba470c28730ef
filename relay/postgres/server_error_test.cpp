#include "relay/postgres/server_error.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

ErrorPlace place(Activity activity) {
  return {activity, "database shop on db1:5432 as cdc", "cdc", "shop", "orders", "penstock", "db1", "5432"};
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

// As PgBouncer 1.18 answers a replication connection, and 1.20 one with our options.
TEST(ServerError, PoolerIsNamed) {
  for (const char* message :
       {"unsupported startup parameter: replication", "unsupported startup parameter in options: statement_timeout",
        "pgbouncer cannot connect to server"}) {
    const Problem problem = to_problem({"08P01", message, "", "", ""}, place(Activity::kConnecting));
    EXPECT_EQ(problem.code, Code::kPgPooler) << message;
    EXPECT_NE(problem.mend.find("database server itself"), std::string::npos);
  }
}

TEST(ServerError, ValuesOfRowsStayInTheServersLog) {
  const auto what = [](const ServerError& error, Activity activity) { return to_problem(error, place(activity)).what; };
  for (const Activity activity :
       {Activity::kHeartbeat, Activity::kSnapshot, Activity::kSnapshotOverride, Activity::kStreaming}) {
    for (const ServerError& error : {
             ServerError{"23505", "duplicate key value violates unique constraint \"beat_pkey\"",
                         "Key (ssn)=(078-05-1120) already exists.", "", ""},
             ServerError{"23502", "null value in column \"v\" of relation \"beat\" violates not-null constraint",
                         "Failing row contains (078-05-1120, null).", "", ""},
             ServerError{"22P02", "invalid input syntax for type integer: \"078-05-1120\"", "", "", ""},
             ServerError{"22008", "date/time field value out of range: \"\"078-05-1120\"\"", "", "", ""},
             ServerError{"P0001", "no", "078-05-1120", "", ""},
             ServerError{"22P02", "invalid input syntax for type json", "Token \"078-05-1120\" is invalid.", "",
                         "JSON data, line 1: 078-05-1120\nslot \"orders\", output plugin \"penstock\", in the change "
                         "callback, associated LSN 0/1"},
         }) {
      EXPECT_EQ(what(error, activity).find("078"), std::string::npos) << what(error, activity);
      EXPECT_NE(what(error, activity).find(error.sqlstate), std::string::npos);
    }
  }
  EXPECT_NE(
      what({"23505", "duplicate key value violates unique constraint \"beat_pkey\"", "", "", ""}, Activity::kHeartbeat)
          .find("\"beat_pkey\""),
      std::string::npos);
  // What an option holds is told: it is the configuration's.
  EXPECT_NE(what({"22023", "option \"x\" is refused", "It holds \"y\".", "", ""}, Activity::kProbing).find("\"y\""),
            std::string::npos);
  EXPECT_EQ(notice_problem({"23505", "said", "Key (ssn)=(078-05-1120)", "", ""}, "there").what, "there: said (23505)");
}

TEST(ServerError, StatementsOfTheFileAreNamed) {
  for (const char* state : {"42601", "42P01", "42703", "42883", "22P02", "0A000", "P0001"}) {
    EXPECT_EQ(code({state, "x", "", "", ""}, Activity::kInitialStatements), Code::kPgInitialStatements) << state;
    EXPECT_EQ(code({state, "x", "", "", ""}, Activity::kSnapshotOverride), Code::kPgSnapshotQuery) << state;
  }
  EXPECT_EQ(code({"57P01", "x", "", "", ""}, Activity::kInitialStatements), Code::kPgShutdown);
  EXPECT_EQ(code({"57014", "x", "", "", ""}, Activity::kSnapshotOverride), Code::kPgCanceled);
  EXPECT_EQ(code({"42501", "permission denied for table t", "", "", ""}, Activity::kSnapshotOverride), Code::kPgRights);
}

// Nothing that is known is left to the reader.
TEST(ServerError, PlaceholdersAreFilledIn) {
  for (const char* state : {"42501", "25006", "53100", "57014", "XX001", "08006", "28P01", "3D000", "55006", "55000"}) {
    for (const Activity activity : {Activity::kConnecting, Activity::kProbing, Activity::kStreaming}) {
      const Problem problem = to_problem({state, "x", "", "", ""}, place(activity));
      for (const char* placeholder : {"<role>", "<slot>", "<host>", "<port>", "<database>"}) {
        EXPECT_EQ(problem.mend.find(placeholder), std::string::npos) << state << ": " << problem.mend;
      }
    }
  }
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
