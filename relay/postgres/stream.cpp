#include "relay/postgres/stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace penstock {
namespace {

// That end a step of the pace early: some hundred small transactions, and what libpq reads at once. Batches of fewer
// bytes cost the producer more CPU a record.
constexpr int kGatherBytes = 256 * 1024;

constexpr Duration kWatchInterval = std::chrono::milliseconds(500);
constexpr Duration kFlushRetry = std::chrono::milliseconds(20);

// 1970-01-01 to 2000-01-01, PostgreSQL's epoch, in microseconds.
constexpr int64_t kEpochUs = 10'957 * int64_t{86'400'000'000};

int64_t postgres_now_us() {
  const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(unix_time).count() - kEpochUs;
}

void keep_sqlstate(void* to, const PGresult* result) {
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate != nullptr) *static_cast<std::string*>(to) = sqlstate;
}

Position to_position(const wire::After& after) {
  return {{after.end}, {after.commit_lsn}, after.ordinal};
}

wire::After to_after(const Position& position) {
  return {wire::AfterKind::kStream, position.end.value, position.commit_lsn.value, position.ordinal};
}

}  // namespace

Watch::Watch(Connection connection) : connection_(std::move(connection)), sqlstate_(std::make_unique<std::string>()) {
  PQsetNoticeReceiver(connection_.raw(), keep_sqlstate, sqlstate_.get());
}

Watch::Seen Watch::look() {
  const bool alive = PQconsumeInput(connection_.raw()) != 0;
  PQnotifies(connection_.raw());  // parses what came while nothing was asked
  // Not 57P05, a session that was idle for too long.
  if (*sqlstate_ == "57P01" || *sqlstate_ == "57P02" || *sqlstate_ == "57P03") return Seen::kServerStops;
  return alive ? Seen::kNothing : Seen::kLost;
}

Stream::Stream(Connection replication, Connection watch, const Settings& settings, Time now)
    : connection_(std::move(replication)),
      watch_(std::in_place, std::move(watch)),
      feedback_(settings.feedback, settings.start.end, now),
      after_(settings.start),
      in_unit_(settings.start.inside_unit()),
      sequence_lsn_(settings.sequence_lsn),
      pace_(now),
      watch_at_(now + kWatchInterval),
      flush_at_(now) {
  PQsetnonblocking(connection_.raw(), 1);
}

// The last word, if there is a new one: so that the slot need not be read again from further back.
Stream::~Stream() {
  if (broken_) return;
  if (const auto status = feedback_.due(Time::max())) {
    if (send(*status).is_ok()) PQflush(connection_.raw());
  }
}

Result<bool> Stream::receive(Frame& frame, Time now) {
  while (true) {
    char* raw = nullptr;
    const int size = PQgetCopyData(connection_.raw(), &raw, 1);
    const std::unique_ptr<char, PgFree> owned(raw);
    if (size > 0) {
      taken_since_consume_ = true;
      if (TRY(take({raw, static_cast<size_t>(size)}, frame, now))) return true;
      continue;
    }
    if (size < 0) {
      if (!broken_ && PQisBusy(connection_.raw()) != 0) TRY_STATUS(consume(now));
      if (broken_ || PQisBusy(connection_.raw()) == 0) return ended();
      return false;
    }
    if (broken_) return ended();
    if (gathering(now)) {
      drained_ = true;
      return false;
    }
    if (consumed_at_ == now && !may_hold_more()) {
      note_drained(now);
      return false;
    }
    TRY_STATUS(consume(now));
  }
}

// One read a turn is enough, since poll(2) tells of more. TLS gives one record of at most 16 KiB a read, and may hold
// back a part that poll(2) does not see: there it is read until two reads in a row give no message.
bool Stream::may_hold_more() const {
  return PQsslInUse(connection_.raw()) != 0 && (taken_since_consume_ || consumed_times_ < 2);
}

