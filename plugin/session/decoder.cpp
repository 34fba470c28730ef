#include "plugin/session/decoder.h"

#include "plugin/pg/compat.h"
#include "plugin/session/output.h"
#include "plugin/text/encoding.h"

namespace penstock {

namespace {

constexpr int kChangesPerProgress = 100;                 // as PostgreSQL f95d53ed: no cost measurable at 100
constexpr XLogRecPtr kProgressBytes = 16 * 1024 * 1024;  // of WAL without a frame
constexpr int64 kProgressTimeUs = 1000000;

// The server's name of the database. A walsender is in no transaction while it starts, so we make one.
std::string_view database_name() {
  if (IsTransactionState()) return get_database_name(MyDatabaseId);
  const MemoryContext context = CurrentMemoryContext;
  const ResourceOwner owner = CurrentResourceOwner;
  StartTransactionCommand();
  const std::string_view found = get_database_name(MyDatabaseId);
  MemoryContextSwitchTo(context);
  const std::string_view name = palloc_copy(found);
  CommitTransactionCommand();
  MemoryContextSwitchTo(context);
  CurrentResourceOwner = owner;
  return name;
}

std::string_view random_run_id() {
  unsigned char bytes[16];
  if (!pg_strong_random(bytes, sizeof bytes)) elog(ERROR, "could not make a random id");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  char* text = static_cast<char*>(palloc(37));
  char* at = text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    at += snprintf(at, 3, "%02x", bytes[i]);
  }
  return {text, 36};
}

}  // namespace

std::string_view prefix_of(const Options& options) {
  if (!options.topic_prefix.empty()) return options.topic_prefix;
  const std::string_view name = database_name();
  char* prefix = static_cast<char*>(palloc(name.size() + 1));
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    prefix[i] = fine ? c : '_';
  }
  return {prefix, name.size()};
}

Naming naming_of(const Options& options) {
  Naming naming;
  naming.server = prefix_of(options);
  naming.database = to_utf8(database_name());
  if (!options.context_headers) return naming;
  std::string_view run_id = options.run_id;
  if (run_id.empty()) run_id = options.stable ? "00000000-0000-4000-8000-000000000000" : random_run_id();
  const std::span<HeaderNode> headers = palloc_span<HeaderNode>(4);
  headers[0] = {"__debezium.context.connectorLogicalName", string_node({}, naming.server, false)};
  headers[1] = {"__debezium.context.taskId", string_node({}, "0", false)};
  headers[2] = {"__debezium.context.connectorName", string_node({}, "postgresql", false)};
  headers[3] = {"__debezium.context.runId", string_node({}, run_id, false)};
  naming.headers = headers;
  return naming;
}

Decoder* Decoder::open(LogicalDecodingContext* ctx, const Options& options) {
  auto* decoder = palloc_one<Decoder>();
  decoder->options_ = &options;
  decoder->slot_ = ctx->slot;
  decoder->change_context = AllocSetContextCreate(ctx->context, "penstock change", ALLOCSET_DEFAULT_SIZES);
  decoder->unit_context_ = AllocSetContextCreate(ctx->context, "penstock unit", ALLOCSET_SMALL_SIZES);
  decoder->output_context_ = AllocSetContextCreate(ctx->context, "penstock output", ALLOCSET_DEFAULT_SIZES);
  decoder->naming_ = naming_of(options);
  const bool bounded = options.format == Options::Format::kFrames;
  decoder->frame_.open(CurrentMemoryContext, bounded ? options.record_bytes_max : 0);
  if (options.cork) decoder->cork_.open(CurrentMemoryContext);
  decoder->source_text_.open(CurrentMemoryContext, 1024);
  decoder->key_text_.open(CurrentMemoryContext, 256);
  decoder->service_ = service_outputs(options, decoder->naming_, &decoder->next_id_);
  decoder->publication_.open(options);
  decoder->plans.open(ctx->context, options, decoder->naming_, &decoder->next_id_, &decoder->publication_);
  decoder->resume.open(options.start);
  decoder->sequence_lsn_ = decoder->shown_sequence_ = options.start_sequence;
  decoder->unit_end_ = options.start.end;
  if (decoder->unit_end_ == 0 && ctx->slot != nullptr) decoder->unit_end_ = ctx->slot->data.confirmed_flush;
  decoder->output_lsn_ = decoder->unit_end_;
  decoder->output_time_ = GetCurrentTimestamp();
  return decoder;
}

