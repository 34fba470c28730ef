#include "relay/postgres/connection.h"

#include <poll.h>

#include <vector>

namespace penstock {
namespace {

enum class Waited : uint8_t { kReady, kDeadline, kCancelled };

// The worker thread's wait; the loop thread has its own, in relay/service.
Waited wait(int socket, short events, const Cancel& cancel, std::optional<Time> deadline) {
  pollfd fds[] = {{socket, events, 0}, {cancel.fd(), POLLIN, 0}};
  while (true) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return Waited::kDeadline;
      timeout = static_cast<int>(std::min<int64_t>(left.count(), 60'000));
    }
    const int ready = poll(fds, 2, timeout);
    if (ready <= 0) continue;  // a signal, or the deadline: looked at above
    return fds[1].revents != 0 ? Waited::kCancelled : Waited::kReady;
  }
}

std::vector<std::string> comma_list(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const size_t at = text.find(',');
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

ErrorPlace error_place(const PostgresSettings& settings, Activity activity) {
  return {activity,           describe(settings),   settings.user, settings.dbname,
          settings.slot_name, settings.plugin_name, settings.host, settings.port};
}

// Not the FATAL of a server that ends the connection, which comes this way too: whoever reads next reports it.
void take_notice(void* to, const PGresult* result) {
  const auto& settings = *static_cast<const PostgresSettings*>(to);
  const char* field = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const std::string_view severity = field == nullptr ? "" : field;
  if (!settings.notice || (severity != "WARNING" && severity != "NOTICE")) return;
  settings.notice(notice_problem(server_error(result), describe(settings)));
}

}  // namespace

std::string field(const PgResult& result, int row, int column) {
  return std::string(PQgetvalue(result.get(), row, column),
                     static_cast<size_t>(PQgetlength(result.get(), row, column)));
}

ServerError server_error(const PGresult* result) {
  const auto text = [&](int code) {
    const char* value = PQresultErrorField(result, code);
    return std::string(value == nullptr ? "" : value);
  };
  ServerError error = {text(PG_DIAG_SQLSTATE), text(PG_DIAG_MESSAGE_PRIMARY), text(PG_DIAG_MESSAGE_DETAIL),
                       text(PG_DIAG_MESSAGE_HINT), text(PG_DIAG_CONTEXT)};
  if (error.message.empty()) error.message = parse_connect_error(PQresultErrorMessage(result)).message;
  return error;
}

Connection::Connection(Raw connection, const PostgresSettings& settings, const Cancel& cancel)
    : connection_(std::move(connection)), settings_(&settings), cancel_(&cancel) {}

Result<Connection> Connection::open(const PostgresSettings& settings, ConnectionKind kind, const Cancel& cancel) {
  const std::vector<std::string> hosts = comma_list(settings.host);
  const std::vector<std::string> ports = comma_list(settings.port);
  std::optional<Problem> problem;
  for (size_t i = 0; i < hosts.size() && !cancel.cancelled(); ++i) {
    auto connection = open_one(settings, kind, cancel, hosts[i], ports.size() == 1 ? ports[0] : ports[i]);
    if (connection.is_ok()) return connection;
    problem = connection.problem();
  }
  if (problem) return *problem;
  return to_problem({"", "the relay is stopping", "", "", ""}, error_place(settings, Activity::kConnecting));
}

Result<Connection> Connection::open_one(const PostgresSettings& settings, ConnectionKind kind, const Cancel& cancel,
                                        const std::string& host, const std::string& port) {
  auto parameters = connection_parameters(settings, kind);
  parameters.emplace_back("host", host);
  parameters.emplace_back("port", port);
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);

