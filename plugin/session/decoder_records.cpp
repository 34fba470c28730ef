// The records of one change, straight into the frame.
#include "plugin/session/decoder.h"
#include "plugin/session/record_writer.h"
#include "plugin/text/decimal_text.h"
#include "plugin/text/encoding.h"

namespace penstock {

namespace {

constexpr uint8 kBeginPart = 255;  // BEGIN comes with the first change, whose own parts count from 0
// In lines, whose text may be twice as long (hex) and has little else in it: the server sends 1 GB at the most.
constexpr size_t kLineContentMax = MaxAllocSize / 2 - 64 * 1024;
// Debezium prints an unstable Java object text as the collection of a logical message.
constexpr std::string_view kMessageCollection = "message";

// Before and after rows of a change whose key moved are two records.
bool same_key(JsonWriter& scratch, const Plan& plan, const Row& old_row, const Row& new_row) {
  scratch.clear();
  write_key(scratch, plan, old_row);
  const size_t old_size = scratch.size();
  write_key(scratch, plan, new_row);
  return std::string_view(scratch.data(), old_size) == scratch.view_from(old_size);
}

}  // namespace

// {"id":"742:39753320","total_order":1,"data_collection_order":1}
void Decoder::place_record(uint64 total_order, uint64 collection_order) {
  char* at = block_;
  const auto put = [&at](std::string_view text) {
    memcpy(at, text.data(), text.size());
    at += text.size();
  };
  put("{\"id\":\"");
  at = put_uint64(at, options_->stable ? stable_.units : txn.xid);
  put(":");
  at = put_uint64(at, stamp_.lsn);
  put("\",\"total_order\":");
  at = put_uint64(at, total_order);
  put(",\"data_collection_order\":");
  at = put_uint64(at, collection_order);
  put("}");
  stamp_.transaction = {block_, static_cast<size_t>(at - block_)};
  stamp_.transaction_xid = options_->stable ? stable_.units : txn.xid;
  stamp_.total_order = total_order;
  stamp_.collection_order = collection_order;
}

void Decoder::count_row(const Plan& plan) {
  if (options_->transactions) {
    const uint64 collection_order = txn.count(plan, unit_context_);
    place_record(txn.records, collection_order);
  } else {
    stamp_.transaction = "null";
    stamp_.total_order = 0;
  }
}

bool Decoder::captures_message(std::string_view prefix) const {
  if (prefix.size() > Pattern::kTextMax)
    return options_->message_prefixes.include.empty();  // told: no pattern reads it
  return options_->message_prefixes.passes(prefix);
}

// What belongs to no row must not stop the stream: anybody who may log in can emit messages of any kind.
void Decoder::leave_message_out(std::string_view place, const char* reason) {
  constexpr size_t kPlaceMax = 100;  // of a text that its emitter chose
  const auto shown = static_cast<int>(std::min(place.size(), kPlaceMax * MAX_MULTIBYTE_CHAR_LEN));
  place = place.substr(0, static_cast<size_t>(pg_mbcliplen(place.data(), shown, kPlaceMax)));
  tell({wire::NoticeReason::kMessageLeftOut, 1, to_utf8(place), reason});
}

void Decoder::finish_record(const Output& output, uint8 part) {
  if (frame_.finish() || frame_.muted()) return;
  const std::string_view topic = output.definition->relation.topic;
  const uint64 ordinal = txn.ordinals == 0 ? 0 : txn.ordinals - 1;
  ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
          errmsg("record for topic \"%s\" is larger than %zu bytes", shown_utf8(topic), options_->record_bytes_max),
          errdetail("It is part %d of change " UINT64_FORMAT " of the transaction that commits at %X/%X.", part,
                    ordinal, static_cast<uint32>(txn.commit_lsn >> 32), static_cast<uint32>(txn.commit_lsn)),
          errhint("Raise producer.override.max.request.size, and max.message.bytes of the topic, above it."));
}

// `plan` is nullptr for records that belong to no table.
bool Decoder::emit(const Output& output, wire::RecordKind kind, uint8 part, char op, const Plan* plan,
                   const Inputs& inputs) {
  if (output.dropped) return true;
  const auto [places, unfit] = placement_of(output, inputs);
  if (unfit && plan != nullptr) tell(unfit_placement(plan->collection));
  frame_.start(kind, part, op, *output.definition, places);
  write_record(frame_, output, plan, txn.source, op, inputs);
  if (plan != nullptr && options_->position_headers) write_position_headers();
  if (plan != nullptr && options_->unavailable_header && op != 'd') write_unavailable_header(*plan, inputs.new_row);
  if (!options_->values.unconvertible->empty()) frame_.tell(*options_->values.unconvertible);
  if (plan == nullptr) return finish_service_record(kind, inputs);
  finish_record(output, part);
  return true;
}

