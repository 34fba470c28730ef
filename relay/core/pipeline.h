// The line: read frame → produce → delivery report → position record → confirm LSN. turn() is the screen on which it is
// read; everything else here is a step of it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/ports.h"
#include "relay/core/routes.h"
#include "relay/core/stats.h"
#include "relay/core/stream_order.h"

namespace penstock {

class Pipeline {
 public:
  struct Settings {
    uint64_t budget = 32u << 20;      // bytes received and not yet in Kafka; passed by at most one frame
    Lsn start;                        // the stored position's end when the session began
    std::vector<std::string> topics;  // that exist
    bool bad_table_stops = false;     // a notice of a table without a topic ends the session (CoreSettings)
  };

  // All three outlive the pipeline.
  Pipeline(Source& source, Publisher& publisher, Stats& stats, const Settings& settings);

  // One turn of the loop; never blocks. A problem ends the session: nothing may be called afterwards.
  Status turn(Time now);

  // Reads no more frames; what was read goes on.
  void drain();
  // Everything that was read is in Kafka and the position that follows it is stored and was given to the source.
  bool idle() const;
  // The source has nothing more, and the pipeline is idle.
  bool finished() const { return source_.finished() && idle(); }

  bool has_room() const { return !draining_ && in_flight_bytes_ < budget_ && (unsent_ == 0 || waits_for_topic_); }
  // The last turn ended because it had done enough, not because there was nothing to do.
  bool more() const { return turn_bytes_ >= kTurnBytes && has_room(); }

  // Records wait for topics that are to be made: take_missing_topics(), and the line stands until topics_created().
  // What follows is read meanwhile, within the budget, so that one request is for all that will be needed soon.
  bool wants_topics() const { return routes_.wants_topics(); }
  std::vector<std::string> take_missing_topics() { return routes_.take_wanted(); }
  // Records for topics that were refused are left out, and counted.
  void topics_created(const std::vector<RefusedTopic>& refused) { routes_.created(refused); }

  Lsn received() const { return order_.received(); }
  Position stored() const { return stored_; }

 private:
  // A turn reads at most this much, so that delivery reports and feedback are never far away.
  static constexpr uint64_t kTurnBytes = 1u << 20;

  Result<bool> receive(Time now);
  Frame& unsent() { return *window_[window_.size() - unsent_]; }
  Result<bool> offer_records(Frame& frame);
  bool wait_for_topic();
  Status look_ahead(Time now);
  Result<bool> next_record(Frame& frame);
  Status note(const Frame& frame, const wire::Record& raw);
  Result<bool> take_record(const Frame& frame, const wire::Record& raw);
  void mark(Frame& frame);
  void release();
  void count(Frame& frame, const Record& record);
  void count_release(const Frame& frame);
  void note_waiting(Time now);

  Source& source_;
  Publisher& publisher_;
  Stats& stats_;
  Routes routes_;
  StreamOrder order_;
  const uint64_t budget_;
  const bool bad_table_stops_;

  std::deque<std::unique_ptr<Frame>> window_;  // received and not wholly in Kafka, oldest first
  uint64_t in_flight_bytes_ = 0;
  uint64_t released_ = 0;
  uint64_t turn_bytes_ = 0;
  size_t unsent_ = 0;          // frames at the end of window_ that are not wholly offered: one, or more in look_ahead()
  bool sending_ = false;       // the oldest of them is begun
  wire::RecordReader reader_;  // of that one
  bool waits_for_topic_ = false;
  Record record_;
  bool have_record_ = false;  // record_ was refused for lack of room and is offered again
  bool draining_ = false;
  Position stored_;
  Lsn start_;
  std::optional<Time> last_turn_;
};

}  // namespace penstock
