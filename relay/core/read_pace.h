// How a stream is read, by what comes. While transactions come one by one, nothing waits: the stream is read as soon as
// there is something, and its records are sent at once. While they come in quick succession, it is read in steps of a
// millisecond: each wake-up of the loop and each request to Kafka is then for many of them. Where transactions have
// waited in the server already, there is a backlog: longer steps, and records gather for the producer's linger.ms. A
// step is never longer than five milliseconds, and never more than a small part of what transactions have waited. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "relay/core/ports.h"

namespace penstock {

class ReadPace {
 public:
  static constexpr Duration kWindow = std::chrono::milliseconds(4);   // that the rate is measured over, at least
  static constexpr Duration kQuick = std::chrono::microseconds(250);  // mean distance of frames
  static constexpr size_t kFrameBytes = 4096;                         // a larger frame counts as several
  static constexpr uint64_t kMany = 16;  // frames that one read finds: they come quickly, whatever was before
  static constexpr Duration kShortestStep = std::chrono::milliseconds(1);
  static constexpr Duration kLongestStep = std::chrono::milliseconds(5);
  static constexpr int kShareOfWait = 8;  // a step is at most this part of what transactions wait in the server

  explicit ReadPace(Time now) : window_(now) {}

  // A frame was read. `waited`: from its commit to its being sent, both by the server's clock, so that nothing depends
  // on ours; of a server that set its clock back it may be negative.
  void took(size_t bytes, Duration waited) {
    found_ += 1 + bytes / kFrameBytes;
    waited_ = waited;
  }

  // All that was there is read: until when more may gather, or nothing if it is to be read at once.
  std::optional<Time> emptied(Time now);

  // There is a backlog.
  bool behind() const { return step_ > kShortestStep; }

 private:
  Time window_;  // its begin
  uint64_t frames_ = 0;
  uint64_t found_ = 0;  // of them, since the stream was empty
  Duration waited_{0};
  Duration step_{0};
};

}  // namespace penstock
