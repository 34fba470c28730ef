#include "plugin/table_scan.h"

#include "plugin/pg/compat.h"
#include "plugin/pg/guard.h"
#include "plugin/text/encoding.h"

namespace penstock {

namespace {

// As SELECT *: the whole table, or each of its columns.
void check_privilege(Relation relation) {
  const Oid relid = RelationGetRelid(relation);
  if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK) return;
  TupleDesc descriptor = RelationGetDescr(relation);
  for (int i = 0; i < descriptor->natts; ++i) {
    if (TupleDescAttr(descriptor, i)->attisdropped) continue;
    if (pg_attribute_aclcheck(relid, static_cast<AttrNumber>(i + 1), GetUserId(), ACL_SELECT) == ACLCHECK_OK) continue;
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
            errmsg("permission denied for table %s", shown(RelationGetRelationName(relation))));
  }
}

}  // namespace

TableScan* TableScan::open(Relation relation, ExprContext* lifetime) {
  check_privilege(relation);
  auto* scan = palloc_one<TableScan>();
  scan->context_ = CurrentMemoryContext;
  scan->lifetime_ = lifetime;
  scan->descriptor_ = CreateTupleDescCopyConstr(RelationGetDescr(relation));
  scan->find_parts(relation);
  scan->prepare_generated(relation);
  if (scan->is_partitioned_ || !scan->generated_.empty()) {
    scan->whole_ = MakeSingleTupleTableSlot(scan->descriptor_, &TTSOpsVirtual);
  }
  scan->snapshot_ = RegisterSnapshot(GetActiveSnapshot());
  RegisterExprContextCallback(lifetime, end, PointerGetDatum(scan));
  return scan;
}

// By pg_inherits: the server's own description of partitions begins with the expressions of their key.
void TableScan::find_parts(Relation relation) {
  is_partitioned_ = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
  if (!is_partitioned_) return parts_.add(RelationGetRelid(relation));
  ListCell* cell;
  foreach (cell, find_all_inheritors(RelationGetRelid(relation), AccessShareLock, nullptr)) {
    const Oid part = lfirst_oid(cell);
    const char kind = get_rel_relkind(part);
    if (kind == RELKIND_FOREIGN_TABLE) {
      ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
              errmsg("partition \"%s\" of table \"%s\" is a foreign table", shown(get_rel_name(part)),
                     shown(RelationGetRelationName(relation))),
              errhint("Say what to read of the table by snapshot.select.statement.overrides."));
    }
    if (kind == RELKIND_RELATION) parts_.add(part);
  }
}

struct Preparation {
  Relation relation;
  int attnum;
  ExprState* state;
};

struct Computation {
  TableScan* scan;
  size_t first;
  size_t last;
};

void TableScan::prepare_guarded(void* argument) {
  auto* preparation = static_cast<Preparation*>(argument);
  preparation->state = ExecInitExpr(virtual_column_expression(preparation->relation, preparation->attnum), nullptr);
}

// The server takes no functions or types of users into virtual columns, so these are safe to be evaluated. It computes
// none when a row is written: what fails (1/a where a is 0) is in the table, and nobody has noticed.
void TableScan::prepare_generated(Relation relation) {
  for (int i = 0; i < descriptor_->natts; ++i) {
    const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, i);
    if (attribute.attisdropped || !is_virtual_generated(attribute)) continue;
    if (generated_.empty()) {
      generated_ = palloc_span<ExprState*>(static_cast<size_t>(descriptor_->natts));
      failures_ = palloc_span<uint64>(static_cast<size_t>(descriptor_->natts));
    }
    Preparation preparation{relation, i + 1, nullptr};
    static_cast<void>(run_guarded(prepare_guarded, &preparation));  // what is not prepared fails on each row
    generated_[static_cast<size_t>(i)] = preparation.state;
  }
  if (!generated_.empty()) generation_ = CreateStandaloneExprContext();
}

