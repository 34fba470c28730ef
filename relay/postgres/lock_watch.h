// Whether anybody waits for a lock of a session that reads rows: looked for on a connection beside it, without
// blocking.
#pragma once

#include <optional>
#include <string>

#include "relay/core/ports.h"
#include "relay/core/status.h"
#include "relay/postgres/connection.h"

namespace penstock {

// ACCESS SHARE is in nobody's way but that of ACCESS EXCLUSIVE, and behind who waits for that everybody queues up. So
// the command of the session that is in the way is cancelled as soon as it is seen: its locks go with the savepoint or
// the transaction that it ran in. Loop thread only.
class LockWatch {
 public:
  // `reader` is the backend that is watched; `connection`, of the same role, is taken over.
  LockWatch(Connection connection, int reader);

  // Call it every turn. Gives who waits, and for which table, once for each look that found somebody: the command of
  // the reader, if it runs one, was cancelled then. A problem: the server no longer answers.
  Result<std::optional<std::string>> look(Time now);

  // When to call look() again.
  Time deadline() const { return at_; }

 private:
  Connection connection_;
  const std::string query_;
  bool asked_ = false;
  Time at_ = Time::min();
};

}  // namespace penstock
