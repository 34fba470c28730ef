// A Source over START_REPLICATION: reads frames without blocking, turns keepalives into progress, and sends feedback
// when core's policy says so, whether it is read or not. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "relay/core/feedback.h"
#include "relay/core/ports.h"
#include "relay/core/position.h"
#include "relay/postgres/connection.h"
#include "relay/postgres/replication_message.h"

namespace penstock {

// One idle SQL connection beside the stream. A server that shuts down ends it at once with 57P01, also while the byte
// budget keeps us from reading the stream, in which the server would say so too.
class Watch {
 public:
  explicit Watch(Connection connection);

  enum class Seen : uint8_t { kNothing, kServerStops, kLost };
  Seen look();

 private:
  Connection connection_;
  std::unique_ptr<std::string> sqlstate_;  // of the last error; libpq's notice receiver points at it
};

class Stream final : public Source {
 public:
  struct Settings {
    Position start;
    Lsn sequence_lsn;
    Feedback::Settings feedback;
    // Bytes that are few wait so long for more; see PostgresSettings::read_coalesce.
    Duration read_coalesce = Duration::zero();
  };

  // `replication` is in CopyBoth. Both connections are taken over.
  Stream(Connection replication, Connection watch, const Settings& settings, Time now);
  ~Stream() override;

  Result<bool> receive(Frame& frame, Time now) override;
  Status confirm(Lsn durable, Time now) override;
  std::optional<Time> deadline() const override;
  int descriptor() const override { return connection_.socket(); }

 private:
  Result<bool> take(std::string_view message, Frame& frame, Time now);
  Result<bool> take_data(const WalData& data, Frame& frame);
  Status take_position(const WalData& data, wire::Header& header);
  bool take_keepalive(const Keepalive& keepalive, Frame& frame, Time now);
  bool may_hold_more() const;
  Status consume(Time now);
  Problem ended();
  Status send(const StandbyStatus& status);
  Status flush(Time now);
  void look_at_watch(Time now);
  void coalesce(bool on);
  void note_drained(Time now);

  Connection connection_;
  std::optional<Watch> watch_;
  Feedback feedback_;
  Lsn durable_;
  const Duration read_coalesce_;

  Position after_;          // of the last frame given: where a keepalive may not go back from
  bool in_unit_;            // after_ is inside a unit
  bool unit_seen_ = false;  // a frame of that unit came on this connection
  Lsn sequence_lsn_;

  bool broken_ = false;  // the socket is at its end; what was read before still counts
  bool flush_pending_ = false;
  bool drained_ = false;      // receive() gave everything there was in this turn
  bool took_frames_ = false;  // since the last look at the socket that found nothing
  bool coalescing_ = false;
  std::optional<Time> consumed_at_;
  int consumed_times_ = 0;  // in the turn of consumed_at_, without a message in between
  bool taken_since_consume_ = false;
  std::optional<Time> coalesce_until_;
  Time watch_at_;
  Time flush_at_;
};

}  // namespace penstock
