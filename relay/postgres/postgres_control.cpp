#include "relay/postgres/postgres_control.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "relay/postgres/connection.h"
#include "relay/postgres/facts.h"
#include "relay/postgres/publication.h"
#include "relay/postgres/replica_identity.h"
#include "relay/postgres/slot.h"
#include "relay/postgres/snapshot.h"
#include "relay/postgres/sql_text.h"
#include "relay/postgres/stream.h"

namespace penstock {
namespace {

// libpq reads as much at once as its buffer has room for, starts with 16 KiB, and never shrinks: one row this long lets
// it take many small frames with one recv(2).
constexpr size_t kReadBufferBytes = 256 * 1024;

// Gives the server's wal_sender_timeout.
Result<std::chrono::milliseconds> prepare_stream(Connection& replication) {
  const PgResult row = TRY(replication.run("SELECT setting, repeat(' ', " + std::to_string(kReadBufferBytes) +
                                               ") FROM pg_settings WHERE name = 'wal_sender_timeout'",
                                           Activity::kStarting));
  return std::chrono::milliseconds(std::atoll(field(row, 0).c_str()));
}

// What was judged is the server that was probed; this connection must lead to the same one.
Status check_system(Connection& replication, const OpenStream& request) {
  const PgResult row = TRY(replication.run("IDENTIFY_SYSTEM", Activity::kStarting));
  const std::string system_id = field(row, 0);
  const std::string timeline = field(row, 1);
  const bool same_system = request.system_id.empty() || system_id == request.system_id;
  const bool same_timeline = request.timeline == 0 || timeline == std::to_string(request.timeline);
  if (same_system && same_timeline) return Status::ok();
  return Problem{Code::kPgStream,
                 "the server changed between the start checks and the stream: system " + request.system_id +
                     ", timeline " + std::to_string(request.timeline) + " was checked, system " + system_id +
                     ", timeline " + timeline + " answers now",
                 ""};
}

// Nobody else can move the slot any more, and we have confirmed nothing yet. The server begins at confirmed_flush_lsn
// if that is above what we ask for, without a word; a slot that was dropped and made anew is always confirmed above
// every position of the one before. A walsender that has ended already (an ERROR in decoding) holds no slot: what it
// had to say is in the stream.
Status check_slot(Connection& sql, int walsender, const OpenStream& request) {
  const PostgresSettings& settings = sql.settings();
  const PgResult row =
      TRY(sql.run("SELECT plugin, database = current_database(), confirmed_flush_lsn, coalesce(active_pid = " +
                      std::to_string(walsender) +
                      ", true) FROM pg_replication_slots WHERE slot_name = " + quote_literal(settings.slot_name),
                  Activity::kStarting));
  const bool there = PQntuples(row.get()) == 1;
  const std::optional<Lsn> confirmed = there ? parse_lsn(field(row, 2)) : std::nullopt;
  std::string what;
  if (!there || field(row, 0) != settings.plugin_name || field(row, 1) != "t" || field(row, 3) != "t") {
    what = "is no longer the one that was checked";
  } else if (!confirmed || *confirmed > request.from.end) {
    what = "was confirmed up to " + field(row, 2) +
           " between the start checks and the stream, Kafka has changes only up to " + to_string(request.from.end);
  } else {
    return Status::ok();
  }
  return Problem{Code::kPgSlotChanged, "slot " + settings.slot_name + ' ' + what, ""};
}

// The watch is idle by design, and a walsender: a smart shutdown waits for every other session, and ends these when it
// ends the stream. 13 does not know the setting.
Result<Connection> open_watch(const PostgresSettings& settings, const Cancel& cancel) {
  Connection watch = TRY(Connection::open(settings, ConnectionKind::kReplication, cancel));
  TRY(watch.run("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
                Activity::kStarting));
  return watch;
}

}  // namespace

PostgresControl::PostgresControl(PostgresSettings settings, Note note, std::shared_ptr<IdentitiesSet> identities_set)
    : settings_(std::move(settings)), note_(std::move(note)), identities_set_(std::move(identities_set)) {}

Result<ServerFacts> PostgresControl::probe() {
  Connection replication = TRY(Connection::open(settings_, ConnectionKind::kReplication, cancel_));
  return gather_facts(replication);
}

// What the configuration asks to be made in the database before anything is read.
Status PostgresControl::prepare() {
  TRY_STATUS(make_publication(settings_, cancel_));
  if (identities_set_->exchange(true)) return Status::ok();
  const Status set = set_replica_identities(settings_, cancel_, note_);
  *identities_set_ = set.is_ok();
  return set;
}

Result<TopicGroups> PostgresControl::topic_groups(const std::vector<std::string>& topics) {
  Connection sql = TRY(Connection::open(settings_, ConnectionKind::kSql, cancel_));
  return penstock::topic_groups(sql, topics);
}

Result<SlotCreated> PostgresControl::create_slot() {
  TRY_STATUS(prepare());
  Connection replication = TRY(Connection::open(settings_, ConnectionKind::kReplication, cancel_));
  const CreatedSlot slot = TRY(penstock::create_slot(replication, {}, cancel_, note_));
  return SlotCreated{slot.consistent_point};
}

Status PostgresControl::drop_slot() {
  Connection replication = TRY(Connection::open(settings_, ConnectionKind::kReplication, cancel_));
  return penstock::drop_slot(replication);
}

Result<SnapshotOpened> PostgresControl::open_snapshot(const OpenSnapshot& request) {
  TRY_STATUS(prepare());
  OpenedSnapshot opened = TRY(penstock::open_snapshot(settings_, request.temporary, cancel_, note_));
  return SnapshotOpened{opened.consistent_point, std::move(opened.source), std::move(opened.estimates)};
}

Result<StreamOpened> PostgresControl::open_stream(const OpenStream& request) {
  TRY_STATUS(prepare());
  Connection replication = TRY(Connection::open(settings_, ConnectionKind::kReplication, cancel_));
  TRY_STATUS(check_system(replication, request));
  Connection watch = TRY(open_watch(settings_, cancel_));
  const std::chrono::milliseconds wal_sender_timeout = TRY(prepare_stream(replication));
  auto started =
      replication.run(start_replication_command(settings_, request.from, request.sequence_lsn), Activity::kStarting);
  if (!started.is_ok()) return with_holder(started.problem(), watch);
  TRY_STATUS(check_slot(watch, PQbackendPID(replication.raw()), request));
  Stream::Settings stream;
  stream.start = request.from;
  stream.sequence_lsn = request.sequence_lsn;
  stream.feedback.interval = std::min<Duration>(settings_.status_interval, Feedback::interval_for(wal_sender_timeout));
  stream.feedback.manual = settings_.manual_flush;
  return StreamOpened{
      std::make_unique<Stream>(std::move(replication), std::move(watch), stream, std::chrono::steady_clock::now())};
}

void PostgresControl::cancel() {
  cancel_.cancel();
}

}  // namespace penstock
