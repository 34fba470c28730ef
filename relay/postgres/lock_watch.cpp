#include "relay/postgres/lock_watch.h"

#include <utility>

namespace penstock {
namespace {

// Nobody waits for longer than these two, the look itself, and the time that the reader takes to notice.
constexpr Duration kInterval = std::chrono::milliseconds(200);
constexpr Duration kAnswerInterval = std::chrono::milliseconds(10);

std::string query_of(int reader) {
  const std::string pid = std::to_string(reader);
  return "WITH locks AS MATERIALIZED (SELECT database, relation, pid, mode, granted FROM pg_locks WHERE locktype = "
         "'relation'), waiting AS MATERIALIZED (SELECT w.pid, w.relation FROM locks AS w JOIN locks AS h USING "
         "(database, relation) WHERE h.pid = " +
         pid + " AND h.granted AND w.pid <> " + pid +
         " AND NOT w.granted AND w.mode = 'AccessExclusiveLock' LIMIT 1) SELECT format('pid %s waits for %s', pid, "
         "penstock.shown(relation::regclass::text)), pg_cancel_backend(" +
         pid + ") FROM waiting";
}

}  // namespace

LockWatch::LockWatch(Connection connection, int reader)
    : connection_(std::move(connection)), query_(query_of(reader)) {}

Result<std::optional<std::string>> LockWatch::look(Time now) {
  std::optional<std::string> waits;
  if (now < at_) return waits;
  if (!asked_) {
    if (PQsendQuery(connection_.raw(), query_.c_str()) == 0) return connection_.problem(nullptr, Activity::kSnapshot);
    asked_ = true;
  }
  at_ = now + kAnswerInterval;
  if (PQconsumeInput(connection_.raw()) == 0) return connection_.problem(nullptr, Activity::kSnapshot);
  while (PQisBusy(connection_.raw()) == 0) {
    const PgResult result(PQgetResult(connection_.raw()));
    if (!result) {
      asked_ = false;
      at_ = now + kInterval;
      break;
    }
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return connection_.problem(result.get(), Activity::kSnapshot);
    if (PQntuples(result.get()) > 0) waits = field(result, 0);
  }
  return waits;
}

}  // namespace penstock
