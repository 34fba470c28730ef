// The records of one change, straight into the frame.
#include "plugin/decimal_text.h"
#include "plugin/decoder.h"
#include "plugin/encoding.h"

namespace penstock {

namespace {

constexpr uint8 kBeginPart = 255;  // BEGIN comes with the first change, whose own parts count from 0
// Debezium prints an unstable Java object text as the collection of a logical message.
constexpr std::string_view kMessageCollection = "message";

}  // namespace

// {"id":"742:39753320","total_order":1,"data_collection_order":1}, after counting the record.
void Decoder::count_record(uint64 collection_order) {
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
  at = put_uint64(at, txn.records);
  put(",\"data_collection_order\":");
  at = put_uint64(at, collection_order);
  put("}");
  stamp_.transaction = {block_, static_cast<size_t>(at - block_)};
}

void Decoder::count_row(const Plan& plan) {
  if (options_->transactions) {
    count_record(txn.count(plan, unit_context_));
  } else {
    stamp_.transaction = "null";
  }
}

void Decoder::finish_record(std::string_view topic) {
  if (frame_.finish() || frame_.muted()) return;
  const uint64 ordinal = txn.ordinals == 0 ? 0 : txn.ordinals - 1;
  ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
          errmsg("record for topic \"%.*s\" is larger than %zu bytes", static_cast<int>(topic.size()), topic.data(),
                 options_->record_bytes_max),
          errdetail("It is part %d of change " UINT64_FORMAT " of the transaction that commits at %X/%X.", part_,
                    ordinal, static_cast<uint32>(txn.commit_lsn >> 32), static_cast<uint32>(txn.commit_lsn)),
          errhint("Raise producer.override.max.request.size, and max.message.bytes of the topic, above it."));
}

void Decoder::write_records(Plan& plan, const Tuples& rows) {
  if (rows.op == 'd') {
    if (rows.old_row == nullptr) return tell_without_identity(plan);
    return write_delete(plan, *rows.old_row, {});
  }
  if (rows.new_row == nullptr) return;
  if (rows.op == 'c' || rows.old_row == nullptr) return write_upsert(plan, rows.op, nullptr, *rows.new_row, {});
  if (plan.keys.empty()) return write_upsert(plan, 'u', rows.old_row, *rows.new_row, {});
  key_text_.clear();
  write_key(key_text_, plan, *rows.old_row);
  const size_t old_size = key_text_.size();
  write_key(key_text_, plan, *rows.new_row);
  const std::string_view old_key(key_text_.data(), old_size);
  const std::string_view new_key = key_text_.view_from(old_size);
  if (old_key == new_key) return write_upsert(plan, 'u', rows.old_row, *rows.new_row, {});
  write_delete(plan, *rows.old_row, new_key);
  write_upsert(plan, 'c', nullptr, *rows.new_row, old_key);
}

// Nothing says which row it was, so there is nothing to write; silence would be worse.
void Decoder::tell_without_identity(Plan& plan) {
  if (plan.without_identity_told) return;
  plan.without_identity_told = true;
  ereport(WARNING, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
          errmsg("deletes of table \"%.*s\" are not captured: it has no replica identity",
                 static_cast<int>(plan.collection.size()), plan.collection.data()),
          errhint("Add a primary key, or ALTER TABLE ... REPLICA IDENTITY FULL."));
}

void Decoder::write_delete(Plan& plan, const Row& row, std::string_view new_key) {
  count_row(plan);
  JsonWriter& json = frame_.json();
  const auto write_key_of = [&] {
    if (plan.keys.empty()) return frame_.no_key();
    write_key(json, plan, row);
    frame_.key_done();
  };
  frame_.start(wire::RecordKind::kRow, part_, 'd', plan.definition);
  write_key_of();
  write_envelope(json, plan, txn.source, stamp_, 'd', &row, nullptr);
  frame_.value_done();
  if (new_key.data() != nullptr) frame_.header("__debezium.newkey", new_key);
  finish_record(plan.topic);
  ++part_;
  if (!options_->tombstones) return;
  frame_.start(wire::RecordKind::kTombstone, part_, 'd', plan.definition);
  write_key_of();
  frame_.no_value();
  if (new_key.data() != nullptr) frame_.header("__debezium.newkey", new_key);
  finish_record(plan.topic);
  ++part_;
}

