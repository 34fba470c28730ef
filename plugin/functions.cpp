// penstock.version()
#include "plugin/pg.h"

#pragma GCC visibility push(default)
extern "C" {
PG_FUNCTION_INFO_V1(penstock_version);
}
#pragma GCC visibility pop

Datum penstock_version(FunctionCallInfo) { return PointerGetDatum(cstring_to_text("0.1.0")); }