bool TableScan::open_next() {
  close_part();
  if (next_part_ == parts_.size()) {
    if (snapshot_ == nullptr) return false;
    UnregisterSnapshot(std::exchange(snapshot_, nullptr));
    UnregisterExprContextCallback(lifetime_, end, PointerGetDatum(this));  // our memory may go before `lifetime`
    return false;
  }
  ContextScope scope(context_);
  part_ = table_open(parts_[next_part_++], AccessShareLock);
  // Where they lie, not from where somebody else reads: a table that is read twice has the same order.
  scan_ = table_beginscan_strat(part_, snapshot_, 0, nullptr, true, false);
  slot_ = table_slot_create(part_, nullptr);
  if (is_partitioned_) from_ = attributes_by_name(RelationGetDescr(part_), descriptor_);
  return true;
}

void TableScan::close_part() {
  if (part_ == nullptr) return;
  ExecDropSingleTupleTableSlot(std::exchange(slot_, nullptr));
  table_endscan(std::exchange(scan_, nullptr));
  if (from_ != nullptr) free_attrmap(std::exchange(from_, nullptr));
  table_close(std::exchange(part_, nullptr), NoLock);
}

// The statement is over, or was left before its end.
void TableScan::end(Datum datum) {
  auto* scan = reinterpret_cast<TableScan*>(DatumGetPointer(datum));
  scan->next_part_ = scan->parts_.size();
  static_cast<void>(scan->open_next());
}

bool TableScan::fetch(Array<HeapTuple>& rows, size_t count) {
  while (count > 0) {
    if (part_ == nullptr || !table_scan_getnextslot(scan_, ForwardScanDirection, slot_)) {
      if (!open_next()) return false;
      continue;
    }
    rows.add(row());
    --count;
  }
  return true;
}

HeapTuple TableScan::row() {
  if (whole_ == nullptr) return ExecCopySlotHeapTuple(slot_);
  slot_getallattrs(slot_);
  ExecClearTuple(whole_);
  for (int i = 0; i < descriptor_->natts; ++i) {
    const int from = from_ == nullptr ? i : from_->attnums[i] - 1;
    whole_->tts_isnull[i] = from < 0 || slot_->tts_isnull[from];
    whole_->tts_values[i] = whole_->tts_isnull[i] ? Datum{0} : slot_->tts_values[from];
  }
  ExecStoreVirtualTuple(whole_);
  if (generated_.empty()) return heap_form_tuple(descriptor_, whole_->tts_values, whole_->tts_isnull);
  compute_generated();
  HeapTuple tuple = heap_form_tuple(descriptor_, whole_->tts_values, whole_->tts_isnull);
  ResetExprContext(generation_);
  return tuple;
}

// They read no other generated column, so their order does not matter. A subtransaction for the row; for each column if
// one of them fails.
void TableScan::compute_generated() {
  Computation whole{this, 0, generated_.size()};
  if (run_guarded(compute_guarded, &whole) == 0) return;
  for (size_t i = 0; i < generated_.size(); ++i) {
    Computation one{this, i, i + 1};
    if (!is_virtual(i) || run_guarded(compute_guarded, &one) == 0) continue;
    whole_->tts_isnull[i] = true;
    ++failures_[i];
  }
}

void TableScan::compute_guarded(void* argument) {
  const auto* computation = static_cast<Computation*>(argument);
  computation->scan->compute(computation->first, computation->last);
}

void TableScan::compute(size_t first, size_t last) {
  generation_->ecxt_scantuple = whole_;
  for (size_t i = first; i < last; ++i) {
    if (!is_virtual(i)) continue;
    if (generated_[i] == nullptr) ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION), errmsg("it cannot be computed"));
    whole_->tts_values[i] = ExecEvalExprSwitchContext(generated_[i], generation_, &whole_->tts_isnull[i]);
  }
}

bool TableScan::is_virtual(size_t i) const {
  const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, static_cast<int>(i));
  return !attribute.attisdropped && is_virtual_generated(attribute);
}

}  // namespace penstock
