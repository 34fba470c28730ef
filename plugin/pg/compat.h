// Every PG_VERSION_NUM of the tree (but the include of varatt.h), as a named function: PostgreSQL 13 to 18.
#pragma once

#include "plugin/pg/pg.h"

namespace penstock {

#if PG_VERSION_NUM >= 170000  // 08e6344fd6 removed ReorderBufferTupleBuf
inline HeapTuple tuple_of(HeapTuple tuple) {
  return tuple;
}
#else
inline HeapTuple tuple_of(ReorderBufferTupleBuf* buffer) {
  return buffer == nullptr ? nullptr : &buffer->tuple;
}
#endif

#if PG_VERSION_NUM >= 140000
inline constexpr Oid kPgLsnOid = PG_LSNOID;
#else
inline constexpr Oid kPgLsnOid = LSNOID;
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

// How far a walsender of this server can decode now: what is flushed, on a standby (16 and later) what is replayed.
inline XLogRecPtr end_of_log() {
  if (RecoveryInProgress()) return GetXLogReplayRecPtr(nullptr);
#if PG_VERSION_NUM >= 150000
  return GetFlushRecPtr(nullptr);
#else
  return GetFlushRecPtr();
#endif
}

inline constexpr bool kServerUpdatesProgress = PG_VERSION_NUM >= 160000;

// A virtual generated column (18) has no stored value.
inline bool is_virtual_generated(const FormData_pg_attribute& attribute) {
#if PG_VERSION_NUM >= 180000
  return attribute.attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
#else
  static_cast<void>(attribute);
  return false;
#endif
}

// What such a column of `relation` is computed by, over rows of it; ready to be executed.
inline Expr* virtual_column_expression(Relation relation, int attnum) {
#if PG_VERSION_NUM >= 180000
  return expression_planner(reinterpret_cast<Expr*>(build_generation_expression(relation, attnum)));
#else
  static_cast<void>(relation);
  static_cast<void>(attnum);
  return nullptr;
#endif
}

// Place of each column of `to` among those of `from`, plus one. 16 added the last argument.
inline AttrMap* attributes_by_name(TupleDesc from, TupleDesc to) {
#if PG_VERSION_NUM >= 160000
  return build_attrmap_by_name(from, to, false);
#else
  return build_attrmap_by_name(from, to);
#endif
}

inline bool is_generated(const FormData_pg_attribute& attribute) {
  return attribute.attgenerated != '\0';
}

// 64-bit transaction id of one that is at most two billion transactions old.
inline uint64 full_xid_of(TransactionId xid) {
  const FullTransactionId next = ReadNextFullTransactionId();
  uint64 epoch = EpochFromFullTransactionId(next);
  if (xid > XidFromFullTransactionId(next)) --epoch;
  return (epoch << 32) | xid;
}

// MD5 of bytes. 15 added the error message, 18 the type of the result.
inline bool md5_of(std::string_view bytes, uint8 (&digest)[16]) {
#if PG_VERSION_NUM >= 150000
  const char* error = nullptr;
  return pg_md5_binary(bytes.data(), bytes.size(), digest, &error);
#else
  return pg_md5_binary(bytes.data(), bytes.size(), digest);
#endif
}

// 16 gave the walker a type (1c27d16e6e).
inline bool walk_expression(Node* node, bool (*walker)(Node*, void*), void* context) {
#if PG_VERSION_NUM >= 160000
  return expression_tree_walker(node, walker, context);
#else
  return expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker)), context);
#endif
}

// Infinite intervals came with 17.
inline bool is_infinite(const Interval& interval) {
#if PG_VERSION_NUM >= 170000
  return INTERVAL_NOT_FINITE(&interval);
#else
  static_cast<void>(interval);
  return false;
#endif
}

// Before 14 a conversion can only be tried by catching its ERROR, which takes every report with it that is being made.
inline constexpr bool kConvertsWithoutError = PG_VERSION_NUM >= 140000;

#if PG_VERSION_NUM < 140000
// Whether the conversion took all bytes. Before 14 it can only tell by an ERROR; none of the server's conversions holds
// anything then that would have to be released.
inline bool converts(Oid conversion, unsigned char* text, int size, unsigned char* to) {
  volatile bool done = true;
  MemoryContext const context = CurrentMemoryContext;
  PG_TRY();
  {
    OidFunctionCall5(conversion, Int32GetDatum(GetDatabaseEncoding()), Int32GetDatum(PG_UTF8), PointerGetDatum(text),
                     PointerGetDatum(to), Int32GetDatum(size));
  }
  PG_CATCH();
  {
    const int code = geterrcode();
    if (code != ERRCODE_UNTRANSLATABLE_CHARACTER && code != ERRCODE_CHARACTER_NOT_IN_REPERTOIRE) PG_RE_THROW();
    MemoryContextSwitchTo(context);
    FlushErrorState();
    done = false;
  }
  PG_END_TRY();
  return done;
}
#endif

// Converts `size` bytes to UTF-8 at `to` (room: size * MAX_CONVERSION_GROWTH + 1, both at most INT_MAX), and returns
// how many were consumed: fewer than `size` where one has no form in UTF-8. Sets `written`.
inline int convert_to_utf8(Oid conversion, const char* text, int size, char* to, int room, int& written) {
  auto* from = reinterpret_cast<unsigned char*>(const_cast<char*>(text));
  auto* result = reinterpret_cast<unsigned char*>(to);
  int consumed = size;
#if PG_VERSION_NUM >= 140000
  consumed = pg_do_encoding_conversion_buf(conversion, GetDatabaseEncoding(), PG_UTF8, from, size, result, room, true);
#else
  static_cast<void>(room);
  if (!converts(conversion, from, size, result)) {  // character by character up to the one at fault
    *result = 0;
    for (consumed = 0; consumed < size;) {
      const int length = Min(pg_encoding_mblen(GetDatabaseEncoding(), text + consumed), size - consumed);
      if (!converts(conversion, from + consumed, length, result)) break;
      result += strlen(reinterpret_cast<char*>(result));
      consumed += length;
    }
    *result = 0;
  }
#endif
  written = static_cast<int>(strlen(to));
  return consumed;
}

