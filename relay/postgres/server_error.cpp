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
    case Activity::kSnapshotOverride:
      return "reading a table as snapshot.select.statement.overrides says in";
    case Activity::kHeartbeat:
      return "running heartbeat.action.query in";
  }
  return "talking to";
}

// Whether an error may speak of values: those of a row that breaks a constraint stand in the detail, one that cannot be
// converted in the message. Errors that a function raises (P0) have a message that somebody wrote.
bool speaks_of_values(std::string_view sqlstate) {
  if (sqlstate == "22023") return false;  // a parameter: of options, the plugin's
  for (const char* klass : {"21", "22", "23", "38", "39", "44", "P0"}) {
    if (sqlstate.starts_with(klass)) return true;
  }
  return false;
}

// invalid input syntax for type integer: "…"
std::string without_quoted(std::string_view text) {
  std::string result;
  while (true) {
    const size_t open = text.find('"');
    result += text.substr(0, open);
    if (open == std::string_view::npos) return result;
    result += "\"…\"";
    const size_t close = text.rfind('"');  // the value itself may hold quotes
    text.remove_prefix(close + 1);
  }
}

std::string message_of(const ServerError& error, Activity activity) {
  const bool of_rows = activity == Activity::kStreaming || activity == Activity::kSnapshot ||
                       activity == Activity::kSnapshotOverride || activity == Activity::kHeartbeat;
  if (of_rows && error.sqlstate.starts_with("22") && speaks_of_values(error.sqlstate)) {
    return without_quoted(error.message);
  }
  return error.message;
}

std::string with_state_and_detail(std::string text, const ServerError& error) {
  if (!error.sqlstate.empty()) text += " (" + error.sqlstate + ')';
  if (!error.detail.empty() && !speaks_of_values(error.sqlstate)) text += ": " + error.detail;
  return text;
}

// "connecting to database shop on db1:5432 as cdc: password authentication failed (28P01)"
std::string sentence(const ServerError& error, const ErrorPlace& place) {
  std::string text = std::string(words(place.activity)) + ' ' + place.where + ": " + message_of(error, place.activity);
  return with_state_and_detail(std::move(text), error);
}

// Of the lines of an error's context the one of the plugin's callback: others may hold data ("JSON data, line 1: …").
std::string_view callback_line(std::string_view context, std::string_view plugin) {
  while (true) {
    const size_t newline = context.find('\n');
    const std::string_view line = context.substr(0, newline);
    if (contains(line, plugin) && contains(line, "LSN")) return line;
    if (newline == std::string_view::npos) return contains(line, plugin) ? line : std::string_view();
    context.remove_prefix(newline + 1);
  }
}

bool is_own(std::string_view sqlstate) {
  return sqlstate.starts_with(wire::kProblemState);
}

bool is_option_error(std::string_view sqlstate) {
  // Of the text in `config`: invalid_text_representation and the JSON family; and syntax_error.
  return sqlstate == "22P02" || sqlstate.starts_with("2203") || sqlstate == "42601";
}

// PgBouncer before 1.23, and others: they do not know the startup parameters of a replication connection, or say so.
bool is_pooler(const ServerError& error) {
  return contains(error.message, "unsupported startup parameter") || contains(error.message, "pgbouncer") ||
         contains(error.message, "RDS Proxy");
}

// What a statement that somebody wrote can be blamed for: its text, its data, a function that it calls.
bool is_of_statement(std::string_view state) {
  for (const char* klass : {"0A", "20", "21", "22", "23", "2F", "38", "39", "3F", "42", "44", "54", "P0"}) {
    if (state.starts_with(klass)) return state != "42501";
  }
  return false;
}

// Core's table of SQLSTATEs, and what else the error says.
Code code_of(const ServerError& error, const ErrorPlace& place) {
  const std::string_view state = error.sqlstate;
  const bool shuts_down = state == "57P01" || state == "57P02" || state == "57P03";
  if (place.activity == Activity::kHeartbeat) {  // never; the server stops; perhaps next time
    if (state == "42P01") return Code::kPgHeartbeatTable;
    return shuts_down ? Code::kPgShutdown : Code::kPgHeartbeatQuery;
  }
  if (is_own(state)) return code_of_sqlstate(state, error.message);
  if (place.activity == Activity::kConnecting) {
    if (is_pooler(error)) return Code::kPgPooler;
    if (is_option_error(state) || state == "22023" || state == "42704") return Code::kPgRefused;  // database.options
  }
  if (state.empty()) return place.activity == Activity::kConnecting ? Code::kPgUnreachable : Code::kPgStream;
  if (place.activity == Activity::kInitialStatements && !shuts_down) return Code::kPgInitialStatements;
  if (place.activity == Activity::kSnapshotOverride && is_of_statement(state)) return Code::kPgSnapshotQuery;
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
  if (contains(error.message, "not permitted to log in")) return "ALTER ROLE " + role + " LOGIN";
  if (contains(error.message, "certificate")) {
    return "check database.sslcert and database.sslkey: pg_hba.conf asks for a certificate of role " + role;
  }
  if (error.sqlstate == "28000") return "CREATE ROLE " + role + " LOGIN REPLICATION PASSWORD '...'";
  return "check database.password; a new one, or one that has expired: ALTER ROLE " + role +
         " PASSWORD '...' VALID UNTIL 'infinity'";
}

