#include "relay/sim/kafka_model.h"

#include <algorithm>
#include <cstring>

#include "relay/core/settings.h"

namespace penstock::sim {

namespace {
using std::chrono::milliseconds;

// I9 allows one frame beyond the budget; the model's frames and their overhead stay under this.
constexpr uint64_t kFrameBytesMax = 10 * 1024;

uint32_t table_of(const Record& record) {
  return static_cast<uint32_t>(record.route->table.back() - '0');
}
}  // namespace

void KafkaModel::append(const Sent& sent, bool in_line, bool unfenced) {
  if (sent.position) return append_position(sent);
  checker_.appended(sent.identity, in_line, unfenced);
}

void KafkaModel::append_position(const Sent& sent) {
  std::erase_if(position_log_, [&](const Stored& stored) { return stored.key == sent.key; });
  position_log_.push_back({sent.key, sent.value, sent.null_value});
  PositionTopic topic;
  for (const Stored& stored : position_log_) {
    const Status status =
        topic.add(stored.key, stored.null_value ? std::string_view() : std::string_view(stored.value));
    if (!status.is_ok()) Checker::violated("position topic", status.problem().what);
  }
  positions_ = topic.entries();
  paused_ = topic.paused();
  if (sent.null_value) return;
  PositionTopic alone;
  if (!alone.add(sent.key, sent.value).is_ok()) Checker::violated("position topic", "unreadable");
  if (alone.entries().empty()) return;  // a target state
  const StoredPosition& stored = alone.entries()[0].stored;
  const bool newest = !positions_.empty() && positions_[0].stored.epoch == stored.epoch;
  if (newest && !stored.intent) checker_.position_appended(stored);
}

void KafkaModel::leave_behind(std::vector<Sent> requests, Time now) {
  if (requests.empty()) return;
  late_.push_back(
      {now + milliseconds(random_.below(random_.once_in(2) ? 2000 : 100)), nobody_waits, std::move(requests)});
}

void KafkaModel::step(Time now) {
  for (Late& late : late_) {
    if (!up || late.at > now) continue;
    for (const Sent& sent : late.requests) {
      if (sent.position && !positions_.empty() &&
          sent.key != encode_position_key(positions_[0].identity, positions_[0].stored.epoch)) {
        coverage_.reach(Rare::kOldEpochWroteLate);
      }
      append(sent, true, late.unfenced);
    }
    late.requests.clear();
  }
  std::erase_if(late_, [](const Late& late) { return late.requests.empty(); });
}

ProducerModel::~ProducerModel() {
  for (Partition& partition : partitions_) {
    if (partition.hole) continue;
    kafka_.leave_behind(take_sent(partition), now_);
    for (const Waiting& waiting : partition.reports) {
      if (!waiting.report.delivered) continue;
      kafka_.coverage().reach(waiting.position ? Rare::kPositionDurableWithoutReport
                                               : Rare::kRecordDurableWithoutReport);
    }
  }
}

// What of the records that were handed over is on the network; the rest is given up.
std::vector<Sent> ProducerModel::take_sent(Partition& partition) {
  const uint32_t sent = kafka_.random().below(static_cast<uint32_t>(partition.waiting.size()) + 1);
  std::vector<Sent> requests(partition.waiting.begin(), partition.waiting.begin() + sent);
  partition.waiting.clear();
  return requests;
}

void ProducerModel::settle() {
  for (Partition& partition : partitions_) {
    for (const Sent& sent : take_sent(partition)) {
      kafka_.append(sent, !partition.hole, session != kafka_.newest_session);
    }
  }
}

void ProducerModel::check_usable() const {
  if (failed_) Checker::violated("I6", "a record was produced after the producer had failed");
  if (outstanding_bytes_ > budget_ + kFrameBytesMax) Checker::violated("I9", "more than the budget is in flight");
}

Producer::Offer ProducerModel::produce(const Record& record, uint64_t opaque) {
  check_usable();
  if (session != kafka_.newest_session) {
    Checker::violated("I10", "a relay hands records on after another one took over");
  }
  if (!kafka_.topics.contains(record.route->topic)) {
    Checker::violated("topics", "a record for " + record.route->topic + ", which nobody has created");
  }
  if (outstanding_ >= kafka_.faults.queue_capacity || kafka_.random().once_in(kafka_.faults.full_once_in)) {
    kafka_.coverage().reach(Rare::kQueueFullInsideFrame);
    return Offer::kFull;
  }
  Sent sent;
  sent.opaque = opaque;
  if (record.headers.size() != sizeof(Identity)) Checker::violated("bytes", "a record lost its headers");
  memcpy(&sent.identity, record.headers.data(), sizeof(Identity));
  sent.null_value = record.value.data() == nullptr;
  sent.bytes = record.key.size() + record.value.size() + record.headers.size();
  const uint32_t key = static_cast<uint32_t>(record.key.back());
  partitions_[table_of(record) * kPartitions + key % kPartitions].waiting.push_back(std::move(sent));
  ++outstanding_;
  outstanding_bytes_ += record.key.size() + record.value.size() + record.headers.size();
  return Offer::kTaken;
}

Producer::Offer ProducerModel::produce_service(std::string_view topic, int32_t, std::string_view key,
                                               std::string_view value, uint64_t opaque) {
  check_usable();
  if (topic != kafka_.position_topic) Checker::violated("topics", "a service record for another topic");
  if (kafka_.random().once_in(kafka_.faults.full_once_in)) return Offer::kFull;
  Sent sent;
  sent.opaque = opaque;
  sent.position = true;
  sent.key = key;
  sent.null_value = value.data() == nullptr;
  sent.value = value;
  partitions_[kPositions].waiting.push_back(std::move(sent));
  ++outstanding_;
  return Offer::kTaken;
}

void ProducerModel::step(Time) {
  Random& random = kafka_.random();
  if (!kafka_.up || fatal_) return;
  if (outstanding_ > 0 && random.once_in(kafka_.faults.fatal_once_in)) {
    fatal_ = true;
    kafka_.coverage().reach(Rare::kFatalProducer);
    return;
  }
  for (Partition& partition : partitions_) {
    if (!partition.waiting.empty() && random.once_in(2)) append_some(partition);
  }
}

void ProducerModel::append_some(Partition& partition) {
  Random& random = kafka_.random();
  const uint32_t most = static_cast<uint32_t>(partition.waiting.size());
  const uint32_t count = random.once_in(3) ? most : random.between(1, most);
  for (uint32_t at = 0; at < count; ++at) {
    Sent& sent = partition.waiting.front();
    const bool refused = random.once_in(kafka_.faults.negative_once_in);
    if (!refused) {
      if (partition.hole) kafka_.coverage().reach(Rare::kHoleInPartition);
      kafka_.append(sent, !partition.hole, session != kafka_.newest_session);
    }
    partition.hole |= refused;
    Time ready = now_ + milliseconds(random.below(kafka_.faults.report_delay_ms + 1));
    if (!partition.reports.empty()) ready = std::max(ready, partition.reports.back().at);
    partition.reports.push_back({ready, {sent.opaque, !refused}, sent.position});
    outstanding_bytes_ -= sent.bytes;
    partition.waiting.pop_front();
  }
}

bool ProducerModel::readable() const {
  if (fatal_ && !failed_) return true;
  return std::any_of(partitions_.begin(), partitions_.end(), [this](const Partition& partition) {
    return !partition.reports.empty() && partition.reports.front().at <= now_;
  });
}

Status ProducerModel::poll(std::vector<Report>& reports) {
  failed_ |= fatal_;
  if (failed_) return Problem{Code::kKafkaFatal, "fatal", ""};
  bool negative = false;
  const size_t first = kafka_.random().below(static_cast<uint32_t>(partitions_.size()));
  for (size_t at = 0; at < partitions_.size(); ++at) {
    Partition& partition = partitions_[(first + at) % partitions_.size()];
    while (!partition.reports.empty() && partition.reports.front().at <= now_) {
      negative |= !partition.reports.front().report.delivered;
      reports.push_back(partition.reports.front().report);
      partition.reports.pop_front();
      --outstanding_;
    }
  }
  if (!negative) return Status::ok();
  failed_ = true;
  kafka_.coverage().reach(Rare::kNegativeReport);
  return Problem{Code::kKafkaFatal, "a record was refused", ""};
}

}  // namespace penstock::sim
