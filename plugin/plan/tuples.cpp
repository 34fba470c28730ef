#include "plugin/plan/tuples.h"

#include "plugin/pg/compat.h"

namespace penstock {

namespace {

// A partition's tuple, as its root has the columns.
void deform_partition(const Plan& plan, HeapTuple tuple, TupleDesc descriptor, const Row& row) {
  const Row& whole = plan.partition_row;
  heap_deform_tuple(tuple, descriptor, whole.values, whole.nulls);
  for (size_t i = 0; i < plan.from.size(); ++i) {
    const int place = plan.from[i];
    const bool is_null = place < 0 || whole.nulls[place];
    row.values[i] = is_null ? Datum{0} : whole.values[place];
    row.states[i] = is_null ? State::kNull : State::kValue;
  }
}

void deform(const Plan& plan, HeapTuple tuple, TupleDesc descriptor, const Row& row) {
  if (!plan.from.empty()) return deform_partition(plan, tuple, descriptor, row);
  heap_deform_tuple(tuple, descriptor, row.values, row.nulls);
  for (int i = 0; i < descriptor->natts; ++i) row.states[i] = row.nulls[i] ? State::kNull : State::kValue;
}

bool is_on_disk(Datum value) {
  return VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value));
}

// Under FULL the old tuple is the whole row; otherwise it holds the identity, and the rest is absent, not null.
void deform_old(const Plan& plan, HeapTuple tuple, TupleDesc descriptor) {
  const Row& row = plan.old_row;
  deform(plan, tuple, descriptor, row);
  if (!plan.full_identity) {
    for (size_t i = 0; i < plan.in_identity.size(); ++i) {
      if (!plan.in_identity[i]) row.states[i] = State::kAbsent;
    }
  }
  for (AttrNumber attnum : plan.toastable) {
    State& state = row.states[attnum - 1];
    if (state == State::kValue && is_on_disk(row.values[attnum - 1])) state = State::kUnavailable;
  }
}

// A value that is still out of line did not change and is not in the log: the old tuple has it, or nobody.
void deform_new(const Plan& plan, HeapTuple tuple, TupleDesc descriptor, const Row* old_row) {
  const Row& row = plan.new_row;
  deform(plan, tuple, descriptor, row);
  for (AttrNumber attnum : plan.toastable) {
    const int i = attnum - 1;
    if (row.states[i] != State::kValue || !is_on_disk(row.values[i])) continue;
    if (old_row != nullptr && old_row->states[i] == State::kValue) {
      row.values[i] = old_row->values[i];
    } else {
      row.states[i] = State::kUnavailable;
    }
  }
}

Tuples unless_skipped(const Plan& plan, Operation operation, const Tuples& tuples) {
  return plan.skips(operation) ? Tuples{kNothing} : tuples;
}

// As pgoutput: an update that leads out of the filter is a delete, one that leads into it an insert, also where the
// publication publishes updates alone. skipped.operations counts for what it has become.
Tuples filtered(const Plan& plan, const Tuples& tuples) {
  const auto [old_passes, new_passes] = plan.filter->passes(tuples.old_row, tuples.new_row);
  if (tuples.op == 'd') return old_passes || tuples.old_row == nullptr ? tuples : Tuples{kNothing};
  if (tuples.op == 'c') return new_passes ? tuples : Tuples{kNothing};
  if (new_passes && (old_passes || tuples.old_row == nullptr)) {
    return unless_skipped(plan, Operation::kUpdate, tuples);
  }
  if (new_passes) return unless_skipped(plan, Operation::kCreate, {'c', nullptr, tuples.new_row});
  if (!old_passes) return Tuples{kNothing};
  return unless_skipped(plan, Operation::kDelete, {'d', tuples.old_row, nullptr});
}

}  // namespace

Tuples classify(Plan& plan, Relation relation, const ReorderBufferChange& change) {
  TupleDesc descriptor = RelationGetDescr(relation);
  Tuples tuples;
  tuples.op = change.action == REORDER_BUFFER_CHANGE_INSERT   ? 'c'
              : change.action == REORDER_BUFFER_CHANGE_UPDATE ? 'u'
                                                              : 'd';
  HeapTuple old_tuple = tuple_of(change.data.tp.oldtuple);
  if (old_tuple != nullptr) {
    deform_old(plan, old_tuple, descriptor);
    tuples.old_row = &plan.old_row;
  }
  HeapTuple new_tuple = tuple_of(change.data.tp.newtuple);
  if (new_tuple != nullptr) {
    deform_new(plan, new_tuple, descriptor, tuples.old_row);
    tuples.new_row = &plan.new_row;
  }
  return plan.filter == nullptr ? tuples : filtered(plan, tuples);
}

}  // namespace penstock
