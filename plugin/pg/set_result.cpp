#include "plugin/pg/set_result.h"

namespace penstock {

Array<Oid> all_tables() {
  Array<Oid> tables;
  Relation classes = table_open(RelationRelationId, AccessShareLock);
  SysScanDesc scan = systable_beginscan(classes, InvalidOid, false, nullptr, 0, nullptr);
  HeapTuple tuple;
  while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
    const FormData_pg_class& form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    const bool is_table = form.relkind == RELKIND_RELATION || form.relkind == RELKIND_PARTITIONED_TABLE;
    if (is_table && form.oid >= FirstNormalObjectId) tables.add(form.oid);
  }
  systable_endscan(scan);
  table_close(classes, AccessShareLock);
  return tables;
}

Datum text_of(std::string_view text) {
  return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
}

Tuplestorestate* open_result(FunctionCallInfo fcinfo, TupleDesc* descriptor) {
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (result == nullptr || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0) {
    ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
            errmsg("set-valued function called in context that cannot accept a set"));
  }
  ContextScope scope(result->econtext->ecxt_per_query_memory);
  if (get_call_result_type(fcinfo, nullptr, descriptor) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "return type must be a row type");
  result->returnMode = SFRM_Materialize;
  result->setResult = tuplestore_begin_heap(true, false, work_mem);
  result->setDesc = *descriptor;
  return result->setResult;
}

}  // namespace penstock