Status Stream::consume(Time now) {
  const bool taken = std::exchange(taken_since_consume_, false);
  consumed_times_ = consumed_at_ == now && !taken ? consumed_times_ + 1 : 1;
  consumed_at_ = now;
  if (PQconsumeInput(connection_.raw()) == 0) broken_ = true;
  return Status::ok();
}

// The stream is over: by an error, by the server's end, or because the connection is gone. Called only when libpq has
// the reason already, or never will.
Problem Stream::ended() {
  const PgResult result(PQgetResult(connection_.raw()));
  if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) {
    Problem problem = connection_.problem(result.get(), Activity::kStreaming);
    if (problem.code == Code::kPgStream && feedback_.stopping()) problem.code = Code::kPgShutdown;
    return problem;
  }
  // Without an error message a walsender ends only when its server stops.
  const bool stops = feedback_.stopping() || PQresultStatus(result.get()) == PGRES_COMMAND_OK;
  ServerError error;
  error.message = stops ? "the server has ended the stream" : "the connection is lost";
  Problem problem = to_problem(error, connection_.place(Activity::kStreaming));
  if (stops) problem.code = Code::kPgShutdown;
  return problem;
}

Result<bool> Stream::take(std::string_view message, Frame& frame, Time now) {
  const ReplicationMessage parsed = parse_replication_message(message);
  if (const auto* data = std::get_if<WalData>(&parsed)) return take_data(*data, frame);
  if (const auto* keepalive = std::get_if<Keepalive>(&parsed)) return take_keepalive(*keepalive, frame, now);
  return Problem{Code::kPgProtocol,
                 "a replication message of " + std::to_string(message.size()) + " bytes that cannot be read, after " +
                     to_string(after_),
                 ""};
}

Result<bool> Stream::take_data(const WalData& data, Frame& frame) {
  if (!wire::read_header(data.payload, frame.header)) {
    return Problem{Code::kPgProtocol, "a frame that cannot be read, after " + to_string(after_), ""};
  }
  wire::Header& header = frame.header;
  if (header.after.kind == wire::AfterKind::kStream) {
    TRY_STATUS(take_position(data, header));
  }
  const bool published = header.kind == wire::UnitKind::kTransaction && header.record_count > 0;
  if (header.last_of_unit() && published) {
    sequence_lsn_ = {header.end_lsn};
  } else if (header.sequence_lsn != 0) {
    sequence_lsn_ = {header.sequence_lsn};
  }
  frame.bytes.assign(data.payload);
  frame.sent_us = data.send_time_us + kEpochUs;
  frame.reply_requested = false;
  pace_.took(data.payload.size(), std::chrono::microseconds(frame.sent_us - header.commit_time_us));
  return true;
}

// Moves after_ to the position of a frame. The plugin knows nothing of keepalives: where one has moved us further than
// the end of the unit before, that stands.
Status Stream::take_position(const WalData& data, wire::Header& header) {
  Position after = to_position(header.after);
  const bool ends_unit = header.last_of_unit() && header.kind != wire::UnitKind::kProgress;
  // The server's own number of the end of a unit: a plugin gone wrong cannot make us confirm what was never sent.
  const bool beyond = ends_unit && data.wal_end && after.end > data.wal_end;
  const bool back = ends_unit && after.end <= after_.end;
  after.end = std::max(after.end, after_.end);
  if (beyond || back || !not_before(after, after_)) {
    return Problem{Code::kPgProtocol,
                   "the position of a frame is out of order: " + to_string(after) + " after " + to_string(after_), ""};
  }
  header.after.end = after.end.value;
  after_ = after;
  in_unit_ = after.inside_unit();
  unit_seen_ = in_unit_;
  feedback_.received(after.end);
  return Status::ok();
}

