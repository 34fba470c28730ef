#include "relay/sim/postgres_model.h"

#include <algorithm>

namespace penstock::sim {

namespace {
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint32_t kStatusesMax = 40;  // in a second: far below a storm of pings, above what changes can ask for

Feedback::Settings feedback_settings() {
  Feedback::Settings settings;
  settings.interval = Feedback::interval_for(kWalSenderTimeout);
  return settings;
}
}  // namespace

uint64_t PostgresModel::create_slot() {
  slot = Slot{history.end, history.end};
  checker.slot_begins(history.end);
  return history.end;
}

void PostgresModel::checkpoint() {
  if (slot) slot->persisted = slot->confirmed;
}

void PostgresModel::crash() {
  up = false;
  ++connections;
  stopping_since.reset();
  slot_active = false;
  slot_active_until.reset();
  if (!slot) return;
  if (slot->persisted < slot->confirmed) coverage.reach(Rare::kServerCrashLowersConfirmed);
  slot->confirmed = slot->persisted;
}

void PostgresModel::begin_stop(bool kafka_up) {
  if (!up || stopping_since) return;
  stopping_since = now;
  if (!kafka_up) coverage.reach(Rare::kServerStopsWhileKafkaIsDown);
}

void PostgresModel::stopped() {
  if (random.once_in(2)) checkpoint();
  crash();
}

StreamModel::StreamModel(PostgresModel& server, Position from, const std::vector<PositionEntry>& in_kafka)
    : server_(server),
      in_kafka_(in_kafka),
      connection_(server.connections),
      feedback_(feedback_settings(), from.end, server.now),
      writer_(server.random, server.coverage),
      unit_(server.history.first_from(std::max(from.end.value, server.slot->confirmed))),
      resume_commit_(from.commit_lsn.value),
      resume_ordinal_(from.ordinal),
      sent_end_(from.end.value - server.random.below(std::min<uint32_t>(500, static_cast<uint32_t>(from.end.value)))),
      sent_max_(from.end.value),
      flushed_(server.slot->confirmed),
      last_status_(server.now),
      second_(server.now) {
  server_.slot_active = true;
}

StreamModel::~StreamModel() {
  if (connection_ != server_.connections || ended_) return;
  server_.slot_active = false;
  if (server_.random.once_in(3)) server_.slot_active_until = server_.now + milliseconds(server_.random.below(3000));
}

void StreamModel::thaw() {
  if (!ended_) last_status_ = std::max(last_status_, server_.now - kWalSenderTimeout / 3);
  frozen_ = false;
}

Status StreamModel::check_connection(Time now) {
  if (has_more_in_socket()) return Status::ok();
  if (connection_ != server_.connections || ended_) return Problem{Code::kPgUnreachable, "the connection broke", ""};
  // The watch connection says so at once, half of the time.
  if (server_.stopping_since && server_.random.once_in(2)) feedback_.server_stopping(now);
  if (feedback_.should_let_go(now)) {
    server_.coverage.reach(Rare::kLetGo);
    return Problem{Code::kPgShutdown, "the server is stopping", ""};
  }
  return Status::ok();
}

void StreamModel::give(Frame& frame, Frame made, Time now) {
  frame = std::move(made);
  const uint64_t end = frame.header.after.end;
  sent_max_ = std::max(sent_max_, end);
  if (frame.reply_requested) {
    feedback_.reply_requested(Lsn{end}, now);
  } else {
    feedback_.received(Lsn{end});
  }
}

Result<bool> StreamModel::receive(Frame& frame, Time now) {
  TRY_STATUS(check_connection(now));
  if (has_more_in_socket()) {
    --in_socket_;
    give(frame, next_frame(), now);
    return true;
  }
  if (server_.random.once_in(4)) return false;  // still on its way
  if (auto odd = odd_keepalive()) {
    give(frame, std::move(*odd), now);
    return true;
  }
  if (unit_ < server_.history.units.size()) {
    give(frame, next_frame(), now);
    caught_up_said_ = false;
    return true;
  }
  const bool moved = sent_end_ < server_.history.end;
  sent_end_ = std::max(sent_end_, server_.history.end);
  if (ping_) {
    ping_ = false;
    waiting_for_reply_ = true;
    give(frame, keepalive(sent_end_, true), now);
    return true;
  }
  if (!moved && caught_up_said_) return false;
  caught_up_said_ = true;
  give(frame, keepalive(sent_end_, false), now);
  return true;
}

// What has nothing to say is passed over, or said as progress.
Frame StreamModel::next_frame() {
  while (true) {
    const Unit& unit = server_.history.units[unit_];
    const bool silent = unit.commit_lsn == resume_commit_ &&
                        std::none_of(unit.changes.begin() + static_cast<std::ptrdiff_t>(std::min<uint64_t>(
                                                                resume_ordinal_, unit.changes.size())),
                                     unit.changes.end(), [](const Change& change) { return change.captured; });
    if (unit.captured() && !silent) return unit_frame(unit);
    if (silent) server_.coverage.reach(Rare::kProgressLeftUnit);
    ++unit_;
    next_ordinal_ = 0;
    sent_end_ = unit.end_lsn;
    if (server_.random.once_in(2) || unit_ == server_.history.units.size()) return keepalive(unit.end_lsn, false);
  }
}

Frame StreamModel::unit_frame(const Unit& unit) {
  Random& random = server_.random;
  const uint64_t covered = unit.commit_lsn == resume_commit_ ? resume_ordinal_ : 0;
  if (covered > 0 && next_ordinal_ == 0) server_.coverage.reach(Rare::kResumedInsideUnit);
  const uint32_t count = static_cast<uint32_t>(unit.changes.size());
  const uint32_t most = random.once_in(3) ? count : random.between(1, 4);
  wire::Header header;
  header.kind = unit.kind == Unit::Kind::kMessage ? wire::UnitKind::kMessage : wire::UnitKind::kTransaction;
  header.flags = next_ordinal_ == 0 ? wire::kFirstOfUnit : 0;
  header.commit_lsn = unit.commit_lsn;
  header.end_lsn = unit.end_lsn;
  header.first_ordinal = next_ordinal_;
  header.after.kind = wire::AfterKind::kStream;
  writer_.begin();
  uint32_t written = 0;
  uint32_t ordinal = next_ordinal_;
  for (; ordinal < count && written < most; ++ordinal) {
    const Change& change = unit.changes[ordinal];
    if (!change.captured || ordinal < covered) continue;
    for (uint32_t part = 0; part < change.records; ++part) {
      const Identity identity{Identity::kStream, change.first_record + part, 0, 0};
      writer_.row(change.table, change.key, change.op,
                  part == 1 ? wire::RecordKind::kTombstone : wire::RecordKind::kRow, static_cast<uint8_t>(part),
                  ordinal - next_ordinal_, identity);
    }
    ++written;
  }
  if (ordinal < count) {
    header.after.end = server_.history.end_before(unit_);
    header.after.commit_lsn = unit.commit_lsn;
    header.after.ordinal = ordinal;
    next_ordinal_ = ordinal;
  } else {
    header.flags |= wire::kLastOfUnit;
    header.after.end = unit.end_lsn;
    next_ordinal_ = 0;
    sent_end_ = unit.end_lsn;
    ++unit_;
  }
  return writer_.finish(header);
}

Frame StreamModel::keepalive(uint64_t end, bool reply_requested) {
  Frame frame;
  frame.header.kind = wire::UnitKind::kProgress;
  frame.header.commit_lsn = end;
  frame.header.end_lsn = end;
  frame.header.after = {wire::AfterKind::kStream, end, 0, 0};
  frame.reply_requested = reply_requested;
  return frame;
}

std::optional<Frame> StreamModel::odd_keepalive() {
  Random& random = server_.random;
  if (!random.once_in(12)) return std::nullopt;
  if (sent_end_ < sent_max_) server_.coverage.reach(Rare::kKeepaliveBehindStart);
  const bool ask = random.once_in(6);
  if (ask) server_.coverage.reach(Rare::kReplyAskedWithRecordsOutstanding);
  if (next_ordinal_ == 0) return keepalive(sent_end_, ask);
  // Between the frames of a unit: somewhere before its commit record.
  server_.coverage.reach(Rare::kKeepaliveInsideUnit);
  const uint64_t commit = server_.history.units[unit_].commit_lsn;
  const uint64_t before = std::max(sent_end_, server_.history.end_before(unit_));
  sent_end_ = before + random.below(static_cast<uint32_t>(commit - before) + 1);
  return keepalive(sent_end_, ask);
}

Status StreamModel::confirm(Lsn durable, Time now) {
  TRY_STATUS(check_connection(now));
  feedback_.confirm(durable, now);
  if (ended_) {
    feedback_.due(now);  // it is sent, and nobody reads it
    return Status::ok();
  }
  if (const auto status = feedback_.due(now)) take_status(*status);
  return Status::ok();
}

void StreamModel::take_status(const StandbyStatus& status) {
  if (server_.now - second_ >= seconds(1)) {
    second_ = server_.now;
    statuses_ = 0;
  }
  if (++statuses_ > kStatusesMax) Checker::violated("I9", "a storm of status updates");
  last_status_ = server_.now;
  waiting_for_reply_ = false;
  if (!status.flush) return;  // says nothing, to the real one too
  server_.checker.confirmed(status.flush.value, sent_max_, in_kafka_);
  flushed_ = status.flush.value;
  if (flushed_ > server_.slot->confirmed || server_.lower_flush_moves_back) server_.slot->confirmed = flushed_;
  if (server_.slot->persisted > server_.slot->confirmed) server_.slot->persisted = server_.slot->confirmed;
}

void StreamModel::step() {
  if (connection_ != server_.connections || ended_) return;
  const auto silence = server_.now - last_status_;
  if (frozen_) {
    if (silence < kWalSenderTimeout) return;
    ended_ = true;
    server_.slot_active = false;
    in_socket_ = server_.random.below(6);
    units_then_ = server_.history.units.size();
    return;
  }
  if (silence > kWalSenderTimeout / 2) Checker::violated("I9", "no status for half of wal_sender_timeout");
  if (silence > kWalSenderTimeout / 3 && !waiting_for_reply_) ping_ = true;
  if (!server_.stopping_since) return;
  const bool all_sent = unit_ == server_.history.units.size() && sent_end_ >= server_.history.end;
  if (all_sent && flushed_ == sent_end_) {
    server_.coverage.reach(Rare::kServerStopsCleanly);
    ended_ = true;
    server_.slot_active = false;
  } else if (all_sent && !waiting_for_reply_) {
    ping_ = true;  // again after every answer that says too little
  }
}

}  // namespace penstock::sim
