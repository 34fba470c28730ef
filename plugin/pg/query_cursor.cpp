#include "plugin/pg/query_cursor.h"

namespace penstock {

namespace {

// For what runs in it, the caller's role is the only one there is. After an ERROR the server does the same.
class RestrictedScope {
 public:
  RestrictedScope() {
    GetUserIdAndSecContext(&user_, &context_);
    SetUserIdAndSecContext(user_, context_ | SECURITY_RESTRICTED_OPERATION);
  }
  ~RestrictedScope() { SetUserIdAndSecContext(user_, context_); }
  RestrictedScope(const RestrictedScope&) = delete;
  RestrictedScope& operator=(const RestrictedScope&) = delete;

 private:
  Oid user_ = InvalidOid;
  int context_ = 0;
};

bool same_types(TupleDesc one, TupleDesc other) {
  if (one->natts != other->natts) return false;
  for (int i = 0; i < one->natts; ++i) {
    if (TupleDescAttr(one, i)->atttypid != TupleDescAttr(other, i)->atttypid) return false;
  }
  return true;
}

}  // namespace

QueryCursor* QueryCursor::open(const char* query) {
  auto* cursor = palloc_one<QueryCursor>();
  const MemoryContext context = CurrentMemoryContext;
  if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
  {
    const RestrictedScope restricted;
    Portal portal = SPI_cursor_open_with_args(nullptr, query, 0, nullptr, nullptr, nullptr, true, CURSOR_OPT_NO_SCROLL);
    ContextScope scope(context);
    cursor->portal_ = pstrdup(portal->name);
    cursor->descriptor_ = CreateTupleDescCopy(portal->tupDesc);
  }
  SPI_finish();
  return cursor;
}

bool QueryCursor::fetch(Array<HeapTuple>& rows, size_t count) {
  const RestrictedScope restricted;
  Portal portal = SPI_cursor_find(portal_);
  if (portal == nullptr) elog(ERROR, "the cursor of penstock.snapshot() is gone");
  SPI_cursor_fetch(portal, true, static_cast<long>(count));
  if (SPI_processed == 0) {
    SPI_cursor_close(portal);
    return false;
  }
  if (!same_types(SPI_tuptable->tupdesc, descriptor_)) {
    elog(ERROR, "the cursor of penstock.snapshot() is another one now");
  }
  for (uint64 i = 0; i < SPI_processed; ++i) rows.add(SPI_tuptable->vals[i]);
  return true;
}

}  // namespace penstock
