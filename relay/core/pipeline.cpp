#include "relay/core/pipeline.h"

#include <algorithm>
#include <utility>

namespace penstock {

namespace {

// What librdkafka keeps beside a record's bytes, about: message, queue entry, headers list.
constexpr uint64_t kRecordOverhead = 256;

Problem protocol(const Frame& frame, std::string_view what) {
  Problem problem{Code::kPgProtocol, std::string(what), ""};
  problem.what += " (commit " + to_string(Lsn{frame.header.commit_lsn}) + ")";
  return problem;
}

wire::RecordReader reader_of(const Frame& frame) {
  return frame.bytes.empty() ? wire::RecordReader() : wire::RecordReader(frame.bytes);
}

}  // namespace

Pipeline::Pipeline(Source& source, Publisher& publisher, Stats& stats, const Settings& settings)
    : source_(source),
      publisher_(publisher),
      stats_(stats),
      routes_(stats, settings.topics),
      budget_(settings.budget),
      bad_table_stops_(settings.bad_table_stops),
      start_(settings.start) {}

Status Pipeline::turn(Time now) {
  const Position stored = TRY(publisher_.stored(now));  // delivery reports → position record
  CHECK(stored.end >= stored_.end && stored.end <= std::max(start_, order_.received()));
  stored_ = stored;
  release();                                     // frames that are wholly in Kafka
  TRY_STATUS(source_.confirm(stored.end, now));  // → confirm LSN
  turn_bytes_ = 0;
  const uint64_t records = stats_.records;
  while (unsent_ > 0 || in_flight_bytes_ < budget_) {
    if (unsent_ == 0 && !TRY(receive(now))) break;  // read frame
    if (!TRY(offer_records(unsent()))) break;       // → produce; full, or no topic: same record next turn
    mark(unsent());
    --unsent_;
  }
  if (stats_.records > records && !source_.behind()) publisher_.send_now();  // nothing waits for more
  TRY_STATUS(look_ahead(now));
  note_waiting(now);
  return Status::ok();
}

void Pipeline::drain() {
  draining_ = true;
}

bool Pipeline::idle() const {
  return unsent_ == 0 && publisher_.idle() && window_.empty();
}

Result<bool> Pipeline::receive(Time now) {
  if (draining_ || turn_bytes_ >= kTurnBytes) return false;
  auto frame = std::make_unique<Frame>();
  if (!TRY(source_.receive(*frame, now))) return false;
  if (const char* wrong = order_.check(frame->header)) return protocol(*frame, wrong);
  frame->received_us = stats_.unix_now_us;
  frame->charge = frame->size_bytes();
  turn_bytes_ += frame->charge;
  in_flight_bytes_ += frame->charge;
  stats_.received_bytes += frame->bytes.size();
  ++stats_.frames;
  window_.push_back(std::move(frame));
  ++unsent_;
  return true;
}

Result<bool> Pipeline::offer_records(Frame& frame) {
  if (!sending_) reader_ = reader_of(frame);
  sending_ = true;
  while (true) {
    if (!have_record_ && !TRY(next_record(frame))) break;
    have_record_ = true;
    if (record_.route->topic_state == TopicState::kWanted) return wait_for_topic();
    waits_for_topic_ = false;
    if (record_.route->topic_state == TopicState::kRefused) {
      ++stats_.tables[record_.route->index].left_out;
    } else if (TRY(publisher_.offer(frame, record_))) {
      count(frame, record_);
    } else {
      ++stats_.queue_full;
      return false;
    }
    have_record_ = false;
  }
  sending_ = false;
  return true;
}

// record_ is the first of its topic, which is being made, or soon will be. The rest of the frame may need others.
bool Pipeline::wait_for_topic() {
  if (!std::exchange(waits_for_topic_, true)) {
    routes_.want(*record_.route);
    routes_.foresee(reader_);
  }
  return false;
}

// While the line stands for a topic, what comes behind is read and looked through for others.
Status Pipeline::look_ahead(Time now) {
  while (waits_for_topic_ && in_flight_bytes_ < budget_ && TRY(receive(now))) {
    routes_.foresee(reader_of(*window_.back()));
  }
  return Status::ok();
}

// Moves to the next record that goes to Kafka; false at the end of the frame.
Result<bool> Pipeline::next_record(Frame& frame) {
  wire::Record raw;
  while (reader_.next(raw)) {
    switch (raw.kind) {
      case wire::RecordKind::kRelation:
        if (!routes_.define(raw.body)) return protocol(frame, "a relation that cannot be read");
        break;
      case wire::RecordKind::kVariant:
        if (raw.part == frame.variant) return take_record(frame, raw);
        break;
      case wire::RecordKind::kRow:
      case wire::RecordKind::kTombstone:
      case wire::RecordKind::kMessage:
      case wire::RecordKind::kTransaction:
        return take_record(frame, raw);
      case wire::RecordKind::kNotice:
        TRY_STATUS(note(frame, raw));
        break;
      default:
        break;
    }
  }
  if (!reader_.ok() || (reader_.count() != frame.header.record_count && !frame.bytes.empty())) {
    return protocol(frame, "a frame that cannot be read to its end");
  }
  return false;
}

// What the plugin could not write is told to people, and no record.
Status Pipeline::note(const Frame& frame, const wire::Record& raw) {
  wire::Notice notice;
  if (!wire::read_notice(raw, notice)) return protocol(frame, "a notice that cannot be read");
  if (notice.reason == wire::NoticeReason::kTopicTaken && bad_table_stops_) {
    return Problem{Code::kPgTopicTakenStops, std::string(notice.place) + ": " + std::string(notice.detail), ""};
  }
  stats_.notices.add(notice);
  return Status::ok();
}

Result<bool> Pipeline::take_record(const Frame& frame, const wire::Record& raw) {
  wire::Row row;
  if (!wire::read_row(raw, row)) return protocol(frame, "a row that cannot be read");
  record_.route = routes_.find(row.relation);
  if (record_.route == nullptr) return protocol(frame, "a row of a relation that was not defined");
  record_.kind = raw.kind;
  record_.op = raw.op;
  record_.part = raw.part;
  record_.key = row.key;
  record_.value = row.value;
  record_.headers = row.headers;
  record_.places = row.places;
  record_.commit_time_us = frame.header.commit_time_us;
  record_.ordinal = frame.header.first_ordinal + row.ordinal_delta;
  return true;
}

void Pipeline::mark(Frame& frame) {
  publisher_.mark(frame);
  if (frame.reply_requested) publisher_.hurry();
  // The producer has copied every record; the charge stays until Kafka has them.
  std::string().swap(frame.bytes);
}

void Pipeline::release() {
  for (const uint64_t released = publisher_.released(); released_ < released; ++released_) {
    CHECK(!window_.empty());
    const Frame& frame = *window_.front();
    CHECK(frame.closed && frame.outstanding == 0 && in_flight_bytes_ >= frame.charge);
    in_flight_bytes_ -= frame.charge;
    count_release(frame);
    window_.pop_front();
  }
  stats_.in_flight_bytes = in_flight_bytes_;
  stats_.in_flight_frames = window_.size();
}

void Pipeline::count(Frame& frame, const Record& record) {
  const uint64_t bytes = record.key.size() + record.value.size();
  const Route& route = *record.route;
  const uint64_t charge = kRecordOverhead + route.headers.size() + route.key_prefix.size() + route.key_suffix.size() +
                          route.value_prefix.size() + route.value_suffix.size();
  frame.charge += charge;
  in_flight_bytes_ += charge;
  ++stats_.records;
  stats_.record_bytes += bytes;
  TableStats& table = stats_.tables[route.index];
  table.bytes += bytes;
  if (record.kind == wire::RecordKind::kTombstone) {
    ++table.tombstone;
    return;
  }
  switch (record.op) {
    case 'c':
      ++table.create;
      break;
    case 'u':
      ++table.update;
      break;
    case 'd':
      ++table.remove;
      break;
    case 'r':
      ++table.read;
      break;
    case 't':
      ++table.truncate;
      break;
    default:
      ++table.other;
      break;
  }
}

void Pipeline::count_release(const Frame& frame) {
  const wire::Header& header = frame.header;
  if (header.after.kind == wire::AfterKind::kSnapshot && header.after.ordinal != 0)
    stats_.snapshot.table_done(header.after.end);  // {relation oid, range, done}
  if (header.kind != wire::UnitKind::kTransaction) return;
  if (header.last_of_unit()) {
    ++stats_.transactions;
    stats_.last_commit_time_us = header.commit_time_us;
  }
  stats_.count_latency({header.commit_time_us, frame.sent_us, frame.received_us, stats_.unix_now_us},
                       header.record_count);
}

void Pipeline::note_waiting(Time now) {
  if (last_turn_) {
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(now - *last_turn_);
    stats_.waited_us[static_cast<size_t>(stats_.waiting)] +=
        static_cast<uint64_t>(std::max<int64_t>(waited.count(), 0));
  }
  last_turn_ = now;
  if (unsent_ > 0) {
    stats_.waiting = Waiting::kKafka;
  } else if (in_flight_bytes_ >= budget_) {
    stats_.waiting = Waiting::kBudget;
  } else {
    stats_.waiting = window_.empty() ? Waiting::kNothing : Waiting::kPostgres;
  }
}

}  // namespace penstock
