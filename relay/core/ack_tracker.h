// Which position may be stored: a ring of frames in stream order. A record's opaque is its frame; a delivery report
// counts it down; a frame at the front with nothing outstanding is popped and moves the watermark. No object per unit,
// no allocation per record.
#pragma once

#include <cstdint>
#include <deque>

#include "relay/core/frame.h"
#include "relay/core/position.h"

namespace penstock {

// What a position record says.
struct Watermark {
  Position position;
  Lsn sequence_lsn;  // end of the last unit up to here that had a published change

  bool operator==(const Watermark&) const = default;
};

class AckTracker {
 public:
  explicit AckTracker(Watermark start) : watermark_(start) {}

  // A record of `frame` is in the producer's hands. The frame must not be marked yet.
  void handed(Frame& frame);
  // A record of `frame` is in Kafka.
  void delivered(Frame& frame);
  // Every record of `frame` was handed over. Frames are marked in stream order and live until they are released.
  void mark(Frame& frame);

  // What was released: pops what is wholly in Kafka at the front.
  struct Advance {
    uint64_t bytes = 0;    // charged bytes of the popped frames
    bool records = false;  // one of them had records
  };
  Advance advance();

  const Watermark& watermark() const { return watermark_; }
  bool empty() const { return ring_.empty(); }
  uint64_t marked() const { return marked_; }
  uint64_t released() const { return released_; }

 private:
  void pass(const wire::Header& header);
  void pass_progress(Lsn end);

  std::deque<Frame*> ring_;  // marked, not popped; owned by the pipeline
  Watermark watermark_;
  Lsn open_commit_;  // of the unit whose first frames were popped and whose last one was not; 0: none
  uint64_t marked_ = 0;
  uint64_t released_ = 0;
};

}  // namespace penstock