  Raw raw(PQconnectStartParams(keywords.data(), values.data(), 0));
  CHECK(raw != nullptr);                             // libpq is out of memory
  PQsetErrorVerbosity(raw.get(), PQERRORS_VERBOSE);  // parse_connect_error() rests on it
  PQsetNoticeReceiver(raw.get(), take_notice, const_cast<PostgresSettings*>(&settings));
  const auto failed = [&](const ServerError& error) {
    return to_problem(error, error_place(settings, Activity::kConnecting));
  };
  const Time deadline = std::chrono::steady_clock::now() + settings.connect_timeout;
  PostgresPollingStatusType state =
      PQstatus(raw.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) return failed(parse_connect_error(PQerrorMessage(raw.get())));
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    switch (wait(PQsocket(raw.get()), events, cancel, deadline)) {
      case Waited::kReady:
        state = PQconnectPoll(raw.get());
        break;
      case Waited::kDeadline:
        return failed({"", "no answer in time", "", "", ""});
      case Waited::kCancelled:
        return failed({"", "the relay is stopping", "", "", ""});
    }
  }
  PQsetErrorVerbosity(raw.get(), PQERRORS_DEFAULT);
  Connection connection(std::move(raw), settings, cancel);
  if (kind != ConnectionKind::kReplication) TRY_STATUS(connection.run_initial_statements(kind));
  return connection;
}

Status Connection::run_initial_statements(ConnectionKind kind) {
  if (settings_->initial_statements.empty()) return Status::ok();
  for (const std::string& statement : settings_->initial_statements) {
    TRY(run(statement, Activity::kInitialStatements));
  }
  if (kind == ConnectionKind::kSql) TRY(run("SET search_path = pg_catalog", Activity::kConnecting));
  return Status::ok();
}

Result<PgResult> Connection::run(const std::string& sql, Activity activity, std::optional<Time> deadline) {
  TRY_STATUS(send(sql, activity));
  PgResult result = TRY(collect(activity, deadline));
  if (result) return result;
  cancel_command();
  return to_problem({"", "no answer in time", "", "", ""}, place(activity));
}

Status Connection::send(const std::string& sql, Activity activity) {
  if (PQsendQuery(raw(), sql.c_str()) == 0) return problem(nullptr, activity);
  return Status::ok();
}

Result<PgResult> Connection::collect(Activity activity, std::optional<Time> deadline) {
  PgResult last;
  while (true) {
    while (PQisBusy(raw()) != 0) {
      switch (wait(socket(), POLLIN, *cancel_, deadline)) {
        case Waited::kReady:
          if (PQconsumeInput(raw()) == 0) return problem(nullptr, activity);
          break;
        case Waited::kDeadline:
          return PgResult();
        case Waited::kCancelled:
          cancel_command();
          return stopping(activity);
      }
    }
    PgResult next(PQgetResult(raw()));
    if (!next) break;
    const ExecStatusType status = PQresultStatus(next.get());
    // The first error stands: what follows it is its consequence.
    const bool failed = last && PQresultStatus(last.get()) == PGRES_FATAL_ERROR;
    if (!failed) last = std::move(next);
    if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) break;  // the caller reads on
    if (PQstatus(raw()) == CONNECTION_BAD) break;
  }
  if (!last || PQresultStatus(last.get()) == PGRES_FATAL_ERROR || PQresultStatus(last.get()) == PGRES_BAD_RESPONSE) {
    return problem(last.get(), activity);
  }
  return last;
}

Problem Connection::problem(const PGresult* result, Activity activity) const {
  ServerError error;
  if (result != nullptr) {
    error = server_error(result);
  } else {
    error.message = parse_connect_error(PQerrorMessage(raw())).message;
  }
  return to_problem(error, place(activity));
}

ErrorPlace Connection::place(Activity activity) const {
  return error_place(*settings_, activity);
}

Problem Connection::stopping(Activity activity) const {
  return to_problem({"", "the relay is stopping", "", "", ""}, place(activity));
}

// A walsender that waits for transactions does not look at its socket: closing alone would leave it there.
void Connection::cancel_command() {
  PGcancel* cancel = PQgetCancel(raw());
  if (cancel == nullptr) return;
  char error[256];
  PQcancel(cancel, error, sizeof error);
  PQfreeCancel(cancel);
}

}  // namespace penstock
