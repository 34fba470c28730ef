// penstock.snapshot(): rows of a table, or of a query, as frames of r records, through the same plan and encoder as the
// stream.
//
// One frame a call, over a scan or a cursor that stays open between the calls: memory is one frame and a batch of
// tuples. The last row is held back and comes in three variants, because only the relay knows whether more rows of the
// table, or of the snapshot, follow in another range.
#include "plugin/pg/compat.h"
#include "plugin/pg/query_cursor.h"
#include "plugin/record/record_drafts.h"
#include "plugin/session/decoder.h"
#include "plugin/session/record_writer.h"
#include "plugin/table_scan.h"
#include "plugin/text/encoding.h"

#pragma GCC visibility push(default)
extern "C" {
PG_FUNCTION_INFO_V1(penstock_snapshot);
}
#pragma GCC visibility pop

namespace penstock {

namespace {

constexpr size_t kBatch = 64;  // rows fetched at once; what a frame has no room for is copied once

// source.snapshot, in the order of kMarkerNames.
enum class Marker : uint8_t { kTrue, kFirst, kFirstOfTable, kLastOfTable, kLast };
constexpr std::string_view kMarkerNames[] = {"true", "first", "first_in_data_collection", "last_in_data_collection",
                                             "last"};

// As the connector, which asks for pg_current_xact_id(), and takes 0 on a standby, which has none to give. While a
// transaction with an id runs nobody else can make a slot: who reads for long gives the id of another one.
uint64 xid_of(const Options& options) {
  if (options.snapshot_xid != 0) return options.snapshot_xid;
  return RecoveryInProgress() ? 0 : U64FromFullTransactionId(GetTopFullTransactionId());
}

// Null, empty, or the text that says no more than the table does: such a query is not run.
bool is_table_itself(const char* query, Relation relation) {
  if (query == nullptr || *query == '\0') return true;
  const char* schema = get_namespace_name(RelationGetNamespace(relation));
  if (schema == nullptr) return false;
  const char* only = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ";
  const char* name = quote_qualified_identifier(schema, RelationGetRelationName(relation));
  return strcmp(query, psprintf("SELECT * FROM %s%s", only, name)) == 0;
}

class RangeReader {
 public:
  // In CurrentMemoryContext, which must last as long as the function's calls; the table is closed when `lifetime` ends.
  // `query`: nullptr for the table itself.
  static RangeReader* open(Oid relid, const char* query, const Options& options, ExprContext* lifetime);

  // The next frame; false: there was a last one already.
  bool next();
  std::string_view frame() const { return frame_.bytes(); }

 private:
  void make_sources();
  std::span<AttrNumber> needed_columns() const;
  void open_columns(TupleDesc descriptor);
  void map_columns();
  void map_table();
  bool fetch();
  void tell_failures();
  void keep_rest();
  void read(HeapTuple tuple);
  void write(HeapTuple tuple, wire::RecordKind kind, uint8 part, Marker marker);
  Marker first_marker() const;
  void write_variants(HeapTuple tuple);
  void close(bool last);

