#include "relay/core/acked_publisher.h"

#include <algorithm>

#include "relay/core/position_record.h"

namespace penstock {

namespace {

// Opaques that are no frame.
constexpr uint64_t kPosition = 1;
constexpr uint64_t kIgnored = 2;

// Position records of a stream that is idle again and again are this far apart: a tenth of a second is soon enough to
// free WAL, and ten records a second are nothing beside the records they speak of.
constexpr Duration kIdleGap = std::chrono::milliseconds(100);

uint64_t opaque_of(Frame& frame) {
  return reinterpret_cast<uint64_t>(&frame);
}
Frame& frame_of(uint64_t opaque) {
  return *reinterpret_cast<Frame*>(opaque);
}

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

Result<Position> AckedPublisher::stored(Time now) {
  if (!written_at_) written_at_ = now;
  TRY_STATUS(take_reports());
  const AckTracker::Advance advance = tracker_.advance();
  bytes_ += advance.bytes;
  records_ |= advance.records;
  if (!pending() && tracker_.released() >= hurry_until_) hurry_until_ = 0;
  if (pending() && !writing_ && now >= due_at()) TRY_STATUS(write_position(now));
  if (session_.old_epoch != 0 && durable_ != session_.start) TRY_STATUS(remove_old_epoch());
  return durable_.position;
}

Status AckedPublisher::take_reports() {
  reports_.clear();
  Status status = producer_.poll(reports_);
  for (const Producer::Report& report : reports_) {
    if (!report.delivered) return undelivered(report, std::move(status));
  }
  if (!status.is_ok()) return status;
  for (const Producer::Report& report : reports_) {
    if (report.opaque == kIgnored) continue;
    if (report.opaque == kPosition) {
      CHECK(writing_);
      writing_ = false;
      durable_ = written_;
    } else {
      tracker_.delivered(frame_of(report.opaque));
    }
  }
  return Status::ok();
}

Problem AckedPublisher::undelivered(const Producer::Report& report, Status status) const {
  Problem problem = status.is_ok() ? Problem{Code::kKafkaFatal, "a record was not delivered", ""} : status.problem();
  if (report.opaque > kIgnored) {
    problem.what += " (commit " + to_string(Lsn{frame_of(report.opaque).header.commit_lsn}) + ")";
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
  switch (producer_.produce_service(topic_, 0, key, encode_position_value(record), kPosition)) {
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
  const auto offer = producer_.produce_service(topic_, 0, key, std::string_view(), kIgnored);
  if (offer == Producer::Offer::kRefused) return producer_.problem();
  if (offer == Producer::Offer::kTaken) session_.old_epoch = 0;
  return Status::ok();
}

Result<bool> AckedPublisher::offer(Frame& frame, const Record& record) {
  switch (producer_.produce(record, opaque_of(frame))) {
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
