#include "relay/postgres/server_error.h"

#include <algorithm>
#include <cctype>

#include "relay/postgres/sql_text.h"
#include "wire/problem_state.h"

namespace penstock {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string_view words(Activity activity) {
  switch (activity) {
    case Activity::kConnecting:
      return "connecting to";
    case Activity::kInitialStatements:
      return "running database.initial.statements in";
    case Activity::kProbing:
      return "looking at";
    case Activity::kCreatingSlot:
      return "creating the slot in";
    case Activity::kDroppingSlot:
      return "dropping the slot in";
    case Activity::kStarting:
      return "starting the stream from";
    case Activity::kStreaming:
      return "streaming from";
    case Activity::kSnapshot:
      return "reading the snapshot of";
    case Activity::kHeartbeat:
      return "running heartbeat.action.query in";
  }
  return "talking to";
}

// Statements that people wrote: the server's DETAIL may show values of rows.
bool is_of_people(Activity activity) {
  return activity == Activity::kInitialStatements || activity == Activity::kHeartbeat;
}

// "connecting to database shop on db1:5432 as cdc: password authentication failed (28P01)"
std::string sentence(const ServerError& error, const ErrorPlace& place) {
  std::string text = std::string(words(place.activity)) + ' ' + place.where + ": " + error.message;
  if (!error.sqlstate.empty()) text += " (" + error.sqlstate + ')';
  if (!error.detail.empty() && !is_of_people(place.activity)) text += ": " + error.detail;
  return text;
}

bool is_own(std::string_view sqlstate) {
  return sqlstate.starts_with(wire::kProblemState);
}

bool is_option_error(std::string_view sqlstate) {
  // Of the text in `config`: invalid_text_representation and the JSON family; and syntax_error.
  return sqlstate == "22P02" || sqlstate.starts_with("2203") || sqlstate == "42601";
}

// Core's table of SQLSTATEs, and what else the error says.
Code code_of(const ServerError& error, const ErrorPlace& place) {
  const std::string_view state = error.sqlstate;
  if (state.empty()) return place.activity == Activity::kConnecting ? Code::kPgUnreachable : Code::kPgStream;
  if (is_own(state)) return code_of_sqlstate(state, error.message);
  if (place.activity == Activity::kInitialStatements) {  // the server stops or starts; or the statement is at fault
    return state.starts_with("57P") ? code_of_sqlstate(state, error.message) : Code::kPgInitialStatements;
  }
  if (place.activity == Activity::kHeartbeat) {  // the server stops or starts; never; perhaps next time
    if (state.starts_with("57P")) return code_of_sqlstate(state, error.message);
    return state == "42P01" ? Code::kPgHeartbeatTable : Code::kPgHeartbeatQuery;
  }
  if (state == "42501") {
    // The name of the setting stands in the hint whatever the server's language is.
    if (contains(error.hint, "output_plugin_libraries")) return Code::kPgPluginNotAllowed;
    // The server's own words, and the plugin's in penstock.snapshot().
    if (contains(error.message, "row-level security") || contains(error.message, "row security"))
      return Code::kPgRowSecurity;
  }
  if (state == "55000") {
    if (contains(error.hint, "wal_level")) return Code::kPgWalLevel;
    if (contains(error.message, "was not created in this database")) return Code::kPgSlotOtherDatabase;
    if (contains(error.message, "physical replication slot")) return Code::kPgSlotOtherPlugin;
  }
  if (is_option_error(state) && place.activity != Activity::kStreaming && place.activity != Activity::kSnapshot) {
    return Code::kPgPluginOptions;
  }
  const Code code = code_of_sqlstate(state, error.message);
  const bool own = code == Code::kPgShutdown || code == Code::kPgSlotLost || code == Code::kKafkaRecordTooLarge;
  if (place.activity == Activity::kStreaming && !own && contains(error.context, place.plugin)) {
    return Code::kPgDecodingError;
  }
  return code;
}

std::string mend_authentication(const ServerError& error, const ErrorPlace& place) {
  const std::string role = quote_identifier(place.user);
  if (contains(error.message, "pg_hba.conf")) {
    return "add to pg_hba.conf: hostssl " + quote_identifier(place.dbname) + ' ' + role +
           " <address of the relay> scram-sha-256; then: SELECT pg_reload_conf()";
  }
  if (error.sqlstate == "28000") return "CREATE ROLE " + role + " LOGIN REPLICATION PASSWORD '...'";
  return "check database.password; a new one: ALTER ROLE " + role + " PASSWORD '...'";
}

std::string mend_full(const ServerError& error) {
  std::string setting = "max_connections";
  if (error.sqlstate == "53400") setting = "max_replication_slots";
  if (contains(error.message, "max_wal_senders")) setting = "max_wal_senders";
  return "raise it and restart the server: ALTER SYSTEM SET " + setting + " = <more>";
}

std::string mend_plugin_missing(const ServerError& error, const ErrorPlace& place) {
  if (error.sqlstate == "58P01") {
    return "install the package of " + place.plugin + " for this PostgreSQL major on the database server";
  }
  return "in database " + place.dbname + ", as superuser: CREATE EXTENSION " + place.plugin;
}

// Empty: what core's table says.
std::string mend_of(Code code, const ServerError& error, const ErrorPlace& place) {
  if (is_own(error.sqlstate)) return error.hint;
  const std::string role = quote_identifier(place.user);
  switch (code) {
    case Code::kPgAuthentication:
      return mend_authentication(error, place);
    case Code::kPgPluginNotAllowed:
      return "ALTER ROLE " + role + " SET output_plugin_libraries = pgoutput, test_decoding, " + place.plugin +
             "; as superuser, no quotes around the list";
    case Code::kPgRowSecurity:
      return "ALTER ROLE " + role + " BYPASSRLS, or exclude the table";
    case Code::kPgRights:
      // Up to 15 and from 16 on.
      if (contains(error.message, "replication") || contains(error.message, "WAL sender")) {
        return "ALTER ROLE " + role + " REPLICATION";
      }
      return place.activity != Activity::kSnapshot
                 ? ""
                 : "GRANT USAGE ON SCHEMA <schema> TO " + role + "; GRANT SELECT ON <schema>.<table> TO " + role;
    case Code::kPgDatabaseMissing:
      return "check database.dbname, or: CREATE DATABASE " + quote_identifier(place.dbname);
    case Code::kPgSlotsFull:
      return mend_full(error);
    case Code::kPgPluginMissing:
      return mend_plugin_missing(error, place);
    case Code::kPgPluginOptions:
    case Code::kPgHeartbeatQuery:
    case Code::kPgDecodingError:
    case Code::kPgStream:
    case Code::kKafkaRecordTooLarge:
      return error.hint;
    default:
      return "";
  }
}

}  // namespace