  const Options* options_ = nullptr;
  Plan* plan_ = nullptr;
  const char* relation_name_ = nullptr;
  TableScan* scan_ = nullptr;  // of the table itself, or:
  QueryCursor* cursor_ = nullptr;
  FrameBuffer frame_;
  uint32 next_id_ = 1;  // of definitions
  SourceFacts facts_[5];
  SourceParts sources_[5];
  MemoryContext row_context_ = nullptr;  // reset after each row
  MemoryContext rest_contexts_[2] = {};  // tuples for the next call; they change places
  int rest_ = 0;
  Array<HeapTuple> queue_;  // rows that are not written yet, from head_ on
  size_t head_ = 0;
  bool fetched_ = false;            // in this call: tuples of queue_ end with it
  std::span<int> source_column_;    // of the query's result, by attribute number minus one; -1: not needed
  TupleDesc descriptor_ = nullptr;  // of the result
  Datum* values_ = nullptr;         // of a result row
  bool* nulls_ = nullptr;
  uint64 xid_ = 0;
  uint64 rows_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  bool exhausted_ = false;
};

static_assert(JumpSafe<RangeReader>);

RangeReader* RangeReader::open(Oid relid, const char* query, const Options& options, ExprContext* lifetime) {
  auto* snapshot = palloc_one<RangeReader>();
  snapshot->options_ = &options;
  snapshot->xid_ = xid_of(options);
  Relation relation = table_open(relid, AccessShareLock);
  if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED) {
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
            errmsg("row security hides rows of table \"%s\" from this role", shown(RelationGetRelationName(relation))),
            errhint("ALTER ROLE ... BYPASSRLS, or leave the table out."));
  }
  PublicationWatch watch;
  snapshot->relation_name_ = pstrdup(RelationGetRelationName(relation));
  snapshot->plan_ =
      build_plan(relation, options, naming_of(options), PlanUse::kSnapshot, &snapshot->next_id_, nullptr, watch);
  if (snapshot->plan_->outputs == nullptr) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("table \"%s\" is not captured with these options", shown(snapshot->relation_name_)));
  }
  snapshot->frame_.open(CurrentMemoryContext, options.record_bytes_max);
  snapshot->row_context_ = AllocSetContextCreate(CurrentMemoryContext, "penstock row", ALLOCSET_DEFAULT_SIZES);
  for (MemoryContext& context : snapshot->rest_contexts_) {
    context = AllocSetContextCreate(CurrentMemoryContext, "penstock rows", ALLOCSET_DEFAULT_SIZES);
  }
  snapshot->make_sources();
  if (is_table_itself(query, relation)) {
    snapshot->scan_ = TableScan::open(relation, lifetime);
    snapshot->map_table();
  } else {
    snapshot->cursor_ = QueryCursor::open(query);
    snapshot->map_columns();
  }
  table_close(relation, NoLock);
  return snapshot;
}

void RangeReader::make_sources() {
  SourceFacts facts;
  facts.version = options_->source_version;
  facts.name = plan_->server;
  facts.database = plan_->database;
  facts.time_us = unix_microseconds(GetCurrentTransactionStartTimestamp());
  facts.xid = static_cast<int64>(xid_);
  for (size_t i = 0; i < std::size(kMarkerNames); ++i) {
    facts.snapshot = kMarkerNames[i];
    JsonWriter json;
    json.open(CurrentMemoryContext, 512);
    facts_[i] = facts;
    sources_[i] = make_source_parts(json, facts);
  }
}

std::span<AttrNumber> RangeReader::needed_columns() const {
  const std::span<AttrNumber> needed = palloc_span<AttrNumber>(plan_->columns.size() + plan_->keys.size());
  size_t count = 0;
  for (std::span<const Column> columns : {plan_->columns, plan_->keys}) {
    for (const Column& column : columns) needed[count++] = column.attnum;
  }
  return needed;
}

void RangeReader::open_columns(TupleDesc descriptor) {
  descriptor_ = descriptor;
  values_ = palloc_span<Datum>(static_cast<size_t>(descriptor->natts)).data();
  nulls_ = palloc_span<bool>(static_cast<size_t>(descriptor->natts)).data();
  source_column_ = palloc_span<int>(plan_->in_identity.size());
  for (int& column : source_column_) column = -1;
}

void RangeReader::map_table() {
  open_columns(scan_->descriptor());
  for (AttrNumber attnum : needed_columns()) source_column_[static_cast<size_t>(attnum - 1)] = attnum - 1;
}

void RangeReader::map_columns() {
  open_columns(cursor_->descriptor());
  for (AttrNumber attnum : needed_columns()) {
    const char* name = get_attname(plan_->relid, attnum, false);
    int found = -1;
    for (int i = 0; i < descriptor_->natts; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, i);
      if (strcmp(NameStr(attribute.attname), name) == 0 && attribute.atttypid == get_atttype(plan_->relid, attnum)) {
        found = i;
      }
    }
    if (found < 0) {
      ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
              errmsg("the query has no column \"%s\" of the type that table \"%s\" gives it", shown(name),
                     shown(relation_name_)),
              errhint("Select the table's columns as they are."));
    }
    source_column_[static_cast<size_t>(attnum - 1)] = found;
  }
}

