#include "relay/postgres/snapshot_source.h"

#include <utility>

#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

// PostgreSQL's largest value.
constexpr size_t kRowBytesMax = (size_t{1} << 30) - 1;

// How often a session that gives way is looked at while poll(2) leaves its socket out.
constexpr Duration kGiveWayInterval = std::chrono::milliseconds(10);

// Until a table that was busy twice is tried once more, whatever snapshot.lock.timeout.ms is.
constexpr Duration kBusyInterval = std::chrono::seconds(1);

std::string sqlstate_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}

}  // namespace

SnapshotSource::SnapshotSource(Connection connection, LockWatch watch, std::deque<SnapshotTable> tables,
                               SnapshotStart start, Note note)
    : connection_(std::move(connection)),
      watch_(std::move(watch)),
      start_(std::move(start)),
      note_(std::move(note)),
      tables_(std::move(tables)),
      reader_(kRowBytesMax) {
  if (tables_.empty()) close();
}

void SnapshotSource::close() {
  connection_.reset();
  watch_.reset();
}

Result<bool> SnapshotSource::receive(Frame& frame, Time now) {
  while (connection_ && !giving_way_) {
    switch (TRY(step(frame, now))) {
      case Took::kFrame:
        return true;
      case Took::kStep:
        break;
      case Took::kNothing:
        return false;
    }
  }
  return false;
}

Result<SnapshotSource::Took> SnapshotSource::step(Frame& frame, Time now) {
  if (step_ == Step::kRows) return take_rows(frame, now);
  if (step_ == Step::kDoubt || (busy_until_ && now < *busy_until_)) return Took::kNothing;
  busy_until_.reset();
  if (step_ == Step::kNext) {
    TRY_STATUS(begin_table());
    return Took::kStep;
  }
  if (!TRY(await_results(now))) return Took::kNothing;
  TRY_STATUS(end_command(now));
  return Took::kStep;
}

// What a table's locks go with; it may be run when there are none.
std::string SnapshotSource::return_command() const {
  return anew_ ? "ROLLBACK; " : "ROLLBACK TO SAVEPOINT penstock_table; ";
}

// LOCK and SET take no snapshot, so that a transaction that begins here takes its own behind the lock.
Status SnapshotSource::begin_table() {
  if (tables_.empty()) {
    if (later_.empty()) {
      close();
      return Status::ok();
    }
    tables_.swap(later_);
    anew_ = true;
  }
  const SnapshotTable& table = tables_.front();
  std::string commands;
  if (!anew_) {
    commands = return_command();
  } else {
    if (PQtransactionStatus(connection_->raw()) != PQTRANS_IDLE) commands = return_command();
    commands += "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ";
  }
  commands += "SET LOCAL lock_timeout = " + std::to_string(connection_->settings().snapshot_lock_timeout.count()) +
              "; " + lock_command(table) + proof_command(table);
  return send(commands, Step::kLock);
}

Status SnapshotSource::begin_copy() {
  reader_ = BinaryCopyReader(kRowBytesMax);
  const SnapshotTable& table = tables_.front();
  std::string commands;
  // Statements that people wrote find what PostgreSQL's default path finds, as with Debezium.
  if (!table.select.empty()) commands = "SET LOCAL search_path = \"$user\", public; ";
  commands += snapshot_command(connection_->settings(), table, start_, first_ ? "all" : "table") + "; " +
              proof_command(table) + return_command();
  first_ = false;
  return send(commands, Step::kCopy);
}

// The commands are done, or COPY has begun.
Status SnapshotSource::end_command(Time now) {
  if (error_) return end_failed(now);
  switch (step_) {
    case Step::kRows:
      return Status::ok();
    case Step::kName:
      return end_name();
    case Step::kReturn:
      step_ = Step::kNext;
      return Status::ok();
    default:
      break;
  }
  if (!answer_ || PQntuples(answer_.get()) != 1) {
    return Problem{Code::kPgProtocol, "no answer about the locks of table " + tables_.front().name, ""};
  }
  const bool same_name = field(answer_, 0) == "t";
  const bool rewritten = PQgetisnull(answer_.get(), 0, 1) == 0;
  if (!same_name) {
    step_ = Step::kNext;
    return end_failed(now);
  }
  if (rewritten) {
    defer(Code::kPgTableReadAnew, field(answer_, 1) + " was rewritten since the snapshot began");
  } else if (step_ == Step::kLock) {
    return begin_copy();
  } else {
    next_table();
  }
  return Status::ok();
}

