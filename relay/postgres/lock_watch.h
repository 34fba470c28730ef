// Whether anybody waits for a lock of a session that reads rows: looked for on a connection beside it, without
// blocking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "relay/core/ports.h"
#include "relay/core/status.h"
#include "relay/postgres/connection.h"

namespace penstock {

struct LockWaiter {
  int pid = 0;
  uint32_t relation = 0;
};

// ACCESS SHARE is in nobody's way but that of ACCESS EXCLUSIVE, and behind who waits for that everybody queues up. So
// the command of the session that is in the way is cancelled as soon as it is seen: its locks go with the savepoint or
// the transaction that it ran in. Loop thread only.
//
// It asks for nothing that has a name, by a statement that is planned beforehand: it must be answered while somebody
// holds pg_class or another catalog for himself.
class LockWatch {
 public:
  // Blocking. `reader` is the backend that is watched; `connection`, of the same role, is taken over.
  static Result<LockWatch> open(Connection connection, int reader);

  // Call it every turn. Gives who waits, and for what, once for each look that found somebody: the command of the
  // reader, if it runs one, was cancelled then. A problem: the server no longer answers.
  Result<std::optional<LockWaiter>> look(Time now);

  // A look has begun that is not answered yet: it may have cancelled something.
  bool asked() const { return asked_; }

  // When to call look() again.
  Time deadline() const { return at_; }

 private:
  explicit LockWatch(Connection connection) : connection_(std::move(connection)) {}

  Connection connection_;
  bool asked_ = false;
  Time at_ = Time::min();
};

}  // namespace penstock
