// Snapshot → stream, as a decorator around the snapshot's source. Gives every final row of a range in the variant that
// is true of it (more rows follow, last of its table, last of all), and after the last frame one that says where the
// stream begins, so that a stored position means: every row is in Kafka. Then the session ends and a stream session
// begins from the stored position.
#pragma once

#include <memory>
#include <optional>

#include "relay/core/ports.h"

namespace penstock {

class Handover final : public Source {
 public:
  // `start` is stored when everything is in Kafka.
  Handover(std::unique_ptr<Source> snapshot, Lsn start) : snapshot_(std::move(snapshot)), start_(start) {}

  Result<bool> receive(Frame& frame, Time now) override;
  // The stream confirms it; the snapshot gives way to who waits for its locks.
  Status confirm(Lsn durable, Time now) override { return snapshot_->confirm(durable, now); }
  std::optional<Time> deadline() const override { return snapshot_->deadline(); }
  int descriptor() const override { return snapshot_->descriptor(); }
  bool behind() const override { return snapshot_->behind(); }
  bool finished() const override { return ended_; }

 private:
  Result<bool> receive_last(Frame& frame);

  std::unique_ptr<Source> snapshot_;
  const Lsn start_;
  std::optional<Frame> held_;  // the final frame of a range, until it is known what follows
  std::optional<Frame> next_;  // what follows a frame that was just given
  bool ended_ = false;
};

}  // namespace penstock