// Gives a frame only if it moves the position, or if the server waits for one that is not durable yet.
bool Stream::take_keepalive(const Keepalive& keepalive, Frame& frame, Time now) {
  // The unit that we resume in was passed over: nothing of it is published any more.
  if (in_unit_ && !unit_seen_ && keepalive.wal_end > after_.commit_lsn) in_unit_ = false;
  const bool moves = !in_unit_ && keepalive.wal_end > after_.end;
  if (moves) after_ = {keepalive.wal_end, {}, 0};
  feedback_.received(after_.end);
  if (keepalive.reply_requested) feedback_.reply_requested(after_.end, now);
  const bool awaited = keepalive.reply_requested && durable_ < after_.end;
  if (!moves && !awaited) return false;
  frame.bytes.clear();
  frame.header = wire::Header{};
  frame.header.kind = wire::UnitKind::kProgress;
  frame.header.flags = wire::kFirstOfUnit | wire::kLastOfUnit;
  frame.header.commit_lsn = after_.end.value;
  frame.header.end_lsn = after_.end.value;
  frame.header.sequence_lsn = sequence_lsn_.value;
  frame.header.after = to_after(after_);
  frame.reply_requested = keepalive.reply_requested;
  return true;
}

Status Stream::confirm(Lsn durable, Time now) {
  drained_ = false;
  durable_ = durable;
  feedback_.confirm(durable_, now);
  if (now >= watch_at_) look_at_watch(now);
  if (feedback_.should_let_go(now)) {
    return Problem{Code::kPgShutdown, "the server is stopping and what it sent is not in Kafka yet: it is let go", ""};
  }
  if (flush_pending_) return now < flush_at_ ? Status::ok() : flush(now);
  if (const auto status = feedback_.due(now)) {
    TRY_STATUS(send(*status));
    return flush(now);
  }
  return Status::ok();
}

std::optional<Time> Stream::deadline() const {
  Time at = flush_pending_ ? flush_at_ : feedback_.deadline();
  // Not read to its end in this turn: the pipeline has no room, and only the watch can tell of a stop.
  if (!drained_) return std::min(at, watch_at_);
  if (gather_until_) at = std::min(at, *gather_until_);
  return at;
}

Status Stream::send(const StandbyStatus& status) {
  const auto bytes = write_standby_status(status, postgres_now_us());
  // Room for 34 bytes is always there: nothing is put while a flush is pending.
  if (PQputCopyData(connection_.raw(), bytes.data(), static_cast<int>(bytes.size())) == 1) return Status::ok();
  return connection_.problem(nullptr, Activity::kStreaming);
}

Status Stream::flush(Time now) {
  flush_at_ = now + kFlushRetry;
  const int pending = PQflush(connection_.raw());
  flush_pending_ = pending > 0;
  if (pending >= 0) return Status::ok();
  if (feedback_.stopping()) return ended();
  return connection_.problem(nullptr, Activity::kStreaming);
}

void Stream::look_at_watch(Time now) {
  watch_at_ = now + kWatchInterval;
  if (!watch_) return;
  switch (watch_->look()) {
    case Watch::Seen::kNothing:
      return;
    case Watch::Seen::kServerStops:
      feedback_.server_stopping(now);
      break;
    case Watch::Seen::kLost:
      break;  // the stream will notice: same server, same network
  }
  watch_.reset();
}

// Nothing more for now. While frames come in quick succession, the loop is woken for many bytes or by a timer.
void Stream::note_drained(Time now) {
  drained_ = true;
  gather_until_ = pace_.emptied(now);
  const int bytes = gather_until_ ? kGatherBytes : 1;
  if (bytes == low_water_mark_) return;
  low_water_mark_ = bytes;
  // Sockets that do not heed it, those of one host, are read as soon as there is something, as without a pace.
  setsockopt(connection_.socket(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

// The loop also turns for other reasons, for delivery reports above all. If the stream were read then, each report
// would bring a small batch on its way, and that the next report.
bool Stream::gathering(Time now) const {
  if (!gather_until_ || now >= *gather_until_) return false;
  pollfd socket{connection_.socket(), POLLIN, 0};
  return ::poll(&socket, 1, 0) == 0;
}

}  // namespace penstock