void Decoder::begin(ReorderBufferTXN* from) {
  MemoryContextReset(unit_context_);
  txn = Transaction{};
  txn.serial = next_serial_++;
  txn.xid = from->xid;
  txn.commit_lsn = from->final_lsn;
  txn.end_lsn = from->end_lsn;
  txn.commit_time_us = unix_microseconds(commit_time_of(from));
  txn.origin = from->origin_id;
  txn.origin_lsn = from->origin_lsn;
  resume.begin(txn);
  publication_.begin(*from);
}

// A change of a published table, captured or not.
void Decoder::publish(uint64 ordinal, XLogRecPtr lsn) {
  if (!txn.published) {
    txn.published = true;
    ++stable_.units;
    stable_.lsns = 0;
  }
  if (!options_->transactions || txn.begun) return;
  txn.begun = true;
  const XLogRecPtr shown = shown_lsn(lsn);
  // pgoutput's BEGIN has no position of its own where ORIGIN follows, and the connector shows that.
  write_mark(true, txn.origin == InvalidRepOriginId ? shown : 0, ordinal);
}

void Decoder::skipped(LogicalDecodingContext* ctx) {
  if (kServerUpdatesProgress || ++skipped_changes_ < kChangesPerProgress) return;
  skipped_changes_ = 0;
  update_progress(ctx, false);
}

void Decoder::open_change(uint64 ordinal, XLogRecPtr lsn) {
  if (!txn.source_ready) make_source(true);
  stamp_.lsn = shown_lsn(lsn);
  stamp_.now_ns = options_->stable ? stable_.time_us() * 1000 : now_nanoseconds();
  part_ = 0;
  options_->values.unconvertible->clear();
  frame_.set_ordinal(ordinal);
  if (resume.covers(ordinal)) frame_.mute();
}

void Decoder::close_change(LogicalDecodingContext* ctx) {
  frame_.unmute();
  options_->values.unconvertible->clear();
  const bool line_each = options_->format == Options::Format::kJson;
  if (frame_.size() >= wire::kFlushBytes || (line_each && !frame_.empty())) flush(ctx, false);
}

void Decoder::make_source(bool in_transaction) {
  SourceFacts& facts = source_ = SourceFacts{};
  facts.version = options_->source_version;
  facts.name = naming_.server;
  facts.database = naming_.database;
  if (!options_->values.null_as_default) facts.stream = "null";
  facts.sequence = shown_sequence_;
  facts.time_us = options_->stable ? stable_.time_us() : txn.commit_time_us;
  if (in_transaction) {
    facts.xid = options_->stable ? static_cast<int64>(stable_.units) : txn.xid;
    facts.origin = origin_name();
    facts.origin_lsn = txn.origin_lsn;
  } else {
    facts.sequence = options_->stable ? shown_lsn(txn.end_lsn) : txn.end_lsn;
  }
  facts.xmin = slot_xmin();
  source_text_.clear();
  txn.source = make_source_parts(source_text_, facts);
  txn.source_ready = true;
}

// xmin.fetch.interval.ms: read anew at most that often. Ours is the process that changes it.
uint32 Decoder::slot_xmin() {
  if (options_->xmin_interval_ms == 0 || slot_ == nullptr) return 0;
  const TimestampTz now = GetCurrentTimestamp();
  if (xmin_ == 0 || now - xmin_time_ >= options_->xmin_interval_ms * 1000) {
    xmin_ = slot_->data.catalog_xmin;
    xmin_time_ = now;
  }
  return options_->stable ? 1 : xmin_;
}

std::string_view Decoder::origin_name() const {
  if (txn.origin == InvalidRepOriginId) return {};
  ContextScope scope(unit_context_);
  char* name = nullptr;
  if (!replorigin_by_oid(txn.origin, true, &name)) return {};
  return to_utf8(name);
}