// What can be done about the error; none: the table has another name by now.
Status SnapshotSource::end_failed(Time now) {
  PgResult error = std::move(error_);
  const std::string state = error ? sqlstate_of(error.get()) : "42P01";
  SnapshotTable& table = tables_.front();
  step_ = Step::kNext;
  if (state == "57014") return end_cancelled(std::move(error));
  // With a deadlock's victim it is tried once more: two of them are somebody's program.
  if (state == "55P03" || (state == "40P01" && !table.deferred)) {
    if (table.deferred) busy_until_ = now + kBusyInterval;
    defer(Code::kPgTableBusy, "table " + table.name + " could not be locked in ACCESS SHARE mode");
    return Status::ok();
  }
  const bool name = state == "42P01" || state == "3F000";
  if (!error && !table.select.empty()) return Problem{Code::kPgStream, "table " + table.name + " was renamed", ""};
  if (!name || !table.select.empty()) return problem(error.get());
  // As of now: the functions do not ask the snapshot.
  const std::string oid = std::to_string(table.oid);
  return send(return_command() + "SELECT CASE WHEN has_table_privilege(" + oid +
                  "::oid, 'SELECT') IS NOT NULL THEN (pg_identify_object('pg_class'::regclass, " + oid +
                  ", 0)).identity END",
              Step::kName);
}

// By the watch: again, behind who waited. Its answer comes on another connection, and perhaps later.
Status SnapshotSource::end_cancelled(PgResult error) {
  if (cancelled_) return Status::ok();
  if (!watch_->asked()) return problem(error.get());
  error_ = std::move(error);
  step_ = Step::kDoubt;
  return Status::ok();
}

Status SnapshotSource::end_name() {
  SnapshotTable& table = tables_.front();
  step_ = Step::kNext;
  if (!answer_ || PQgetisnull(answer_.get(), 0, 0) != 0) {
    tell(Code::kPgTableReadAnew,
         "table " + table.name + " was dropped since the snapshot began: its rows are not read");
    next_table();
  } else {
    table.name = field(answer_, 0);
  }
  return Status::ok();
}

void SnapshotSource::defer(Code code, const std::string& why) {
  SnapshotTable table = std::move(tables_.front());
  next_table();
  if (!table.deferred) {
    std::string mend;
    if (code == Code::kPgTableBusy) {
      mend =
          "end who holds it: SELECT pid, mode FROM pg_locks WHERE granted AND relation = " + quote_literal(table.name) +
          "::regclass";
    }
    tell(code, why + ": its rows are read at the end, as they are then", mend);
  }
  table.deferred = true;
  later_.push_back(std::move(table));
}

void SnapshotSource::next_table() {
  tables_.pop_front();
  step_ = Step::kNext;
}

Status SnapshotSource::send(const std::string& commands, Step step) {
  answer_.reset();
  error_.reset();
  cancelled_ = false;
  if (PQsendQuery(connection_->raw(), commands.c_str()) == 0) return problem(nullptr);
  step_ = step;
  return Status::ok();
}

Status SnapshotSource::confirm(Lsn /*durable*/, Time now) {
  if (!connection_) return Status::ok();
  const std::optional<LockWaiter> waits = TRY(watch_->look(now));
  if (step_ == Step::kDoubt && !waits && !watch_->asked()) return problem(error_.get());
  if (waits) cancelled_ = true;
  // Behind the last row the lock goes by itself.
  if (waits && step_ != Step::kNext && step_ != Step::kProof && !giving_way_) {
    giving_way_ = true;
    SnapshotTable& table = tables_.front();
    const std::string pid = "pid " + std::to_string(waits->pid);
    const std::string lock =
        waits->relation == table.oid ? "" : "relation " + std::to_string(waits->relation) + ", locked while reading ";
    if (!table.gave_way)
      tell(Code::kPgGaveWay,
           pid + " waits for " + lock + table.name + ": it goes first, then the rows of the table are read again");
    table.gave_way = true;
  }
  return giving_way_ ? give_way(now) : Status::ok();
}

