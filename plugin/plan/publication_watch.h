// What it means that the publication of publication.name is not there.
//
// Decoding sees it as of the change: what is dropped now was there then, and what is created now does not change what
// came before. So whether it ever was there is read from the log too: a session that begins before a DROP sees the
// publication, and it does not get past the DROP of one that held something back, so no later session can take it for
// one that never was. A transaction that is older than the publication has changes from before it, which are published
// as those of a publication that never was; only what is missing after it was there stops decoding.
#pragma once

#include "plugin/options/options.h"
#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"

namespace penstock {

struct Published;

class PublicationWatch {
 public:
  // Nothing is watched, and nothing is told, unless it was opened. `options` must outlive it.
  void open(const Options& options);

  // A transaction begins. Only within its catalog snapshot, as commit().
  void begin(const ReorderBufferTXN& txn);
  // Before each of its changes: what is cached of publications is as of the change.
  void follow() {
    if (follows_) look_at_snapshot();
  }
  // It ends. ERROR PS032 if it takes the publication away, and what that held back would be published from now on.
  void commit(const ReorderBufferTXN& txn);

  struct Table {
    Relation relation;
    bool selected;     // the lists of schemas and tables name it
    bool told_before;  // that nothing of it is published
  };
  // Makes of what is published of a table what is published of it now: nothing, or all, or ERROR PS032 for one that is
  // selected, where the publication is not there. WARNINGs tell it, and what else the publication decides otherwise
  // than the options.
  void apply(Published& published, const Table& table);

 private:
  enum class State : uint8_t { kUnknown, kMissing, kWhole, kRestricting };  // in this order

  State look() const;
  void see(State state);
  void look_at_snapshot();
  bool overlaps_change(const ReorderBufferTXN& txn) const { return txn.first_lsn < last_change_; }
  // What penstock.publication.missing says; where that leaves it open, a publication is missed if it must be there
  // (publication.autocreate.mode) or was there in this transaction and held something back. Else everything is
  // published, as by the publication for all tables that the connector would make.
  MissingPublication meaning() const;
  void tell_missing(MissingPublication meaning);
  void tell_other_root();
  void tell_unpublished(Relation relation) const;
  bool is_first() { return !std::exchange(told_, true); }

  const Options* options_ = nullptr;  // nullptr: there is nothing to watch
  State state_ = State::kUnknown;     // the most that was seen since the last commit that changed publications
  bool settled_ = false;              // no look at it can show anything else
  bool follows_ = false;              // the transaction is older than the last change of publications
  TransactionId snapshot_xmax_ = 0;   // of its catalog snapshot, which another's commit exchanges
  uint32 snapshot_xcnt_ = 0;
  bool held_ = false;           // in this transaction it was there and held something back
  XLogRecPtr last_change_ = 0;  // of publications: the commit's; at first, what came before the session
  bool told_ = true;
};

static_assert(JumpSafe<PublicationWatch>);

}  // namespace penstock
