// The rows of tables as they were at a snapshot: a Source that reads penstock.snapshot() by COPY, table after table, in
// a session that nobody ever waits for.
//
// A table is locked (ACCESS SHARE) only while it is read, in a savepoint that is rolled back after its last row. As
// soon as somebody wants it for himself the reading is cancelled and begins anew when he is through. A table that was
// rewritten since the snapshot was taken (TRUNCATE, VACUUM FULL, most of ALTER TABLE) reads as empty in it: that shows
// in its file, pg_class.relfilenode as the snapshot has it against that of now, which cannot change while the lock is
// held. Such a table is read at the end, in a snapshot of its own; the stream, which begins before that, then repeats
// what has happened to it since, and so ends where the table does. See docs/adr/0008-slot-first-then-locks.md.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "relay/core/ports.h"
#include "relay/postgres/binary_copy.h"
#include "relay/postgres/connection.h"
#include "relay/postgres/lock_watch.h"
#include "relay/postgres/snapshot_commands.h"

namespace penstock {

class SnapshotSource final : public Source {
 public:
  // Called on the loop thread: a table that was rewritten, is held by somebody, or was given back.
  using Note = std::function<void(const Problem&)>;

  // `connection` is in a transaction that sees the snapshot and in kTableSavepoint; `watch` watches it. Both are taken
  // over, and closed after the last row.
  SnapshotSource(Connection connection, LockWatch watch, std::deque<SnapshotTable> tables, SnapshotStart start,
                 Note note);

  Result<bool> receive(Frame& frame, Time now) override;
  // Confirms nothing; gives way to who waits, also while nothing is read.
  Status confirm(Lsn durable, Time now) override;
  std::optional<Time> deadline() const override;
  int descriptor() const override { return connection_ ? connection_->socket() : -1; }
  bool finished() const override { return !connection_; }

 private:
  // Which command runs: none, the lock and the proof, COPY before its first byte, its rows, what follows them, the
  // search for the table's name of now, the return of its lock; or one was cancelled, perhaps by the watch.
  enum class Step : uint8_t { kNext, kLock, kCopy, kRows, kProof, kName, kReturn, kDoubt };
  enum class Took : uint8_t { kFrame, kStep, kNothing };

  Result<Took> step(Frame& frame, Time now);
  Status begin_table();
  Status begin_copy();
  Status end_command(Time now);
  Status end_name();
  Status end_failed(Time now);
  Status end_cancelled(PgResult error);
  Status send(const std::string& commands, Step step);
  std::string return_command() const;
  void defer(Code code, const std::string& why);
  void next_table();
  void close();

  Status give_way(Time now);
  Result<bool> await_results(Time now);
  Result<Took> take_rows(Frame& frame, Time now);
  Result<bool> take_row(Frame& frame);
  bool consume(Time now);
  void tell(Code code, std::string what, std::string mend = "");
  Problem problem(const PGresult* result) const;

  std::optional<Connection> connection_;
  std::optional<LockWatch> watch_;
  const SnapshotStart start_;
  const Note note_;
  std::deque<SnapshotTable> tables_;  // to read; the front one is being read
  std::deque<SnapshotTable> later_;   // to read in snapshots of their own
  bool anew_ = false;                 // that is what is being done
  bool first_ = true;                 // nothing was read yet
  Step step_ = Step::kNext;
  PgResult answer_;  // of the SELECT among the commands that run
  PgResult error_;
  bool cancelled_ = false;  // by the watch: what runs, if it was not done by then
  bool giving_way_ = false;
  std::optional<Time> give_way_at_;
  std::optional<Time> busy_until_;
  BinaryCopyReader reader_;
  std::optional<Time> consumed_at_;
  bool broken_ = false;
};

}  // namespace penstock