// Adds rows to the queue; false: there are no more. They live until the call ends.
bool RangeReader::fetch() {
  if (exhausted_) return false;
  const size_t before = queue_.size();
  exhausted_ = !(scan_ != nullptr ? scan_->fetch(queue_, kBatch) : cursor_->fetch(queue_, kBatch));
  if (scan_ != nullptr) tell_failures();
  if (queue_.size() == before) return false;
  fetched_ = true;
  return true;
}

// Virtual columns that could not be computed, of those that are in records.
void RangeReader::tell_failures() {
  const std::span<uint64> failures = scan_->failures();
  for (const Column& column : plan_->columns) {
    const size_t i = static_cast<size_t>(column.attnum - 1);
    if (failures.empty() || failures[i] == 0) continue;
    frame_.tell({wire::NoticeReason::kValueAsNull, failures[i], to_utf8(column.full_name),
                 "the expression of a virtual generated column fails on rows, and null is written for it"});
  }
  std::fill(failures.begin(), failures.end(), uint64{0});
}

// What was not written waits for the next call in memory of its own.
void RangeReader::keep_rest() {
  if (!fetched_) return;
  fetched_ = false;
  rest_ = 1 - rest_;
  ContextScope scope(rest_contexts_[rest_]);
  Array<HeapTuple> rest;
  for (size_t i = head_; i < queue_.size(); ++i) rest.add(heap_copytuple(queue_[i]));
  queue_ = std::move(rest);
  head_ = 0;
  MemoryContextReset(rest_contexts_[1 - rest_]);
}

bool RangeReader::next() {
  if (ended_) return false;
  frame_.clear(false);
  SPI_connect();
  bool last = false;
  while (frame_.size() < wire::kFlushBytes) {
    CHECK_FOR_INTERRUPTS();
    if (queue_.size() - head_ <= 1 && fetch()) continue;
    if (head_ == queue_.size()) {  // no row at all
      last = true;
      break;
    }
    HeapTuple tuple = queue_[head_++];
    if (head_ == queue_.size() && exhausted_) {
      write_variants(tuple);
      last = true;
      break;
    }
    write(tuple, wire::RecordKind::kRow, 0, rows_ == 0 ? first_marker() : Marker::kTrue);
  }
  keep_rest();
  SPI_finish();
  close(last);
  return true;
}

// The row's values, from the query's columns to the table's.
void RangeReader::read(HeapTuple tuple) {
  heap_deform_tuple(tuple, descriptor_, values_, nulls_);
  const Row& row = plan_->new_row;
  for (size_t i = 0; i < source_column_.size(); ++i) {
    const int from = source_column_[i];
    if (from < 0) continue;
    row.values[i] = values_[from];
    row.states[i] = nulls_[from] ? State::kNull : State::kValue;
    if (nulls_[from] || TupleDescAttr(descriptor_, from)->attlen != -1) continue;
    if (VARATT_IS_EXTERNAL(DatumGetPointer(row.values[i]))) {
      row.values[i] = PointerGetDatum(PG_DETOAST_DATUM(row.values[i]));
    }
  }
}

void RangeReader::write(HeapTuple tuple, wire::RecordKind kind, uint8 part, Marker marker) {
  ScratchScope scratch(row_context_);
  Unconvertible& unconvertible = *options_->values.unconvertible;
  unconvertible.clear();
  read(tuple);
  Stamp stamp;
  stamp.lsn = options_->snapshot_lsn;
  stamp.now_ns = now_nanoseconds();
  stamp.transaction = "null";
  Inputs inputs;
  inputs.new_row = &plan_->new_row;
  inputs.source = &facts_[static_cast<size_t>(marker)];
  inputs.stamp = &stamp;
  const Output& output = plan_->outputs->of(static_cast<size_t>(Variant::kRead), inputs);
  if (output.dropped) {
    if (kind == wire::RecordKind::kRow) ++rows_;
    return;
  }
  frame_.set_ordinal(rows_);
  const auto [places, unfit] = placement_of(output, inputs);
  if (unfit && (kind == wire::RecordKind::kRow || part == 0)) frame_.tell(unfit_placement(plan_->collection));
  frame_.start(kind, part, 'r', *output.definition, places);
  write_record(frame_, output, plan_, sources_[static_cast<size_t>(marker)], 'r', inputs);
  if (kind == wire::RecordKind::kVariant && part > 0) unconvertible.clear();  // the same row once more
  if (!unconvertible.empty()) frame_.tell(unconvertible);
  if (!frame_.finish()) {
    ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
            errmsg("record for topic \"%s\" is larger than %zu bytes", shown_utf8(plan_->topic),
                   options_->record_bytes_max),
            errdetail("It is a row of table \"%s\" in the snapshot.", shown(relation_name_)),
            errhint("Raise producer.override.max.request.size, and max.message.bytes of the topic, above it."));
  }
  if (kind == wire::RecordKind::kRow) ++rows_;
}

