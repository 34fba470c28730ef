// A source and a producer that tests hold in their hands.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/ports.h"
#include "wire/notice.h"

namespace penstock {

// Gives what is in `frames`; remembers what was confirmed.
class HandSource final : public Source {
 public:
  std::deque<Frame> frames;
  std::optional<Problem> broken;
  bool at_end = false;
  bool is_behind = true;
  Lsn confirmed;

  Result<bool> receive(Frame& frame, Time) override {
    if (broken) return *broken;
    if (frames.empty()) return false;
    frame = std::move(frames.front());
    frames.pop_front();
    return true;
  }
  Status confirm(Lsn durable, Time) override {
    confirmed = durable;
    return Status::ok();
  }
  bool behind() const override { return is_behind; }
  bool finished() const override { return at_end && frames.empty(); }
};

// Takes records and reports them when told to.
class HandProducer final : public Producer {
 public:
  struct Taken {
    std::string topic;
    std::string key;
    std::string value;
    bool tombstone = false;
    uint64_t opaque = 0;
    uint64_t ordinal = 0;
    uint8_t part = 0;
  };
  std::vector<Taken> taken;
  size_t room = SIZE_MAX;
  bool refuse = false;
  size_t reported = 0;
  size_t sent_now = 0;  // of `taken`, when send_now() was called last

  void send_now() override { sent_now = taken.size(); }
  Offer produce(const Record& record, uint64_t opaque) override {
    if (refuse) return Offer::kRefused;
    return take({record.route->topic, std::string(record.key), std::string(record.value),
                 record.value.data() == nullptr, opaque, record.ordinal, record.part});
  }
  Offer produce_service(std::string_view topic, int32_t, std::string_view key, std::string_view value,
                        uint64_t opaque) override {
    return take({std::string(topic), std::string(key), std::string(value), value.data() == nullptr, opaque, 0, 0});
  }
  Status poll(std::vector<Report>& reports) override {
    reports.insert(reports.end(), reports_.begin(), reports_.end());
    reports_.clear();
    return failed_ ? Status(*failed_) : Status::ok();
  }
  Problem problem() const override { return {Code::kKafkaRecordTooLarge, "too large", ""}; }
  bool finished() const override { return failed_.has_value(); }
  int descriptor() const override { return fd; }
  std::optional<Time> deadline() const override { return due; }
  int fd = -1;
  std::optional<Time> due;

  // The next `count` records are in Kafka.
  void report(size_t count = SIZE_MAX) {
    while (count-- > 0 && reported < taken.size()) reports_.push_back({taken[reported++].opaque, true});
  }
  // Everything is in Kafka, and what was taken so far is of no more interest.
  void settle() {
    report();
    taken.clear();
    reported = 0;
  }
  // The next one was refused.
  void report_failure(Problem problem) {
    reports_.push_back({taken[reported++].opaque, false});
    failed_ = std::move(problem);
  }

 private:
  Offer take(Taken record) {
    if (taken.size() - reported >= room) return Offer::kFull;
    taken.push_back(std::move(record));
    return Offer::kTaken;
  }

  std::vector<Report> reports_;
  std::optional<Problem> failed_;
};

// Frames as a plugin would write them.
class FrameBuilder {
 public:
  FrameBuilder& relation(uint32_t id, std::string_view topic) {
    wire::Relation relation;
    relation.id = id;
    relation.oid = 16384 + id;
    relation.topic = topic;
    relation.schema = "public";
    relation.table = "t";
    wire::write_relation(bytes_, relation);
    ++count_;
    return *this;
  }
  FrameBuilder& record(wire::RecordKind kind, std::string_view key, std::string_view value, uint8_t part = 0,
                       uint32_t relation = 1) {
    char fixed[wire::kRecordHeaderSize + wire::kRowFixedSize];
    wire::write_row_header(
        fixed, kind, part, 'c', relation, count_,
        {static_cast<int32_t>(key.size()), value.data() == nullptr ? -1 : static_cast<int32_t>(value.size())}, 0);
    bytes_.append(fixed, sizeof fixed);
    bytes_.append(key);
    bytes_.append(value);
    ++count_;
    return *this;
  }
  FrameBuilder& notice(const wire::Notice& notice) {
    wire::write_notice(bytes_, notice);
    ++count_;
    return *this;
  }
  FrameBuilder& row(std::string_view key, std::string_view value) { return record(wire::RecordKind::kRow, key, value); }

  // A whole transaction.
  Frame transaction(uint64_t commit_lsn, uint64_t end_lsn) {
    wire::Header header;
    header.flags = wire::kFirstOfUnit | wire::kLastOfUnit;
    header.commit_lsn = commit_lsn;
    header.end_lsn = end_lsn;
    header.after = {wire::AfterKind::kStream, end_lsn, 0, 0};
    return finish(header);
  }
  // The last frame of a range of a table.
  Frame range(uint64_t relation, bool last = true) {
    wire::Header header;
    header.kind = wire::UnitKind::kSnapshot;
    header.flags = last ? wire::kLastOfUnit : 0;
    header.after = {wire::AfterKind::kSnapshot, relation, 0, last};
    return finish(header);
  }
  Frame finish(wire::Header header) {
    header.record_count = count_;
    wire::write_header(bytes_.data(), header);
    Frame frame;
    frame.header = header;
    frame.bytes = bytes_;
    return frame;
  }
  static Frame keepalive(uint64_t end, bool reply_requested = false) {
    Frame frame;
    frame.header.kind = wire::UnitKind::kProgress;
    frame.header.after = {wire::AfterKind::kStream, end, 0, 0};
    frame.reply_requested = reply_requested;
    return frame;
  }

 private:
  std::string bytes_ = std::string(wire::kHeaderSize, '\0');
  uint32_t count_ = 0;
};

}  // namespace penstock