Problem to_problem(const ServerError& error, const ErrorPlace& place) {
  const Code code = code_of(error, place);
  Problem problem{code, sentence(error, place), mend_of(code, error, place)};
  if (code == Code::kPgDecodingError) problem.what += "; " + error.context;
  return problem;
}

Problem notice_problem(const ServerError& notice, std::string_view where) {
  std::string text = std::string(where) + ": " + notice.message;
  if (!notice.sqlstate.empty()) text += " (" + notice.sqlstate + ')';
  if (!notice.detail.empty()) text += ": " + notice.detail;
  const Code code = is_own(notice.sqlstate) ? code_of_sqlstate(notice.sqlstate, notice.message) : Code::kPgNotice;
  const bool warns = info(code).klass == ProblemClass::kWarn;
  return {warns ? code : Code::kPgNotice, std::move(text), notice.hint};
}

ServerError parse_connect_error(std::string_view text) {
  ServerError error;
  error.message = std::string(text);
  while (!error.message.empty() && std::isspace(static_cast<unsigned char>(error.message.back())) != 0) {
    error.message.pop_back();
  }
  // "...failed: FATAL:  28P01: password authentication failed for user "cdc"\nLOCATION:  auth_failed, auth.c:337"
  for (size_t at = text.find(":  "); at != std::string_view::npos; at = text.find(":  ", at + 1)) {
    const std::string_view code = text.substr(at + 3, 5);
    const bool is_code = code.size() == 5 && std::all_of(code.begin(), code.end(), [](unsigned char c) {
                           return std::isdigit(c) != 0 || (c >= 'A' && c <= 'Z');
                         });
    if (!is_code || text.substr(at + 8, 2) != ": ") continue;
    error.sqlstate = std::string(code);
    const std::string_view rest = text.substr(at + 10);
    error.message = std::string(rest.substr(0, rest.find('\n')));
    return error;
  }
  std::replace(error.message.begin(), error.message.end(), '\n', ' ');
  return error;
}

}  // namespace penstock
