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
#include "relay/core/read_pace.h"
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
  };

  // `replication` is in CopyBoth. Both connections are taken over.
  Stream(Connection replication, Connection watch, const Settings& settings, Time now);
  ~Stream() override;

  Result<bool> receive(Frame& frame, Time now) override;
  Status confirm(Lsn durable, Time now) override;
  std::optional<Time> deadline() const override;
  int descriptor() const override { return connection_.socket(); }
  bool behind() const override { return pace_.behind(); }

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
  void note_drained(Time now);
  bool gathering(Time now) const;

  Connection connection_;
  std::optional<Watch> watch_;
  Feedback feedback_;
  Lsn durable_;

  Position after_;          // of the last frame given: where a keepalive may not go back from
  bool in_unit_;            // after_ is inside a unit
  bool unit_seen_ = false;  // a frame of that unit came on this connection
  Lsn sequence_lsn_;

  bool broken_ = false;  // the socket is at its end; what was read before still counts
  bool flush_pending_ = false;
  bool drained_ = false;  // receive() gave everything there was, or that it wants to give, in this turn
  std::optional<Time> consumed_at_;
  int consumed_times_ = 0;  // in the turn of consumed_at_, without a message in between
  bool taken_since_consume_ = false;
  ReadPace pace_;
  std::optional<Time> gather_until_;  // not read before, unless the socket is readable by its low-water mark
  int low_water_mark_ = 1;
  Time watch_at_;
  Time flush_at_;
};

}  // namespace penstock