std::string mend_full(const ServerError& error, const ErrorPlace& place) {
  // The limit of a role or a database, which no setting raises.
  if (contains(error.message, "for role")) {
    return "ALTER ROLE " + quote_identifier(place.user) + " CONNECTION LIMIT <more>";
  }
  if (contains(error.message, "for database")) {
    return "ALTER DATABASE " + quote_identifier(place.dbname) + " CONNECTION LIMIT <more>";
  }
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

std::string mend_canceled(const ServerError& error, const ErrorPlace& place) {
  const std::string role = quote_identifier(place.user);
  if (error.sqlstate == "57P05") return "ALTER ROLE " + role + " SET idle_session_timeout = 0";
  if (error.sqlstate == "25P03") return "ALTER ROLE " + role + " SET idle_in_transaction_session_timeout = 0";
  if (error.sqlstate == "25P04") return "ALTER ROLE " + role + " SET transaction_timeout = 0";
  if (error.sqlstate == "57014") {
    return "let nobody cancel the statements of role " + role +
           " (pg_cancel_backend); if the message names a timeout, see what sets it: database.initial.statements, "
           "database.options, or a function that is called";
  }
  if (error.sqlstate == "40P01") return "see the server's log for the other statement of the deadlock, and postpone it";
  if (error.sqlstate == "55P03") {
    return "see who holds the lock: SELECT pid, mode, relation::regclass FROM pg_locks WHERE granted AND locktype = "
           "'relation'";
  }
  return "";
}

std::string mend_refused(const ServerError& error, const ErrorPlace& place) {
  if (!error.hint.empty()) return error.hint;
  if (place.activity == Activity::kConnecting) {
    if (error.sqlstate == "55000")
      return "ALTER DATABASE " + quote_identifier(place.dbname) + " ALLOW_CONNECTIONS true";
    return "correct database.options, or what the server says";
  }
  // A function or a column of the extension that is not there.
  if (error.sqlstate == "42703") {
    return "ALTER EXTENSION " + place.plugin + " UPDATE, in database " + place.dbname + "; or correct what is named";
  }
  return "";
}

std::string mend_rights(const ServerError& error, const ErrorPlace& place) {
  const std::string role = quote_identifier(place.user);
  // Up to 15 and from 16 on.
  if (contains(error.message, "replication") || contains(error.message, "WAL sender")) {
    return "ALTER ROLE " + role + " REPLICATION";
  }
  if (place.activity == Activity::kConnecting) {
    return "GRANT CONNECT ON DATABASE " + quote_identifier(place.dbname) + " TO " + role;
  }
  const bool rows = place.activity == Activity::kSnapshot || place.activity == Activity::kSnapshotOverride;
  return rows ? "GRANT USAGE ON SCHEMA <schema> TO " + role + "; GRANT SELECT ON <table> TO " + role : "";
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
      return mend_rights(error, place);
    case Code::kPgCanceled:
      return mend_canceled(error, place);
    case Code::kPgRefused:
      return mend_refused(error, place);
    case Code::kPgDatabaseMissing:
      return "check database.dbname, or: CREATE DATABASE " + quote_identifier(place.dbname);
    case Code::kPgSlotsFull:
      return mend_full(error, place);
    case Code::kPgPluginMissing:
      return mend_plugin_missing(error, place);
    case Code::kPgPluginOptions:
    case Code::kPgInitialStatements:
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
  if (problem.mend.empty()) {
    problem.mend = replaced(std::string(info(code).mend), {{"<role>", quote_identifier(place.user)},
                                                           {"<slot>", place.slot},
                                                           {"<host>", place.host},
                                                           {"<port>", place.port},
                                                           {"<database>", place.dbname}});
  }
  if (code == Code::kPgDecodingError) problem.what += "; " + std::string(callback_line(error.context, place.plugin));
  return problem;
}

Problem notice_problem(const ServerError& notice, std::string_view where) {
  std::string text = with_state_and_detail(std::string(where) + ": " + notice.message, notice);
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
