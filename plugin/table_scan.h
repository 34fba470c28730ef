// The rows of a table as they are, read without a query: nothing is planned, so no expression that the table's owner
// has put into an index, a statistic, a constraint or a partition key is evaluated as the role that reads.
#pragma once

#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"

namespace penstock {

class TableScan {
 public:
  // Rows that the active snapshot sees, in the order in which they lie: of a table those that are its own, of a
  // partitioned one those of its partitions. ERROR 42501 unless the current role may read all columns, 0A000 where a
  // partition is a foreign table. Row security is the caller's to look at.
  //
  // Lives in CurrentMemoryContext, which must last until fetch() has given false, or until `lifetime` ends, which
  // closes the table.
  static TableScan* open(Relation relation, ExprContext* lifetime);

  // Adds at most `count` rows, as copies in CurrentMemoryContext; false: there are no more.
  bool fetch(Array<HeapTuple>& rows, size_t count);

  // How often, since the caller has set it to zero, the expression of a virtual column has failed on a row, which has
  // null there then; by attribute number minus one, empty without such columns.
  std::span<uint64> failures() const { return failures_; }

  // Of the rows: the table's, with dropped columns.
  TupleDesc descriptor() const { return descriptor_; }

 private:
  void find_parts(Relation relation);
  void prepare_generated(Relation relation);
  bool open_next();
  void close_part();
  HeapTuple row();
  void compute_generated();
  void compute(size_t first, size_t last);
  bool is_virtual(size_t i) const;
  static void prepare_guarded(void* preparation);
  static void compute_guarded(void* computation);
  static void end(Datum scan);

  TupleDesc descriptor_ = nullptr;
  ExprContext* lifetime_ = nullptr;
  MemoryContext context_ = nullptr;
  Snapshot snapshot_ = nullptr;
  Array<Oid> parts_;  // the table, or its leaves
  size_t next_part_ = 0;
  bool is_partitioned_ = false;

  Relation part_ = nullptr;  // that is being read
  TableScanDesc scan_ = nullptr;
  TupleTableSlot* slot_ = nullptr;
  AttrMap* from_ = nullptr;  // of a leaf: place of each column in its rows

  TupleTableSlot* whole_ = nullptr;  // a row as the table has it, where it is not the part's
  std::span<ExprState*> generated_;  // of virtual columns, by attribute number minus one
  std::span<uint64> failures_;
  ExprContext* generation_ = nullptr;
};

static_assert(JumpSafe<TableScan>);

}  // namespace penstock
