#include "plugin/guard.h"

namespace penstock {

namespace {

// The same data may do better the next time.
bool is_passing(int sqlstate) {
  switch (ERRCODE_TO_CATEGORY(sqlstate)) {
    case ERRCODE_CONNECTION_EXCEPTION:
    case ERRCODE_TRANSACTION_ROLLBACK:
    case ERRCODE_INSUFFICIENT_RESOURCES:
    case ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE:
    case ERRCODE_OPERATOR_INTERVENTION:
    case ERRCODE_SYSTEM_ERROR:
      return true;
    default:
      return sqlstate == ERRCODE_DATA_CORRUPTED || sqlstate == ERRCODE_INDEX_CORRUPTED;
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
    PushActiveSnapshot(GetTransactionSnapshot());  // functions in SQL ask for it
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
