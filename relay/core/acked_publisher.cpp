#include "relay/core/acked_publisher.h"

#include <algorithm>

#include "relay/core/position_record.h"

namespace penstock {

namespace {

// An opaque is {session, number of the frame}: the producer outlives sessions, and what it reports of one that has
// ended is nobody's any more. Two numbers are no frame.
constexpr int kNumberBits = 44;
constexpr uint64_t kNumberMask = (uint64_t{1} << kNumberBits) - 1;
constexpr uint64_t kSessionMask = (uint64_t{1} << (63 - kNumberBits)) - 1;
constexpr uint64_t kPosition = kNumberMask;
constexpr uint64_t kIgnored = kNumberMask - 1;

// Position records of a stream that is idle again and again are this far apart: a tenth of a second is soon enough to
// free WAL, and ten records a second are nothing beside the records they speak of.
constexpr Duration kIdleGap = std::chrono::milliseconds(100);

}  // namespace

AckedPublisher::AckedPublisher(Producer& producer, const CoreSettings& settings, Session session)
    : producer_(producer),
      topic_(settings.position_topic),
      interval_(settings.position_interval),
      progress_interval_(settings.progress_interval),
      bytes_max_(settings.position_bytes),
      session_(std::move(session)),
      tracker_(session_.start),
      written_(session_.start),
      durable_(session_.start) {}

uint64_t AckedPublisher::opaque_of(uint64_t number) const {
  return (session_.number & kSessionMask) << kNumberBits | number;
}

bool AckedPublisher::is_ours(uint64_t opaque) const {
  return opaque >> kNumberBits == (session_.number & kSessionMask);
}

Result<Position> AckedPublisher::stored(Time now) {
  if (!written_at_) written_at_ = now;
  TRY_STATUS(take_reports());
  const AckTracker::Advance advance = tracker_.advance();
  bytes_ += advance.bytes;
  records_ |= advance.records;
  if (!pending() && tracker_.released() >= hurry_until_) hurry_until_ = 0;
  const bool due = !may_send() || (pending() && now >= due_at());
  if (due && !writing_) TRY_STATUS(write_position(now));
  if (session_.old_epoch != 0 && own_stored_) TRY_STATUS(remove_old_epoch());
  return may_send() ? durable_.position : Position();
}

Status AckedPublisher::take_reports() {
  reports_.clear();
  Status status = producer_.poll(reports_);
  for (const Producer::Report& report : reports_) {
    if (!report.delivered) return undelivered(report, std::move(status));
  }
  if (!status.is_ok()) return status;
  for (const Producer::Report& report : reports_) {
    const uint64_t number = report.opaque & kNumberMask;
    if (number == kIgnored || !is_ours(report.opaque)) continue;
    if (number == kPosition) {
      CHECK(writing_);
      writing_ = false;
      own_stored_ = true;
      durable_ = written_;
    } else {
      tracker_.delivered(number);
    }
  }
  return Status::ok();
}

Problem AckedPublisher::undelivered(const Producer::Report& report, Status status) const {
  Problem problem = status.is_ok() ? Problem{Code::kKafkaFatal, "a record was not delivered", ""} : status.problem();
  const uint64_t number = report.opaque & kNumberMask;
  if (number < kIgnored && is_ours(report.opaque)) {
    problem.what += " (commit " + to_string(Lsn{tracker_.at(number).header.commit_lsn}) + ")";
  }
  return problem;
}

Time AckedPublisher::due_at() const {
  if (hurrying() || bytes_ >= bytes_max_) return Time::min();
  if (!records_) return *written_at_ + progress_interval_;
  return *written_at_ + (tracker_.empty() ? std::min(kIdleGap, interval_) : interval_);
}

Status AckedPublisher::write_position(Time now) {
  StoredPosition record;
  record.timeline = session_.timeline;
  record.server = session_.server;
  record.position = tracker_.watermark().position;
  record.sequence_lsn = tracker_.watermark().sequence_lsn;
  CHECK(record.position.end >= durable_.position.end);
  const std::string key = encode_position_key(session_.identity, session_.epoch);
  switch (producer_.produce_service(topic_, 0, key, encode_position_value(record), opaque_of(kPosition))) {
    case Producer::Offer::kRefused:
      return producer_.problem();
    case Producer::Offer::kFull:
      full_ = true;
      return Status::ok();
    case Producer::Offer::kTaken:
      break;
  }
  full_ = false;
  writing_ = true;
  written_ = tracker_.watermark();
  written_at_ = now;
  written_released_ = tracker_.released();
  bytes_ = 0;
  records_ = false;
  ++position_records_;
  return Status::ok();
}

Status AckedPublisher::remove_old_epoch() {
  const std::string key = encode_position_key(session_.identity, session_.old_epoch);
  const auto offer = producer_.produce_service(topic_, 0, key, std::string_view(), opaque_of(kIgnored));
  if (offer == Producer::Offer::kRefused) return producer_.problem();
  if (offer == Producer::Offer::kTaken) session_.old_epoch = 0;
  return Status::ok();
}

Result<bool> AckedPublisher::offer(Frame& frame, const Record& record) {
  if (!may_send()) return false;
  switch (producer_.produce(record, opaque_of(tracker_.next_number()))) {
    case Producer::Offer::kTaken:
      tracker_.handed(frame);
      return true;
    case Producer::Offer::kFull:
      return false;
    case Producer::Offer::kRefused:
      break;
  }
  return refused(frame, record);
}

Problem AckedPublisher::refused(const Frame& frame, const Record& record) const {
  Problem problem = producer_.problem();
  problem.what += " (topic " + record.route->topic + ", commit " + to_string(Lsn{frame.header.commit_lsn}) +
                  ", change " + std::to_string(record.ordinal) + ", " +
                  std::to_string(record.key.size() + record.value.size()) + " bytes)";
  return problem;
}

bool AckedPublisher::idle() const {
  return tracker_.empty() && !writing_ && !pending() && durable_ == written_;
}

std::optional<Time> AckedPublisher::deadline() const {
  if (!written_at_ || !pending() || writing_ || full_) return std::nullopt;  // a report will wake the loop
  return due_at();
}

}  // namespace penstock