// FOR TABLES IN SCHEMA came with 15.
inline bool publication_has_schema(Oid publication, Oid schema) {
#if PG_VERSION_NUM >= 150000
  return list_member_oid(GetSchemaPublications(schema), publication);
#else
  static_cast<void>(publication);
  static_cast<void>(schema);
  return false;
#endif
}

// Whether it publishes stored generated columns where it has no list of columns: 18 and later.
inline bool publishes_generated(const Publication& publication) {
#if PG_VERSION_NUM >= 180000
  return publication.pubgencols_type == PUBLISH_GENCOLS_STORED;
#else
  static_cast<void>(publication);
  return false;
#endif
}

inline bool publishes_generated(const FormData_pg_publication& publication) {
#if PG_VERSION_NUM >= 180000
  return publication.pubgencols == PUBLISH_GENCOLS_STORED;
#else
  static_cast<void>(publication);
  return false;
#endif
}

// Catalogs that say what a publication publishes, and the caches of them.
inline std::span<const Oid> publication_catalogs() {
#if PG_VERSION_NUM >= 150000
  static constexpr Oid kCatalogs[] = {PublicationRelationId, PublicationRelRelationId, PublicationNamespaceRelationId};
#else
  static constexpr Oid kCatalogs[] = {PublicationRelationId, PublicationRelRelationId};
#endif
  return kCatalogs;
}

inline bool is_publication_cache(int cache) {
#if PG_VERSION_NUM >= 150000
  if (cache == PUBLICATIONNAMESPACE || cache == PUBLICATIONNAMESPACEMAP) return true;
#endif
  return cache == PUBLICATIONNAME || cache == PUBLICATIONOID || cache == PUBLICATIONREL || cache == PUBLICATIONRELMAP;
}

// bpcharlike and bpcharnlike, which 13 has under no names of their own.
inline constexpr Oid kBpcharLike = 1631;
inline constexpr Oid kBpcharNotLike = 1632;

inline constexpr Oid kPosixCollation = 951;  // without a name up to 14

// Row filters and column lists came with 15. The expression as the catalog has it, in CurrentMemoryContext; null if
// there is none.
inline const char* publication_row_filter(Oid publication, Oid relid) {
#if PG_VERSION_NUM >= 150000
  HeapTuple tuple = SearchSysCache2(PUBLICATIONRELMAP, ObjectIdGetDatum(relid), ObjectIdGetDatum(publication));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  bool is_null = true;
  const Datum filter = SysCacheGetAttr(PUBLICATIONRELMAP, tuple, Anum_pg_publication_rel_prqual, &is_null);
  const char* expression = is_null ? nullptr : TextDatumGetCString(filter);
  ReleaseSysCache(tuple);
  return expression;
#else
  static_cast<void>(publication);
  static_cast<void>(relid);
  return nullptr;
#endif
}

inline Bitmapset* publication_columns(Oid publication, Oid relid) {
#if PG_VERSION_NUM >= 150000
  HeapTuple tuple = SearchSysCache2(PUBLICATIONRELMAP, ObjectIdGetDatum(relid), ObjectIdGetDatum(publication));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  bool is_null = true;
  const Datum columns = SysCacheGetAttr(PUBLICATIONRELMAP, tuple, Anum_pg_publication_rel_prattrs, &is_null);
  Bitmapset* result = is_null ? nullptr : pub_collist_to_bitmapset(nullptr, columns, nullptr);
  ReleaseSysCache(tuple);
  return result;
#else
  static_cast<void>(publication);
  static_cast<void>(relid);
  return nullptr;
#endif
}

inline void register_schema_publication_callback(SyscacheCallbackFunction callback) {
#if PG_VERSION_NUM >= 150000
  CacheRegisterSyscacheCallback(PUBLICATIONNAMESPACEMAP, callback, Datum{0});
#else
  static_cast<void>(callback);
#endif
}

// Streaming of transactions in progress came with 14. It is not used; 18 can call these callbacks all the same after
// an aborted, spilled transaction, and a plugin without them then fails on it again and again (aa4c52b808).
inline void without_streaming(LogicalDecodingContext* ctx) {
#if PG_VERSION_NUM >= 140000
  ctx->streaming = false;
#else
  static_cast<void>(ctx);
#endif
}

inline void register_inert_stream_callbacks(OutputPluginCallbacks& callbacks) {
#if PG_VERSION_NUM >= 140000
  callbacks.stream_start_cb = [](LogicalDecodingContext*, ReorderBufferTXN*) {};
  callbacks.stream_stop_cb = [](LogicalDecodingContext*, ReorderBufferTXN*) {};
  callbacks.stream_abort_cb = [](LogicalDecodingContext*, ReorderBufferTXN*, XLogRecPtr) {};
  callbacks.stream_commit_cb = [](LogicalDecodingContext*, ReorderBufferTXN*, XLogRecPtr) {};
  callbacks.stream_change_cb = [](LogicalDecodingContext*, ReorderBufferTXN*, Relation, ReorderBufferChange*) {};
#else
  static_cast<void>(callbacks);
#endif
}

}  // namespace penstock
