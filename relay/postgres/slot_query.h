// Looks at the slot from beside the session, so that what it costs the server is known in every state: also while a
// snapshot runs, while Kafka is away, and when the relay has failed.
#pragma once

#include <optional>

#include "relay/core/slot_watch.h"
#include "relay/core/status.h"
#include "relay/postgres/cancel.h"
#include "relay/postgres/connection.h"
#include "relay/postgres/settings.h"

namespace penstock {

class SlotQuery {
 public:
  // Of settings.slot_name.
  explicit SlotQuery(PostgresSettings settings) : settings_(std::move(settings)) {}

  // Blocks, at most for some seconds beside connecting. One statement in a transaction of its own on a connection that
  // stays open, so it holds no xmin between two looks. It is a walsender's: a smart shutdown waits for every other
  // session, and ends these. A slot that is not there is an answer.
  Result<SlotLook> look();

  // look() ends soon, with any answer, and later calls at once. Any thread.
  void cancel() { cancel_.cancel(); }

 private:
  const PostgresSettings settings_;
  Cancel cancel_;
  std::optional<Connection> connection_;
};

}  // namespace penstock
