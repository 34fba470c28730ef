// The default publisher: an idempotent producer, an ack tracker, and position records that follow the records they
// speak of: records, then position record, then stored(). At least once: what was sent after the last position record
// is sent again after a crash.
//
// Before its first record a session stores where it begins, under its own epoch. What a killed session still has on its
// way to the topic may say more than this one has read; if this one were killed in the middle of repeating, the next
// would skip the rest of it, and the last record of a key would be an old one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "relay/core/ack_tracker.h"
#include "relay/core/facts.h"
#include "relay/core/ports.h"
#include "relay/core/settings.h"

namespace penstock {

class AckedPublisher final : public Publisher {
 public:
  struct Session {
    uint32_t number = 0;  // tells it apart from those that used the producer before
    StreamIdentity identity;
    uint64_t epoch = 1;
    uint64_t old_epoch = 0;  // its record is removed once ours is stored; 0: none
    uint32_t timeline = 1;
    ServerMark server;
    Watermark start;  // what is stored already; end 0: nothing yet
  };

  // `producer` outlives the publisher.
  AckedPublisher(Producer& producer, const CoreSettings& settings, Session session);

  Result<Position> stored(Time now) override;
  Result<bool> offer(Frame& frame, const Record& record) override;
  void mark(Frame& frame) override { tracker_.mark(frame); }
  uint64_t released() const override { return tracker_.released(); }
  void send_now() override { producer_.send_now(); }
  void hurry() override { hurry_until_ = tracker_.marked(); }
  bool idle() const override;
  std::optional<Time> deadline() const override;

  const Watermark& durable() const { return durable_; }
  // Position records written since the last call.
  uint64_t take_position_records() { return std::exchange(position_records_, 0); }

 private:
  uint64_t opaque_of(uint64_t number) const;
  bool is_ours(uint64_t opaque) const;
  Status take_reports();
  bool hurrying() const { return tracker_.released() < hurry_until_ || written_released_ < hurry_until_; }
  bool pending() const { return tracker_.watermark() != written_; }
  bool may_send() const { return own_stored_ || !session_.start.position.end; }
  Time due_at() const;
  Status write_position(Time now);
  Status remove_old_epoch();
  Problem undelivered(const Producer::Report& report, Status status) const;
  Problem refused(const Frame& frame, const Record& record) const;

  Producer& producer_;
  const std::string topic_;
  const Duration interval_;
  const Duration progress_interval_;
  const uint64_t bytes_max_;
  Session session_;
  AckTracker tracker_;
  Watermark written_;              // handed to Kafka
  Watermark durable_;              // in Kafka
  bool writing_ = false;           // a position record is in flight
  bool own_stored_ = false;        // one of our epoch is in Kafka
  bool full_ = false;              // the producer had no room for one
  uint64_t hurry_until_ = 0;       // frames marked when hurry() was called
  uint64_t written_released_ = 0;  // frames released when the last position record was written
  uint64_t bytes_ = 0;             // released since then
  bool records_ = false;           // records were released since then
  std::optional<Time> written_at_;
  uint64_t position_records_ = 0;
  std::vector<Producer::Report> reports_;  // kept for its memory
};

}  // namespace penstock
