// The ends of the pipe, and the slow things beside it. Core knows these interfaces only; relay/postgres and
// relay/kafka implement them, and relay/sim implements them as models. Everything here is called from the loop thread
// and returns at once: whatever is slow is asked for and answered in a later turn.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/frame.h"
#include "relay/core/position.h"
#include "relay/core/status.h"

namespace penstock {

// Monotonic time as the loop read it. Core never reads a clock.
using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// Where frames come from: a replication stream, a snapshot, or a decorator around them.
class Source {
 public:
  virtual ~Source() = default;

  // Moves the next frame that is already here into `frame`; false: nothing now. A problem ends the session.
  // Keepalives come as frames of kind progress without records.
  virtual Result<bool> receive(Frame& frame, Time now) = 0;

  // Everything up to `durable` is in Kafka and so is a position record of this session that says so; 0: none yet. What
  // an earlier one stored may still be replaced by something older that it had on its way. Monotone; never above the
  // largest end that receive() gave: the server checks neither. The source decides when to tell the server, at the
  // latest after its status interval, and tells it also when nothing has changed; call it every turn.
  virtual Status confirm(Lsn durable, Time now) = 0;

  // When the source wants to be called again although nothing arrived; nullopt: only when its descriptor is readable.
  virtual std::optional<Time> deadline() const { return std::nullopt; }

  // For the loop's poll(2), to read; -1: none. The loop leaves it out while the pipeline has no room.
  virtual int descriptor() const { return -1; }

  // True while what comes has waited long enough already that records had better gather into large batches. False: what
  // a turn has handed over is to be sent at once.
  virtual bool behind() const { return true; }

  // True once the source has nothing more, ever, and receive() has given everything: a snapshot. The session is closed
  // when all of it is stored.
  virtual bool finished() const { return false; }
};

// The broker's end. Records keep their order per partition; a record is delivered once within one Producer. One
// outlives the sessions that use it, so that nothing of an earlier session can land behind what a later one sends.
class Producer {
 public:
  // How a call of produce() went.
  enum class Offer : uint8_t {
    kTaken,    // a report with this opaque will come, exactly one
    kFull,     // the queue is full: offer the same record again in a later turn
    kRefused,  // will never be taken: see problem()
  };
  // One delivery report. `opaque` is what produce() was given: below 2^63, what is above is for decorators.
  struct Report {
    uint64_t opaque = 0;
    bool delivered = false;
  };

  virtual ~Producer() = default;

  // Copies the record. The key decides the partition by murmur2, as in Java's default partitioner.
  virtual Offer produce(const Record& record, uint64_t opaque) = 0;

  // A record for the position topic or another service topic, outside of any route. `partition` < 0: by key.
  virtual Offer produce_service(std::string_view topic, int32_t partition, std::string_view key, std::string_view value,
                                uint64_t opaque) = 0;

  // Appends the reports that are here to `reports`. A problem: a report was negative, or the instance is finished; no
  // more records may be produced on it. Reports gathered before the problem stand.
  virtual Status poll(std::vector<Report>& reports) = 0;

  // What was produced so far need not wait for more (linger.ms). A hint: nothing depends on it but latency.
  virtual void send_now() {}

  // Of the last kRefused.
  virtual Problem problem() const = 0;

  // The instance is broken: it takes no more records, ever, and another one is needed.
  virtual bool finished() const = 0;

  // Readable when poll() has something, for the loop's poll(2); -1: none.
  virtual int descriptor() const { return -1; }

  // When poll() is to be called although the descriptor is not readable; nullopt: never.
  virtual std::optional<Time> deadline() const { return std::nullopt; }
};

// Takes records in order and tells which position is durable. One contract for both implementations:
// stored() >= p only after every record offered before mark(p), and the position record of p itself, are in Kafka.
class Publisher {
 public:
  virtual ~Publisher() = default;

  // Takes in delivery reports, writes position records that are due, and returns the newest durable position of this
  // session; end 0: none yet.
  virtual Result<Position> stored(Time now) = 0;

  // Offers one record of `frame`; false: no room now, offer the same record again next turn. A problem ends the
  // session.
  virtual Result<bool> offer(Frame& frame, const Record& record) = 0;

  // Everything of `frame` was offered; its `after` may be stored when it and all before it are in Kafka.
  // Frames must be marked in the order of their positions and must live until released(), or as long as the publisher
  // is used.
  virtual void mark(Frame& frame) = 0;

  // Number of frames, oldest first, whose records are all in Kafka since the start: their buffers may be freed.
  virtual uint64_t released() const = 0;

  // The server waits for an answer: write the position record now rather than at the end of its interval.
  virtual void hurry() = 0;

  // As Producer::send_now().
  virtual void send_now() {}

  // True if nothing is in flight and the newest marked position is stored.
  virtual bool idle() const = 0;

  virtual std::optional<Time> deadline() const = 0;
};

}  // namespace penstock
