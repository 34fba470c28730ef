// From an error of the server, or of libpq, to a Problem: what was wrong, where, and the command that mends it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/core/problem.h"

namespace penstock {

// The fields of an ErrorResponse. `sqlstate` is empty if the error is libpq's own: no server, connection lost.
struct ServerError {
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
};

enum class Activity : uint8_t {
  kConnecting,
  kInitialStatements,
  kProbing,
  kCreatingSlot,
  kDroppingSlot,
  kStarting,
  kStreaming,
  kSnapshot,
  kSnapshotOverride,  // the same by a statement of snapshot.select.statement.overrides
  kHeartbeat
};

// Where an error happened.
struct ErrorPlace {
  Activity activity = Activity::kConnecting;
  std::string where;  // describe(settings)
  std::string user;
  std::string dbname;
  std::string slot;
  std::string plugin;
  std::string host;
  std::string port;
};

// No values of rows: of errors that speak of data (constraints, conversions) the detail is left out, and what the
// message quotes. The server's log has it.
Problem to_problem(const ServerError& error, const ErrorPlace& place);

// Of a WARNING or NOTICE. With the server's message, hint and, as above, detail, which name options and tables; no
// context, which has the statement.
Problem notice_problem(const ServerError& notice, std::string_view where);

// Takes apart what PQerrorMessage() says about a failed connection in verbose form. libpq has no other way to the
// SQLSTATE of such an error; severity and message are in the server's language, the code is not.
ServerError parse_connect_error(std::string_view text);

}  // namespace penstock