Marker RangeReader::first_marker() const {
  switch (options_->snapshot_first) {
    case Options::SnapshotFirst::kAll:
      return Marker::kFirst;
    case Options::SnapshotFirst::kTable:
      return Marker::kFirstOfTable;
    case Options::SnapshotFirst::kNone:
      break;
  }
  return Marker::kTrue;
}

// last goes before first, first before last_in_data_collection, that before first_in_data_collection.
void RangeReader::write_variants(HeapTuple tuple) {
  const Marker first = rows_ == 0 ? first_marker() : Marker::kTrue;
  write(tuple, wire::RecordKind::kVariant, 0, first);
  write(tuple, wire::RecordKind::kVariant, 1, first == Marker::kFirst ? Marker::kFirst : Marker::kLastOfTable);
  write(tuple, wire::RecordKind::kVariant, 2, Marker::kLast);
}

void RangeReader::close(bool last) {
  wire::Header header;
  header.kind = wire::UnitKind::kSnapshot;
  header.flags = static_cast<uint8>((begun_ ? 0 : wire::kFirstOfUnit) | (last ? wire::kLastOfUnit : 0));
  header.xid = xid_;
  header.commit_lsn = header.end_lsn = options_->snapshot_lsn;
  header.commit_time_us = unix_microseconds(GetCurrentTransactionStartTimestamp());
  header.after = {wire::AfterKind::kSnapshot, plan_->relid, options_->snapshot_range, last ? 1U : 0U};
  frame_.close(header);
  begun_ = true;
  ended_ = last;
}

}  // namespace

}  // namespace penstock

Datum penstock_snapshot(FunctionCallInfo fcinfo) {
  using namespace penstock;
  if (SRF_IS_FIRSTCALL()) {
    const auto* result = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
    if (result != nullptr && IsA(result, ReturnSetInfo) && (result->allowedModes & SFRM_Materialize_Preferred) != 0) {
      ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
              errmsg("penstock.snapshot() cannot stand in FROM, where all frames would be kept until the last"),
              errhint("SELECT penstock.snapshot(...) gives them one by one."));
    }
    FuncCallContext* calls = SRF_FIRSTCALL_INIT();
    ContextScope scope(calls->multi_call_memory_ctx);
    if (PG_ARGISNULL(0)) {
      ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("relation must not be null"));
    }
    Options* options =
        parse_options(PG_ARGISNULL(2) ? std::span<const Setting>() : settings_of(PG_GETARG_ARRAYTYPE_P(2)));
    options->format = Options::Format::kFrames;
    options->values.snapshot = options->key_values.snapshot = true;
    const char* query = PG_ARGISNULL(1) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(1));
    calls->user_fctx = RangeReader::open(PG_GETARG_OID(0), query, *options, result->econtext);
  }
  FuncCallContext* calls = SRF_PERCALL_SETUP();
  auto* snapshot = static_cast<RangeReader*>(calls->user_fctx);
  if (!snapshot->next()) SRF_RETURN_DONE(calls);
  const std::string_view frame = snapshot->frame();
  auto* bytes = static_cast<bytea*>(palloc_extended(VARHDRSZ + frame.size(), MCXT_ALLOC_HUGE));
  SET_VARSIZE(bytes, VARHDRSZ + frame.size());
  memcpy(VARDATA(bytes), frame.data(), frame.size());
  SRF_RETURN_NEXT(calls, PointerGetDatum(bytes));
}
