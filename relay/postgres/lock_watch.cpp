#include "relay/postgres/lock_watch.h"

#include <cstdlib>
#include <utility>

namespace penstock {
namespace {

// Nobody waits for longer than these two, the look itself, and the time that the reader takes to notice.
constexpr Duration kInterval = std::chrono::milliseconds(200);
constexpr Duration kAnswerInterval = std::chrono::milliseconds(10);

constexpr const char* kLook = "EXECUTE penstock_look";

std::string prepare_command(int reader) {
  const std::string pid = std::to_string(reader);
  return "PREPARE penstock_look AS WITH locks AS MATERIALIZED (SELECT database, relation, pid, mode, granted FROM "
         "pg_locks WHERE locktype = 'relation'), waiting AS MATERIALIZED (SELECT w.pid, w.relation FROM locks AS w "
         "JOIN "
         "locks AS h USING (database, relation) WHERE h.pid = " +
         pid + " AND h.granted AND w.pid <> " + pid +
         " AND NOT w.granted AND w.mode = 'AccessExclusiveLock' LIMIT 1) SELECT pid, relation, pg_cancel_backend(" +
         pid + ") FROM waiting";
}

}  // namespace

Result<LockWatch> LockWatch::open(Connection connection, int reader) {
  TRY(connection.run(prepare_command(reader), Activity::kSnapshot));
  TRY(connection.run(kLook, Activity::kSnapshot));  // from here on it knows what it needs of the catalogs
  return LockWatch(std::move(connection));
}

Result<std::optional<LockWaiter>> LockWatch::look(Time now) {
  std::optional<LockWaiter> waits;
  if (now < at_) return waits;
  if (!asked_) {
    if (PQsendQuery(connection_.raw(), kLook) == 0) return connection_.problem(nullptr, Activity::kSnapshot);
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
    if (PQntuples(result.get()) > 0) {
      waits = {std::atoi(field(result, 0).c_str()),
               static_cast<uint32_t>(std::strtoul(field(result, 1).c_str(), nullptr, 10))};
    }
  }
  return waits;
}

}  // namespace penstock
