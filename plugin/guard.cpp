#include "plugin/guard.h"

namespace penstock {

namespace {

// The same data does better the next time. Data alone can make the others: a function asks for more memory than there
// is, or needs a file that nobody has installed.
bool is_passing(int sqlstate) {
  switch (sqlstate) {
    case ERRCODE_DATA_CORRUPTED:
    case ERRCODE_INDEX_CORRUPTED:
    case ERRCODE_DISK_FULL:
    case ERRCODE_IO_ERROR:
    case ERRCODE_LOCK_NOT_AVAILABLE:
    case ERRCODE_T_R_DEADLOCK_DETECTED:
      return true;
    default:
      return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_OPERATOR_INTERVENTION;
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