bool Decoder::finish_service_record(wire::RecordKind kind, const Inputs& inputs) {
  if (frame_.finish()) return true;
  frame_.drop();
  const bool message = kind == wire::RecordKind::kMessage;
  leave_message_out(message ? inputs.message_prefix : "transaction metadata",
                    "it is larger than producer.override.max.request.size");
  return false;
}

void Decoder::write_position_headers() {
  char text[kInt64Text];
  const uint64 commit = options_->stable ? stable_.end_lsn() : txn.commit_lsn;
  frame_.header("penstock.commit_lsn", {text, static_cast<size_t>(put_uint64(text, commit) - text)});
  frame_.header("penstock.ordinal", {text, static_cast<size_t>(put_uint64(text, txn.ordinals - 1) - text)});
}

void Decoder::write_unavailable_header(const Plan& plan, const Row* row) {
  if (row == nullptr) return;
  JsonWriter names;
  names.open(CurrentMemoryContext, 128);
  for (const Column& column : plan.columns) {
    if (row->states[column.attnum - 1] != State::kUnavailable) continue;
    names.append(names.size() == 0 ? '[' : ',');
    names.append_string(column.name);
  }
  if (names.size() == 0) return;
  names.append(']');
  frame_.header("penstock.unavailable", names.view());
}

void Decoder::emit_row(Plan& plan, Variant variant, char op, const Row* old_row, const Row* new_row) {
  const uint8 part = part_++;
  Inputs inputs;
  inputs.old_row = old_row;
  inputs.new_row = new_row;
  inputs.source = &source_;
  inputs.stamp = &stamp_;
  const Output& output = plan.outputs->of(static_cast<size_t>(variant), inputs);
  const bool tombstone = is_tombstone(variant) || !output.has_value;
  emit(output, tombstone ? wire::RecordKind::kTombstone : wire::RecordKind::kRow, part, op, &plan, inputs);
}

void Decoder::write_records(Plan& plan, const Tuples& rows) {
  if (rows.op != 'd' && rows.new_row == nullptr) return;  // held back
  if (plan.topic_owner != plan.as) return tell_left_out(plan);
  if (rows.op == 'd') {
    if (rows.old_row == nullptr) return tell_without_identity(plan);
    return write_delete(plan, *rows.old_row, nullptr);
  }
  if (rows.op == 'u' && rows.old_row != nullptr && !plan.keys.empty() &&
      !same_key(key_text_, plan, *rows.old_row, *rows.new_row)) {
    return write_move(plan, *rows.old_row, *rows.new_row);
  }
  if (rows.op == 'u' && rows.old_row != nullptr && is_unchanged(plan, rows)) return;
  count_row(plan);
  if (rows.op == 'c') return emit_row(plan, Variant::kCreate, 'c', nullptr, rows.new_row);
  const Variant variant = rows.old_row == nullptr ? Variant::kUpdate : Variant::kUpdateFull;
  emit_row(plan, variant, 'u', rows.old_row, rows.new_row);
}

// An update that changed the key: skipped.operations counts for each half, as with the connector.
void Decoder::write_move(Plan& plan, const Row& old_row, const Row& new_row) {
  if (!options_->skip_delete) write_delete(plan, old_row, &new_row);
  if (options_->skip_create) return;
  count_row(plan);
  emit_row(plan, Variant::kCreateMoved, 'c', &old_row, &new_row);
}

// skip.messages.without.change. A key that changed is told even where the value does not show it.
bool Decoder::is_unchanged(const Plan& plan, const Tuples& rows) {
  return options_->skip_unchanged && same_values(key_text_, plan, *rows.old_row, *rows.new_row);
}

// Nothing says which row it was, so there is nothing to write; silence would be worse.
void Decoder::tell_without_identity(Plan& plan) {
  if (plan.without_identity_told) return;
  plan.without_identity_told = true;
  // In the server's encoding, which the client's may have all of.
  const char* schema = get_namespace_name(get_rel_namespace(plan.as));
  const char* table = get_rel_name(plan.as);
  const char* name = psprintf("%s.%s", schema == nullptr ? "" : schema, table == nullptr ? "" : table);
  ereport(WARNING, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
          errmsg("deletes of table \"%s\" are not captured: it has no replica identity", shown(name)),
          errhint("Add a primary key, or ALTER TABLE ... REPLICA IDENTITY FULL."));
}

void Decoder::write_delete(Plan& plan, const Row& row, const Row* moved_to) {
  const bool moved = moved_to != nullptr;
  count_row(plan);
  emit_row(plan, moved ? Variant::kDeleteMoved : Variant::kDelete, 'd', &row, moved_to);
  if (options_->tombstones) emit_row(plan, moved ? Variant::kTombstoneMoved : Variant::kTombstone, 'd', &row, moved_to);
}

