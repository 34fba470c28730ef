// One decoding session: options, plans, the transaction at hand, the frame that grows. The callbacks of plugin.cpp are
// its only users.
#pragma once

#include "plugin/options/options.h"
#include "plugin/pg/memory.h"
#include "plugin/plan/plan_cache.h"
#include "plugin/plan/tuples.h"
#include "plugin/record/envelope.h"
#include "plugin/record/record_drafts.h"
#include "plugin/record/service_records.h"
#include "plugin/session/cork.h"
#include "plugin/session/frame_buffer.h"
#include "plugin/session/transaction.h"

namespace penstock {

// What the reader already has: everything of the unit that commits at start.commit_lsn below start.ordinal, and every
// unit up to start.end.
class Resume {
 public:
  void open(const Position& start) { start_ = start; }
  void begin(const Transaction& txn) {
    done_ = txn.end_lsn <= start_.end;
    inside_ = txn.commit_lsn == start_.commit_lsn && start_.commit_lsn != 0;
  }
  void begin_message(XLogRecPtr end) {
    done_ = end <= start_.end;
    inside_ = false;
  }
  bool covers(uint64 ordinal) const { return done_ || (inside_ && ordinal < start_.ordinal); }
  bool covers_unit() const { return done_; }
  bool is_inside() const { return inside_; }

 private:
  Position start_;
  bool done_ = false;
  bool inside_ = false;
};

// Made-up positions, ids and times for golden files: units count from 1, and in a unit the distinct LSNs do.
struct Stable {
  uint64 units = 0;
  uint64 lsns = 0;
  XLogRecPtr last = 0;

  static constexpr uint64 kUnitStep = 1000000;
  static constexpr int64 kTimeUs = 1767225600000000;  // 2026-01-01T00:00:00Z

  uint64 lsn_of(XLogRecPtr lsn) {
    if (lsn != last || lsns == 0) ++lsns;
    last = lsn;
    return units * kUnitStep + lsns;
  }
  uint64 end_lsn() const { return (units + 1) * kUnitStep - 1; }
  int64 time_us() const { return kTimeUs + static_cast<int64>(units) * 1000000; }
};

class Decoder {
 public:
  // Records of one change are numbered by a byte, of which BEGIN of transaction metadata has the last.
  static constexpr size_t kPartsMax = 255;

  // In CurrentMemoryContext, with contexts below ctx->context. Touches no catalog: there may be no transaction.
  static Decoder* open(LogicalDecodingContext* ctx, const Options& options);

  const Options& options() const { return *options_; }
  // The lists of prefixes name it. Any role may have emitted it, of any length.
  bool captures_message(std::string_view prefix) const;

  // A unit begins: a transaction, or a message outside of one.
  void begin(ReorderBufferTXN* from);
  void begin_message(XLogRecPtr lsn);

  // A change of a published table, captured or not.
  void publish(uint64 ordinal, XLogRecPtr lsn);
  // Nothing is to be written for it: not captured, or the reader has it and it does not take part in counts.
  bool is_silent(uint64 ordinal) const { return resume.covers(ordinal) && !options_->transactions; }
  void skipped(LogicalDecodingContext* ctx);

  // The records of one change, truncate or message stand between open and close; close flushes at 64 KiB.
  void open_change(uint64 ordinal, XLogRecPtr lsn);
  void open_message();
  void write_records(Plan& plan, const Tuples& rows);
  void write_truncate(Plan& plan);
  void tell_rewrite(const Plan& plan);
  void write_message(bool in_transaction, std::string_view prefix, std::string_view content);
  void close_change(LogicalDecodingContext* ctx);
  // What the records of the change do not show (wire/notice.h); between open and close as well.
  void tell(const wire::Notice& notice) { frame_.tell(notice); }

  void follow_publication() { publication_.follow(); }
  // A transaction ends that may have taken the publication away (publication_watch.h): before end_unit().
  void check_publication(const ReorderBufferTXN& from) {
    if (!resume.covers_unit()) publication_.commit(from);
  }

  // The unit ends: flushes, or tells progress if there was nothing.
  void end_unit(LogicalDecodingContext* ctx);

  PlanCache plans;
  Transaction txn;
  Resume resume;
  MemoryContext change_context = nullptr;  // scratch of one callback: each opens one ScratchScope on it, first of all

 private:
  void make_source(bool in_transaction);
  std::string_view origin_name() const;
  uint32 slot_xmin();
  void place_record(uint64 total_order, uint64 collection_order);
  void count_row(const Plan& plan);
  void finish_record(const Output& output, uint8 part);
  bool finish_service_record(wire::RecordKind kind, const Inputs& inputs);
  const char* unfit_message(ServiceRecord record, std::string_view prefix, std::string_view content);
  void leave_message_out(std::string_view place, const char* reason);
  void write_position_headers();
  void write_unavailable_header(const Plan& plan, const Row* row);
  // False: a record that belongs to no table is too large, and was left out.
  bool emit(const Output& output, wire::RecordKind kind, uint8 part, char op, const Plan* plan, const Inputs& inputs);
  void emit_row(Plan& plan, Variant variant, char op, const Row* old_row, const Row* new_row);
  bool is_unchanged(const Plan& plan, const Tuples& rows);
  void tell_without_identity(Plan& plan);
  void tell_left_out(const Plan& plan);
  void write_delete(Plan& plan, const Row& row, const Row* moved_to);
  void write_move(Plan& plan, const Row& old_row, const Row& new_row);
  void write_mark(bool begin, uint64 lsn, uint64 ordinal);
  std::string_view collections();
  uint64 shown_lsn(XLogRecPtr lsn) { return options_->stable ? stable_.lsn_of(lsn) : lsn; }
  wire::Header header_of_unit();
  void flush(LogicalDecodingContext* ctx, bool last);
  void progress(LogicalDecodingContext* ctx);
  void write_out(LogicalDecodingContext* ctx, const wire::Header& header);

  const Options* options_ = nullptr;
  Naming naming_;
  PublicationWatch publication_;
  Outputs* service_ = nullptr;  // by ServiceRecord
  uint32 next_id_ = 1;          // of definitions
  SourceFacts source_;          // of the unit
  FrameBuffer frame_;
  Cork cork_;
  JsonWriter source_text_;                  // of the unit's SourceParts
  JsonWriter key_text_;                     // old and new key of an update, or two values that are compared
  MemoryContext unit_context_ = nullptr;    // reset when a unit begins
  MemoryContext output_context_ = nullptr;  // reset after each frame
  Stamp stamp_;
  char block_[200];  // the transaction block of a record
  uint8 part_ = 0;
  uint32 java_buckets_ = kJavaBuckets;  // of the map of END's collections
  uint64 next_serial_ = 1;
  XLogRecPtr unit_end_ = 0;      // end of the last unit that ended
  XLogRecPtr sequence_lsn_ = 0;  // end of the last one with a published change
  uint64 shown_sequence_ = 0;    // the same, as records show it
  Stable stable_;
  const ReplicationSlot* slot_ = nullptr;
  uint32 xmin_ = 0;  // of the slot's catalog, as it was at xmin_time_
  TimestampTz xmin_time_ = 0;
  TimestampTz output_time_ = 0;  // of the last frame
  XLogRecPtr output_lsn_ = 0;
  int skipped_changes_ = 0;
};

static_assert(JumpSafe<Decoder>);

// What stands for topic.prefix if it is not set: the name of the database. Also for penstock.tables() and snapshot().
std::string_view prefix_of(const Options& options);

// What records of this session have in common. In CurrentMemoryContext.
Naming naming_of(const Options& options);

}  // namespace penstock