// A message outside of transactions is a unit of its own. There is no transaction here: no catalog may be touched.
void Decoder::begin_message(XLogRecPtr lsn) {
  MemoryContextReset(unit_context_);
  txn = Transaction{};
  txn.serial = next_serial_++;
  txn.commit_lsn = txn.end_lsn = lsn;
  txn.commit_time_us = now_nanoseconds() / 1000;
  txn.published = true;
  txn.is_message = true;
  ++stable_.units;
  stable_.lsns = 0;
  resume.begin_message(lsn);
}

void Decoder::open_message() {
  make_source(false);
  stamp_.lsn = shown_lsn(txn.end_lsn);
  stamp_.now_ns = options_->stable ? stable_.time_us() * 1000 : now_nanoseconds();
  part_ = 0;
  frame_.set_ordinal(0);
}

void Decoder::end_unit(LogicalDecodingContext* ctx) {
  if (options_->transactions && txn.begun) {
    write_mark(false, options_->stable ? stable_.end_lsn() : txn.end_lsn, txn.ordinals);
  }
  const bool sends = !frame_.empty() || txn.sent || resume.is_inside();
  if (sends) {
    if (frame_.empty()) frame_.set_ordinal(txn.ordinals);
    flush(ctx, true);
  }
  unit_end_ = std::max(unit_end_, txn.end_lsn);
  if (txn.published) {
    sequence_lsn_ = txn.end_lsn;
    shown_sequence_ = !options_->stable ? txn.end_lsn : txn.is_message ? shown_lsn(txn.end_lsn) : stable_.end_lsn();
  }
  if (!sends) progress(ctx);
  update_progress(ctx, !sends);
}

wire::Header Decoder::header_of_unit() {
  if (txn.full_xid == 0 && TransactionIdIsValid(txn.xid)) txn.full_xid = full_xid_of(txn.xid);
  wire::Header header;
  header.kind = txn.is_message ? wire::UnitKind::kMessage : wire::UnitKind::kTransaction;
  header.xid = txn.full_xid;
  header.commit_lsn = txn.commit_lsn;
  header.end_lsn = txn.end_lsn;
  header.commit_time_us = txn.commit_time_us;
  header.sequence_lsn = sequence_lsn_;
  return header;
}

void Decoder::flush(LogicalDecodingContext* ctx, bool last) {
  wire::Header header = header_of_unit();
  header.flags = static_cast<uint8>((txn.sent ? 0 : wire::kFirstOfUnit) | (last ? wire::kLastOfUnit : 0));
  if (last) {
    header.after = {wire::AfterKind::kStream, txn.end_lsn, 0, 0};
  } else {
    header.after = {wire::AfterKind::kStream, unit_end_, txn.commit_lsn, txn.ordinals};
  }
  write_out(ctx, header);
  txn.sent = true;
}

// Filtered work moves the position too, if nothing else has for a while.
void Decoder::progress(LogicalDecodingContext* ctx) {
  if (options_->format == Options::Format::kJson) return;
  const bool far = unit_end_ > output_lsn_ + kProgressBytes;
  if (!far && GetCurrentTimestamp() - output_time_ < kProgressTimeUs) return;
  wire::Header header;
  header.kind = wire::UnitKind::kProgress;
  header.flags = wire::kFirstOfUnit | wire::kLastOfUnit;
  header.commit_lsn = header.end_lsn = unit_end_;
  header.commit_time_us = unix_microseconds(GetCurrentTimestamp());
  header.sequence_lsn = sequence_lsn_;
  header.after = {wire::AfterKind::kStream, unit_end_, 0, 0};
  write_out(ctx, header);
}

void Decoder::write_out(LogicalDecodingContext* ctx, const wire::Header& header) {
  ScratchScope scratch(output_context_);
  cork_.before_write(header.end_lsn);
  write_frame(ctx, frame_, header, *options_);
  cork_.after_write();
  if (options_->format == Options::Format::kJson) return;
  output_lsn_ = header.end_lsn;
  output_time_ = GetCurrentTimestamp();
}

}  // namespace penstock