void Decoder::write_upsert(Plan& plan, char op, const Row* before, const Row& after, std::string_view old_key) {
  count_row(plan);
  JsonWriter& json = frame_.json();
  frame_.start(wire::RecordKind::kRow, part_, op, plan.definition);
  if (plan.keys.empty()) {
    frame_.no_key();
  } else {
    write_key(json, plan, after);
    frame_.key_done();
  }
  write_envelope(json, plan, txn.source, stamp_, op, before, &after);
  frame_.value_done();
  if (old_key.data() != nullptr) frame_.header("__debezium.oldkey", old_key);
  finish_record(plan.topic);
  ++part_;
}

void Decoder::write_truncate(Plan& plan) {
  count_row(plan);
  frame_.start(wire::RecordKind::kRow, part_, 't', plan.definition);
  frame_.no_key();
  write_envelope(frame_.json(), plan, txn.source, stamp_, 't', nullptr, nullptr);
  frame_.value_done();
  finish_record(plan.topic);
  ++part_;
}

void Decoder::write_rewrite(Plan& plan) {
  for (Oid told : txn.rewritten) {
    if (told == plan.as) return;
  }
  {
    ContextScope scope(unit_context_);
    txn.rewritten.add(plan.as);
  }
  frame_.start(wire::RecordKind::kRewrite, part_, 'w', plan.definition);
  frame_.no_key();
  frame_.no_value();
  static_cast<void>(frame_.finish());
  ++part_;
}

// BEGIN or END of transaction metadata, as a record of `ordinal`.
void Decoder::write_mark(bool begin, uint64 lsn, uint64 ordinal) {
  frame_.set_ordinal(ordinal);
  if (resume.covers(ordinal)) frame_.mute();
  JsonWriter& json = frame_.json();
  const auto write_id = [&] {
    json.append("\"id\":\"");
    json.append_uint(options_->stable ? stable_.units : txn.xid);
    json.append(':');
    json.append_uint(lsn);
    json.append('"');
  };
  frame_.start(wire::RecordKind::kTransaction, begin ? kBeginPart : 0, begin ? 'B' : 'E', transaction_topic_);
  json.append('{');
  write_id();
  json.append('}');
  frame_.key_done();
  json.append(begin ? "{\"status\":\"BEGIN\"," : "{\"status\":\"END\",");
  write_id();
  json.append(",\"event_count\":");
  if (begin) {
    json.append("null,\"data_collections\":null");
  } else {
    json.append_uint(txn.records);
    json.append(",\"data_collections\":");
    write_collections();
  }
  json.append(",\"ts_ms\":");
  json.append_int((options_->stable ? stable_.time_us() : txn.commit_time_us) / 1000);
  json.append('}');
  frame_.value_done();
  finish_record("transaction");
  frame_.unmute();
}

void Decoder::write_collections() {
  JsonWriter& json = frame_.json();
  sort_as_java(txn.collections);
  json.append('[');
  for (size_t i = 0; i < txn.collections.size(); ++i) {
    json.append(i == 0 ? "{\"data_collection\":\"" : ",{\"data_collection\":\"");
    json.append(txn.collections[i].name);
    json.append("\",\"event_count\":");
    json.append_uint(txn.collections[i].count);
    json.append('}');
  }
  json.append(']');
}

void Decoder::write_message(bool in_transaction, std::string_view prefix, std::string_view content) {
  if (in_transaction && options_->transactions) {
    count_record(txn.count_named(kMessageCollection, unit_context_));
  } else {
    stamp_.transaction = "null";
  }
  const std::string_view text = to_utf8(prefix);
  JsonWriter& json = frame_.json();
  frame_.start(wire::RecordKind::kMessage, part_, 'm', message_topic_);
  json.append("{\"prefix\":");
  json.append_string(text);
  json.append('}');
  frame_.key_done();
  penstock::write_message(json, txn.source, stamp_, text, content);
  frame_.value_done();
  finish_record("message");
  ++part_;
}

}  // namespace penstock
