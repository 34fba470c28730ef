// Which position may be stored: a ring of frames in stream order, numbered as they are marked. A delivery report names
// its frame's number and counts it down; a frame at the front with nothing outstanding is popped and moves the
// watermark. No object per unit, no allocation per record, and no address that a report could outlive.
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

  // The number of the frame that is marked next.
  uint64_t next_number() const { return marked_; }
  // A record of `frame`, which is marked next, is in the producer's hands.
  void handed(Frame& frame);
  // A record of the frame with this number is in Kafka.
  void delivered(uint64_t number);
  // The frame with this number, of which a record is outstanding.
  Frame& at(uint64_t number) const;
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
  Frame* open_ = nullptr;    // of which records were handed over, not marked
  Watermark watermark_;
  Lsn open_commit_;  // of the unit whose first frames were popped and whose last one was not; 0: none
  uint64_t marked_ = 0;
  uint64_t released_ = 0;
};

}  // namespace penstock