// By topic_owners.h: whoever may create a table must not write into the topic of another one.
void Decoder::tell_left_out(const Plan& plan) {
  const char* owner = to_utf8(topic_owner_name(plan.topic_owner)).data();
  const char* detail = OidIsValid(plan.topic_owner)
                           ? "its topic is that of table %s, which was created first, and its changes are left out"
                           : "its topic is that of %s, and its changes are left out";
  tell({wire::NoticeReason::kTopicTaken, 1, plan.collection, psprintf(detail, owner)});
}

void Decoder::write_truncate(Plan& plan) {
  if (plan.topic_owner != plan.as) return tell_left_out(plan);
  count_row(plan);
  emit_row(plan, Variant::kTruncate, 't', nullptr, nullptr);
}

void Decoder::tell_rewrite(const Plan& plan) {
  if (plan.topic_owner != plan.as) return;
  if (plan.rewrite_told_in == txn.serial) return;
  plan.rewrite_told_in = txn.serial;
  for (Oid told : txn.rewritten) {
    if (told == plan.as) return;
  }
  {
    ContextScope scope(unit_context_);
    txn.rewritten.add(plan.as);
  }
  tell({wire::NoticeReason::kTableRewritten, 1, plan.collection,
        "ALTER TABLE rewrote it, and rows that changed by that have no records"});
}

// BEGIN or END of transaction metadata, as a record of `ordinal`.
void Decoder::write_mark(bool begin, uint64 lsn, uint64 ordinal) {
  if (!txn.source_ready) make_source(true);
  frame_.set_ordinal(ordinal);
  if (resume.covers(ordinal)) frame_.mute();
  JsonWriter id;
  id.open(CurrentMemoryContext, 64);
  id.append_uint(options_->stable ? stable_.units : txn.xid);
  id.append(':');
  id.append_uint(lsn);
  Inputs inputs;
  inputs.source = &source_;
  inputs.mark_id = id.view();
  inputs.mark_count = txn.records;
  if (!begin) inputs.mark_collections = collections();
  const auto record = begin ? ServiceRecord::kBegin : ServiceRecord::kEnd;
  const Output& output = service_->of(static_cast<size_t>(record), inputs);
  emit(output, wire::RecordKind::kTransaction, begin ? kBeginPart : 0, begin ? 'B' : 'E', nullptr, inputs);
  frame_.unmute();
}

std::string_view Decoder::collections() {
  JsonWriter json;
  json.open(CurrentMemoryContext, 256);
  const uint64 named = txn.messages == 0 ? 0 : 1;  // of the collections
  sort_as_java(txn.collections, txn.collections.size() - named + txn.messages, java_buckets_);
  json.append('[');
  for (size_t i = 0; i < txn.collections.size(); ++i) {
    json.append(i == 0 ? "{\"data_collection\":\"" : ",{\"data_collection\":\"");
    json.append(txn.collections[i].name);
    json.append("\",\"event_count\":");
    json.append_uint(txn.collections[i].count);
    json.append('}');
  }
  json.append(']');
  return json.view();
}

// Bounds come before work, and before any text of the emitter's is looked at.
const char* Decoder::unfit_message(ServiceRecord record, std::string_view prefix, std::string_view content) {
  if (prefix.size() > Pattern::kTextMax) return "its prefix is longer than a pattern is matched with";
  const bool frames = options_->format == Options::Format::kFrames && options_->record_bytes_max > 0;
  if (content.size() > (frames ? options_->record_bytes_max : kLineContentMax)) {
    return frames ? "it is larger than producer.override.max.request.size" : "it is larger than the server can send";
  }
  if (service_->is_refused(static_cast<size_t>(record))) return "a transform cannot be applied to messages";
  return nullptr;
}

void Decoder::write_message(bool in_transaction, std::string_view prefix, std::string_view content) {
  const auto record = in_transaction ? ServiceRecord::kMessage : ServiceRecord::kMessageOutside;
  if (const char* reason = unfit_message(record, prefix, content)) return leave_message_out(prefix, reason);
  const bool counts = in_transaction && options_->transactions;
  if (counts) {
    place_record(txn.records + 1, 1);  // each message is a collection of its own to the connector
  } else {
    stamp_.transaction = "null";
    stamp_.total_order = 0;
  }
  Inputs inputs;
  inputs.source = &source_;
  inputs.stamp = &stamp_;
  inputs.message_prefix = to_utf8(prefix);
  inputs.message_content = content;
  const Output& output = service_->of(static_cast<size_t>(record), inputs);
  const bool written = emit(output, wire::RecordKind::kMessage, part_++, 'm', nullptr, inputs);
  if (counts && written) txn.count_message(kMessageCollection, unit_context_);
}

}  // namespace penstock
