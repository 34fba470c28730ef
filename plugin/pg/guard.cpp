#include "plugin/pg/guard.h"

namespace penstock {

namespace {

// More than what is asked for of one row.
constexpr Size kRoom = 256 << 20;

bool has_room() {
  void* room = palloc_extended(kRoom, MCXT_ALLOC_NO_OOM);
  if (room != nullptr) pfree(room);
  return room != nullptr;
}

// The same data does better the next time. Data alone can make the others: a function needs a file that nobody has
// installed, or asks for more memory than there ever is.
bool is_passing(int sqlstate) {
  switch (sqlstate) {
    case ERRCODE_DATA_CORRUPTED:
    case ERRCODE_INDEX_CORRUPTED:
    case ERRCODE_IO_ERROR:
    case ERRCODE_LOCK_NOT_AVAILABLE:
      return true;
    case ERRCODE_OUT_OF_MEMORY:
      return !has_room();
    default:
      break;
  }
  switch (ERRCODE_TO_CATEGORY(sqlstate)) {
    case ERRCODE_TRANSACTION_ROLLBACK:  // a deadlock, a conflict with recovery
    case ERRCODE_INSUFFICIENT_RESOURCES:
    case ERRCODE_OPERATOR_INTERVENTION:
      return true;
    default:
      return false;
  }
}

}  // namespace

// As PL/pgSQL runs a block with EXCEPTION.
int run_guarded(void (*work)(void*), void* argument) {
  MemoryContext const context = CurrentMemoryContext;
  ResourceOwner const owner = CurrentResourceOwner;
  volatile int sqlstate = 0;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(context);
  PG_TRY();
  {
    PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));  // functions in SQL ask for one; it is the historic one
    work(argument);
    PopActiveSnapshot();
    ReleaseCurrentSubTransaction();
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(context);
    ErrorData* error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    if (is_passing(error->sqlerrcode)) ReThrowError(error);
    sqlstate = error->sqlerrcode;
    FreeErrorData(error);
  }
  PG_END_TRY();
  MemoryContextSwitchTo(context);
  CurrentResourceOwner = owner;
  return sqlstate;
}

}  // namespace penstock
