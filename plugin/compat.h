// Every PG_VERSION_NUM of the tree (but the include of varatt.h), as a named function: PostgreSQL 13 to 18.
#pragma once

#include "plugin/pg.h"

namespace penstock {

#if PG_VERSION_NUM >= 170000  // 08e6344fd6 removed ReorderBufferTupleBuf
inline HeapTuple tuple_of(HeapTuple tuple) { return tuple; }
#else
inline HeapTuple tuple_of(ReorderBufferTupleBuf* buffer) { return buffer == nullptr ? nullptr : &buffer->tuple; }
#endif

inline TimestampTz commit_time_of(const ReorderBufferTXN* txn) {
#if PG_VERSION_NUM >= 150000
  return txn->xact_time.commit_time;
#else
  return txn->commit_time;
#endif
}

// Keeps the connection alive while changes are skipped; from 16 on the server does that itself (8c58624df4).
inline void update_progress(LogicalDecodingContext* ctx, bool skipped) {
#if PG_VERSION_NUM >= 150000
  OutputPluginUpdateProgress(ctx, skipped);
#else
  static_cast<void>(skipped);
  OutputPluginUpdateProgress(ctx);
#endif
}

inline constexpr bool kServerUpdatesProgress = PG_VERSION_NUM >= 160000;

// Columns of the replica identity, as attribute numbers minus FirstLowInvalidHeapAttributeNumber; takes no locks on
// indexes from 14 on.
inline Bitmapset* identity_columns(Relation relation) {
#if PG_VERSION_NUM >= 140000
  return RelationGetIdentityKeyBitmap(relation);
#else
  return RelationGetIndexAttrBitmap(relation, INDEX_ATTR_BITMAP_IDENTITY_KEY);
#endif
}

// A virtual generated column (18) has no stored value.
inline bool is_virtual_generated(const FormData_pg_attribute& attribute) {
#if PG_VERSION_NUM >= 180000
  return attribute.attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
#else
  static_cast<void>(attribute);
  return false;
#endif
}

inline bool is_generated(const FormData_pg_attribute& attribute) { return attribute.attgenerated != '\0'; }

// 64-bit transaction id of one that is at most two billion transactions old.
inline uint64 full_xid_of(TransactionId xid) {
  const FullTransactionId next = ReadNextFullTransactionId();
  uint64 epoch = EpochFromFullTransactionId(next);
  if (xid > XidFromFullTransactionId(next)) --epoch;
  return (epoch << 32) | xid;
}

}  // namespace penstock
