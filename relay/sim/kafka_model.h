// A broker and its producers, as far as the relay can tell: order per partition, reports that are late, lost, negative
// or in another order than the records, requests of a dead producer that arrive late, a full queue.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "relay/core/ports.h"
#include "relay/core/position_record.h"
#include "relay/sim/checker.h"
#include "relay/sim/random.h"

namespace penstock::sim {

struct KafkaFaults {
  uint32_t negative_once_in = 0;   // records that are refused
  uint32_t fatal_once_in = 0;      // steps of a producer
  uint32_t full_once_in = 0;       // offers that find the queue full
  uint32_t queue_capacity = 1000;  // records
  uint32_t report_delay_ms = 20;
};

// A record on its way, or a position record.
struct Sent {
  uint64_t opaque = 0;
  bool position = false;
  Identity identity;
  std::string key;  // positions only
  std::string value;
  bool null_value = false;
  uint64_t bytes = 0;
};

class KafkaModel {
 public:
  KafkaModel(Checker& checker, Coverage& coverage, Random& random, std::string positions)
      : position_topic(std::move(positions)), checker_(checker), coverage_(coverage), random_(random) {}

  bool up = true;
  uint64_t newest_session = 0;  // of any relay
  KafkaFaults faults;
  std::unordered_set<std::string> topics;
  const std::string position_topic;

  void append(const Sent& sent, bool in_line, bool unfenced = false);
  // What producers leave behind now nobody could have waited for: the process is killed, or the broker hangs for long.
  bool nobody_waits = false;
  // Requests of a producer that is gone, which arrive some time later.
  void leave_behind(std::vector<Sent> requests, Time now);
  void step(Time now);

  // What a reader of the position topic finds.
  const std::vector<PositionEntry>& positions() const { return positions_; }
  const std::vector<PausedConnector>& paused() const { return paused_; }

  Checker& checker() { return checker_; }
  Coverage& coverage() { return coverage_; }
  Random& random() { return random_; }

 private:
  struct Late {
    Time at;
    bool unfenced = false;
    std::vector<Sent> requests;
  };
  struct Stored {
    std::string key;
    std::string value;
    bool null_value = false;
  };
  void append_position(const Sent& sent);

  Checker& checker_;
  Coverage& coverage_;
  Random& random_;
  std::vector<Stored> position_log_;  // compacted
  std::vector<PositionEntry> positions_;
  std::vector<PausedConnector> paused_;
  std::vector<Late> late_;
};

class ProducerModel final : public Producer {
 public:
  ProducerModel(KafkaModel& kafka, uint64_t budget, const Time& now) : kafka_(kafka), budget_(budget), now_(now) {}
  // Whatever is not appended yet may still arrive, or not: a prefix of every partition.
  ~ProducerModel() override;

  Offer produce(const Record& record, uint64_t opaque) override;
  Offer produce_service(std::string_view topic, int32_t partition, std::string_view key, std::string_view value,
                        uint64_t opaque) override;
  Status poll(std::vector<Report>& reports) override;
  int descriptor() const override { return kDescriptor; }
  // What poll(2) would say: there is something that poll() has not taken.
  bool readable() const;
  Problem problem() const override { return Problem{Code::kKafkaRecordRefused, "refused by the model", ""}; }
  bool finished() const override { return failed_; }

  // No more is sent, and what was sent is answered.
  void settle();
  // Of the session that hands records over; an older one than the newest is that of a relay that was replaced.
  uint64_t session = 0;
  // The broker takes what it takes.
  void step(Time now);
  bool position_in_flight() const { return !partitions_[kPositions].waiting.empty(); }
  size_t outstanding() const { return outstanding_; }
  bool failed() const { return failed_; }

 private:
  static constexpr int kDescriptor = 7;
  static constexpr size_t kPositions = size_t{kTables} * kPartitions;  // after the partitions of the tables
  struct Waiting {
    Time at;
    Report report;
    bool position = false;
  };
  struct Partition {
    std::deque<Sent> waiting;     // handed over, not appended
    std::deque<Waiting> reports;  // appended or refused, not reported
    bool hole = false;
  };
  void append_some(Partition& partition);
  std::vector<Sent> take_sent(Partition& partition);
  void check_usable() const;

  KafkaModel& kafka_;
  const uint64_t budget_;
  const Time& now_;
  std::vector<Partition> partitions_ = std::vector<Partition>(kPositions + 1);
  size_t outstanding_ = 0;
  uint64_t outstanding_bytes_ = 0;
  bool failed_ = false;  // a problem was reported: nothing may be produced any more
  bool fatal_ = false;
};

}  // namespace penstock::sim
