// One connection to the server, and blocking calls on it that end on cancel or at a deadline. For the worker thread;
// stream.h and snapshot.h take a Connection over and read it without blocking.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "relay/core/ports.h"
#include "relay/core/status.h"
#include "relay/postgres/cancel.h"
#include "relay/postgres/server_error.h"
#include "relay/postgres/settings.h"

namespace penstock {

struct PgFree {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(char* memory) const { PQfreemem(memory); }
};
using PgResult = std::unique_ptr<PGresult, PgFree>;

// Text of a field; empty if it is null.
std::string field(const PgResult& result, int row, int column);
inline std::string field(const PgResult& result, int column) {
  return field(result, 0, column);
}

ServerError server_error(const PGresult* result);

class Connection {
 public:
  // Tries the hosts in their order, each for settings.connect_timeout; the problem is the last host's. Names are
  // resolved by the system's resolver, which cancel cannot interrupt. `settings` and `cancel` outlive the connection.
  static Result<Connection> open(const PostgresSettings& settings, ConnectionKind kind, const Cancel& cancel);
  static Result<Connection> open(PostgresSettings&& settings, ConnectionKind kind, const Cancel& cancel) = delete;

  // Runs one command, or several with ; between them, and gives the last result. Ends with a problem on an error of
  // the server, on cancel, and at the deadline; after the latter two the server was asked to cancel the command too.
  Result<PgResult> run(const std::string& sql, Activity activity, std::optional<Time> deadline = std::nullopt);

  // As run(), and calls `waiting` about every `interval` until the command is done.
  template <typename Waiting>
  Result<PgResult> run_watched(const std::string& sql, Activity activity, Duration interval, Waiting waiting) {
    TRY_STATUS(send(sql, activity));
    while (true) {
      auto result = collect(activity, std::chrono::steady_clock::now() + interval);
      if (!result.is_ok()) return result.problem();
      if (result.value()) return std::move(result.value());
      waiting();
    }
  }

  // The problem of `result`, or of the connection if `result` is null.
  Problem problem(const PGresult* result, Activity activity) const;
  ErrorPlace place(Activity activity) const;

  PGconn* raw() const { return connection_.get(); }
  int socket() const { return PQsocket(connection_.get()); }
  int server_version() const { return PQserverVersion(connection_.get()); }
  const PostgresSettings& settings() const { return *settings_; }

 private:
  using Raw = std::unique_ptr<PGconn, PgFree>;
  Connection(Raw connection, const PostgresSettings& settings, const Cancel& cancel);

  static Result<Connection> open_one(const PostgresSettings& settings, ConnectionKind kind, const Cancel& cancel,
                                     const std::string& host, const std::string& port);
  // database.initial.statements, with the role's search_path; what is ours runs with pg_catalog alone afterwards.
  Status run_initial_statements(ConnectionKind kind);
  Status send(const std::string& sql, Activity activity);
  // The last result of what was sent; null if `deadline` came first.
  Result<PgResult> collect(Activity activity, std::optional<Time> deadline);
  Problem stopping(Activity activity) const;
  void cancel_command();

  Raw connection_;
  const PostgresSettings* settings_;
  const Cancel* cancel_;
};

}  // namespace penstock
