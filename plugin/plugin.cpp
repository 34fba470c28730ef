// The boundary to the server: the module, the callbacks of an output plugin, and the line that every change takes.
// Knows no type, no JSON and no frame.
#include "plugin/options/options.h"
#include "plugin/pg/compat.h"
#include "plugin/plan/tuples.h"
#include "plugin/session/decoder.h"

// The server finds these by name; up to 15 PGDLLEXPORT does not make them visible.
#pragma GCC visibility push(default)
extern "C" {
PG_MODULE_MAGIC;
extern void _PG_output_plugin_init(OutputPluginCallbacks* callbacks);
}
#pragma GCC visibility pop

namespace penstock {

namespace {

Decoder& decoder_of(LogicalDecodingContext* ctx) {
  return *static_cast<Decoder*>(ctx->output_plugin_private);
}

Operation operation_of(const ReorderBufferChange& change) {
  switch (change.action) {
    case REORDER_BUFFER_CHANGE_INSERT:
      return Operation::kCreate;
    case REORDER_BUFFER_CHANGE_UPDATE:
      return Operation::kUpdate;
    default:
      return Operation::kDelete;
  }
}

// Slots are created, and copied, without any options: nothing may be checked then.
void startup(LogicalDecodingContext* ctx, OutputPluginOptions* output, bool is_init) {
  ContextScope scope(ctx->context);
  const Options* options =
      parse_options(is_init ? std::span<const Setting>() : settings_of(ctx->output_plugin_options));
  const bool lines = options->format == Options::Format::kJson;
  output->output_type = lines ? OUTPUT_PLUGIN_TEXTUAL_OUTPUT : OUTPUT_PLUGIN_BINARY_OUTPUT;
  output->receive_rewrites = true;
  without_streaming(ctx);
  ctx->output_plugin_private = is_init ? nullptr : Decoder::open(ctx, *options);
}

void begin(LogicalDecodingContext* ctx, ReorderBufferTXN* txn) {
  decoder_of(ctx).begin(txn);
}

// A row of the transient heap of a rewriting ALTER TABLE: told once for each transaction and table.
void rewrite(LogicalDecodingContext* ctx, Oid table, uint64 ordinal, XLogRecPtr lsn) {
  Decoder& decoder = decoder_of(ctx);
  if (decoder.resume.covers(ordinal)) return;
  Relation relation = RelationIdGetRelation(table);
  if (!RelationIsValid(relation)) return;
  Plan& plan = decoder.plans.of(relation);
  if (plan.captures(Operation::kRewrite)) {
    decoder.open_change(ordinal, lsn);
    decoder.tell_rewrite(plan);
    decoder.close_change(ctx);
  }
  RelationClose(relation);
}

void change(LogicalDecodingContext* ctx, ReorderBufferTXN*, Relation relation, ReorderBufferChange* change) {
  Decoder& decoder = decoder_of(ctx);
  ScratchScope scratch(decoder.change_context);   // reset at the end
  const uint64 ordinal = decoder.txn.ordinals++;  // every invocation counts
  decoder.follow_publication();
  Plan& plan = decoder.plans.of(relation);  // cached; as of the change
  const Operation operation = operation_of(*change);
  if (plan.publishes(operation)) decoder.publish(ordinal, change->lsn);
  if (OidIsValid(plan.rewritten)) return rewrite(ctx, plan.rewritten, ordinal, change->lsn);
  if (!plan.captures(operation) || decoder.is_silent(ordinal)) return decoder.skipped(ctx);  // select, resume
  const Tuples rows = classify(plan, relation, *change);  // null | value | unavailable | absent
  decoder.open_change(ordinal, change->lsn);
  if (plan.filter != nullptr && plan.filter->failed()) decoder.tell(plan.filter->failure());
  decoder.write_records(plan, rows);  // key, value, tombstone: into the frame
  decoder.close_change(ctx);          // flush at 64 KiB
}

// Up to kPartsMax tables of one TRUNCATE: a change of its own, for each has a part of it.
void truncate_some(LogicalDecodingContext* ctx, std::span<Relation> relations, XLogRecPtr lsn) {
  Decoder& decoder = decoder_of(ctx);
  const uint64 ordinal = decoder.txn.ordinals++;
  ScratchScope scratch(decoder.change_context);
  decoder.follow_publication();
  bool opened = false;
  for (Relation relation : relations) {
    Plan& plan = decoder.plans.of(relation);
    if (plan.publishes(Operation::kTruncate)) decoder.publish(ordinal, lsn);
    if (!plan.captures(Operation::kTruncate) || decoder.is_silent(ordinal)) continue;
    if (!opened) decoder.open_change(ordinal, lsn);
    opened = true;
    decoder.write_truncate(plan);
  }
  if (opened) decoder.close_change(ctx);
}

void truncate(LogicalDecodingContext* ctx, ReorderBufferTXN*, int count, Relation relations[],
              ReorderBufferChange* change) {
  std::span<Relation> left(relations, static_cast<size_t>(count));
  do {
    const size_t size = std::min(left.size(), Decoder::kPartsMax);
    truncate_some(ctx, left.first(size), change->lsn);
    left = left.subspan(size);
  } while (!left.empty());
}

void message(LogicalDecodingContext* ctx, ReorderBufferTXN*, XLogRecPtr lsn, bool transactional, const char* prefix,
             Size size, const char* content) {
  Decoder& decoder = decoder_of(ctx);
  ScratchScope scratch(decoder.change_context);
  const bool captured = decoder.captures_message(prefix);
  if (!transactional) {  // a unit of its own; there is no transaction, so no catalog may be touched
    decoder.begin_message(lsn);
    if (captured && !decoder.resume.covers(0)) {
      decoder.open_message();
      decoder.write_message(false, prefix, {content, size});
    }
    return decoder.end_unit(ctx);
  }
  const uint64 ordinal = decoder.txn.ordinals++;
  decoder.publish(ordinal, lsn);
  if (!captured || decoder.is_silent(ordinal)) return;
  decoder.open_change(ordinal, lsn);
  decoder.write_message(true, prefix, {content, size});
  decoder.close_change(ctx);
}

void commit(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr) {
  Decoder& decoder = decoder_of(ctx);
  decoder.check_publication(*txn);
  ScratchScope scratch(decoder.change_context);
  decoder.end_unit(ctx);
}

bool filter_by_origin(LogicalDecodingContext*, RepOriginId) {
  return false;
}

// Everything is freed with ctx->context.
void shutdown(LogicalDecodingContext*) {}

}  // namespace

}  // namespace penstock

extern "C" void _PG_output_plugin_init(OutputPluginCallbacks* callbacks) {
  using namespace penstock;
  callbacks->startup_cb = startup;
  callbacks->begin_cb = begin;
  callbacks->change_cb = change;
  callbacks->truncate_cb = truncate;
  callbacks->message_cb = message;
  callbacks->commit_cb = commit;
  callbacks->filter_by_origin_cb = filter_by_origin;
  callbacks->shutdown_cb = shutdown;
  register_inert_stream_callbacks(*callbacks);
}