// Reads to the end of the cancelled command, which a server whose socket is full does not see otherwise; nothing of it
// is used. Then the lock is given back, if the cancel came too late for a command that was done.
Status SnapshotSource::give_way(Time now) {
  give_way_at_ = now + kGiveWayInterval;
  do {
    while (step_ == Step::kRows) {
      char* raw = nullptr;
      const int size = PQgetCopyData(connection_->raw(), &raw, 1);
      const std::unique_ptr<char, PgFree> owned(raw);
      if (size < 0) step_ = Step::kProof;
      if (size == 0 && !consume(now)) return broken_ ? Status(problem(nullptr)) : Status::ok();
    }
    if (!TRY(await_results(now))) return Status::ok();
  } while (step_ == Step::kRows);
  const bool returned = step_ == Step::kReturn;
  error_.reset();
  if (!returned) return send(return_command(), Step::kReturn);
  step_ = Step::kNext;
  giving_way_ = false;
  give_way_at_.reset();
  return Status::ok();
}

std::optional<Time> SnapshotSource::deadline() const {
  if (!connection_) return std::nullopt;
  Time first = watch_->deadline();
  if (give_way_at_) first = std::min(first, *give_way_at_);
  if (busy_until_) first = std::min(first, *busy_until_);
  return first;
}

// True once every result is here, or COPY has begun: the row of a SELECT and the first error are kept.
Result<bool> SnapshotSource::await_results(Time now) {
  while (true) {
    while (PQisBusy(connection_->raw()) != 0) {
      if (!consume(now)) {
        if (broken_) return problem(nullptr);
        return false;
      }
    }
    PgResult result(PQgetResult(connection_->raw()));
    if (!result) return true;
    switch (PQresultStatus(result.get())) {
      case PGRES_COPY_OUT:
        step_ = Step::kRows;
        return true;
      case PGRES_TUPLES_OK:
        answer_ = std::move(result);
        break;
      case PGRES_COMMAND_OK:
        break;
      default:
        if (!error_) error_ = std::move(result);
        if (PQstatus(connection_->raw()) == CONNECTION_BAD) return problem(error_.get());
        break;
    }
  }
}

Result<SnapshotSource::Took> SnapshotSource::take_rows(Frame& frame, Time now) {
  while (true) {
    if (TRY(take_row(frame))) return Took::kFrame;
    char* raw = nullptr;
    const int size = PQgetCopyData(connection_->raw(), &raw, 1);
    const std::unique_ptr<char, PgFree> owned(raw);
    if (size > 0) {
      reader_.feed({raw, static_cast<size_t>(size)});
    } else if (size < 0) {
      step_ = Step::kProof;
      return Took::kStep;
    } else if (!consume(now)) {
      if (broken_) return problem(nullptr);
      return Took::kNothing;
    }
  }
}

Result<bool> SnapshotSource::take_row(Frame& frame) {
  switch (reader_.next(frame.bytes)) {
    case BinaryCopyReader::Next::kMore:
    case BinaryCopyReader::Next::kEnd:
      return false;
    case BinaryCopyReader::Next::kDamaged:
      break;
    case BinaryCopyReader::Next::kRow:
      if (!wire::read_header(frame.bytes, frame.header) || frame.header.kind != wire::UnitKind::kSnapshot) break;
      frame.reply_requested = false;
      return true;
  }
  return Problem{Code::kPgProtocol, "the snapshot of " + tables_.front().name + " holds bytes that cannot be read", ""};
}

// False if there is nothing more to read in this turn: poll(2) tells of it.
bool SnapshotSource::consume(Time now) {
  if (broken_ || consumed_at_ == now) return false;
  consumed_at_ = now;
  broken_ = PQconsumeInput(connection_->raw()) == 0;
  return true;
}

void SnapshotSource::tell(Code code, std::string what, std::string mend) {
  if (note_) note_({code, std::move(what), std::move(mend)});
}

Problem SnapshotSource::problem(const PGresult* result) const {
  const SnapshotTable& table = tables_.front();
  Problem problem =
      connection_->problem(result, table.select.empty() ? Activity::kSnapshot : Activity::kSnapshotOverride);
  problem.what += "; table " + table.name;
  problem.mend = replaced(problem.mend, {{"<schema>", table.schema}, {"<table>", table.name}});
  return problem;
}

}  // namespace penstock
