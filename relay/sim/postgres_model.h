// A server with one logical slot, as far as the relay can tell. As the real one it accepts any LSN that it is told,
// keeps the confirmed one in memory until a checkpoint, and pings again after every stale answer while it stops.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "relay/core/feedback.h"
#include "relay/core/ports.h"
#include "relay/sim/checker.h"
#include "relay/sim/frame_writer.h"
#include "relay/sim/history.h"

namespace penstock::sim {

constexpr std::chrono::milliseconds kWalSenderTimeout{6000};

class PostgresModel {
 public:
  PostgresModel(History& truth, Checker& watcher, Coverage& reached, Random& dice, const Time& clock)
      : history(truth), checker(watcher), coverage(reached), random(dice), now(clock) {}

  struct Slot {
    uint64_t confirmed = 0;
    uint64_t persisted = 0;  // what a crash leaves
  };

  bool up = true;
  bool lower_flush_moves_back = false;  // minors before August 2025
  std::optional<Time> stopping_since;
  std::optional<Slot> slot;
  uint64_t connections = 1;               // counts the times that all of them were cut
  std::optional<Time> slot_active_until;  // a walsender whose client is gone
  bool slot_active = false;
  uint32_t attempts = 0;  // snapshots

  History& history;
  Checker& checker;
  Coverage& coverage;
  Random& random;
  const Time& now;

  bool slot_busy() const { return slot_active || (slot_active_until && now < *slot_active_until); }
  uint64_t create_slot();
  void checkpoint();
  void crash();
  void begin_stop(bool kafka_up);
  // The last walsender has nothing more to wait for.
  void stopped();
};

// The relay's end of START_REPLICATION and the walsender behind it.
class StreamModel final : public Source {
 public:
  // `in_kafka` is what a reader of the position topic would find at any moment.
  StreamModel(PostgresModel& server, Position from, const std::vector<PositionEntry>& in_kafka);
  ~StreamModel() override;

  Result<bool> receive(Frame& frame, Time now) override;
  Status confirm(Lsn durable, Time now) override;
  std::optional<Time> deadline() const override { return feedback_.deadline(); }

  bool inside_unit() const { return next_ordinal_ != 0; }
  // The client does not run: the walsender gives it up after wal_sender_timeout, and what is in the socket by then can
  // still be read. thaw(): it runs again.
  void freeze() { frozen_ = true; }
  void thaw();
  // The walsender's own time: timeouts, and the end of a server that stops.
  void step();

 private:
  Status check_connection(Time now);
  bool has_more_in_socket() const { return ended_ && in_socket_ > 0 && unit_ < units_then_; }
  Frame next_frame();
  Frame unit_frame(const Unit& unit);
  Frame keepalive(uint64_t end, bool reply_requested);
  std::optional<Frame> odd_keepalive();
  void take_status(const StandbyStatus& status);
  void give(Frame& frame, Frame made, Time now);

  PostgresModel& server_;
  const std::vector<PositionEntry>& in_kafka_;
  const uint64_t connection_;
  Feedback feedback_;
  FrameWriter writer_;
  size_t unit_;                // the walsender's place
  uint32_t next_ordinal_ = 0;  // inside it
  uint64_t resume_commit_ = 0;
  uint64_t resume_ordinal_ = 0;
  uint64_t sent_end_;  // sentPtr
  uint64_t sent_max_;  // largest end that was sent, or the start
  bool caught_up_said_ = false;
  bool ping_ = false;  // a keepalive that asks for an answer is due
  bool waiting_for_reply_ = false;
  uint64_t flushed_ = 0;  // as the last status said
  Time last_status_;
  uint32_t statuses_ = 0;  // in this second
  Time second_;
  bool ended_ = false;
  bool frozen_ = false;
  uint32_t in_socket_ = 0;  // frames that can be read from a connection that has ended
  size_t units_then_ = 0;   // units that there were when it ended
};

}  // namespace penstock::sim
