#include "plugin/record/record_program.h"

#include "plugin/text/json_document.h"
#include "plugin/text/json_parser.h"
#include "plugin/value/value_writers.h"

namespace penstock {

namespace {

void append_optional(JsonWriter& json, std::string_view text) {
  if (text.data() == nullptr) return json.append("null");
  json.append_string(text);
}

void append_content(JsonWriter& json, std::string_view content, ValueOptions::Binary mode) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
  json.append('"');
  if (mode == ValueOptions::Binary::kHex) {
    append_hex(json, bytes, content.size());
  } else {
    append_base64(json, bytes, content.size(), mode == ValueOptions::Binary::kBase64UrlSafe);
  }
  json.append('"');
}

void append_sequence(JsonWriter& json, const SourceFacts& source, XLogRecPtr lsn) {
  json.append("\"[");
  if (source.sequence == 0) {
    json.append("null");
  } else {
    json.append("\\\"");
    json.append_uint(source.sequence);
    json.append("\\\"");
  }
  json.append(",\\\"");
  json.append_uint(lsn);
  json.append("\\\"]\"");
}

void append_snapshot(JsonWriter& json, const SourceFacts& source, bool raw) {
  if (source.snapshot.data() != nullptr) return json.append_string(source.snapshot);
  json.append(raw ? std::string_view("null") : source.stream);
}

void append_source(JsonWriter& json, Meta meta, const Inputs& inputs) {
  const SourceFacts& source = *inputs.source;
  switch (meta) {
    case Meta::kSourceTsMs:
      return json.append_int(source.time_us / 1000);
    case Meta::kSourceTsUs:
      return json.append_int(source.time_us);
    case Meta::kSourceTsNs:
      return json.append_int(source.time_us * 1000);
    case Meta::kSnapshot:
    case Meta::kSnapshotRaw:
      return append_snapshot(json, source, meta == Meta::kSnapshotRaw);
    case Meta::kSequence:
      return append_sequence(json, source, inputs.stamp->lsn);
    case Meta::kTxId:
      return source.xid < 0 ? json.append("null") : json.append_int(source.xid);
    case Meta::kLsn:
      return json.append_uint(inputs.stamp->lsn);
    case Meta::kOrigin:
      return append_optional(json, source.origin);
    case Meta::kOriginLsn:
      return source.origin.data() == nullptr ? json.append("null") : json.append_uint(source.origin_lsn);
    default:
      return source.xmin == 0 ? json.append("null") : json.append_uint(source.xmin);
  }
}

void append_transaction(JsonWriter& json, Meta meta, const Stamp& stamp) {
  if (stamp.total_order == 0) return json.append("null");
  switch (meta) {
    case Meta::kTransactionId:
      json.append('"');
      json.append_uint(stamp.transaction_xid);
      json.append(':');
      json.append_uint(stamp.lsn);
      return json.append('"');
    case Meta::kTotalOrder:
      return json.append_uint(stamp.total_order);
    default:
      return json.append_uint(stamp.collection_order);
  }
}

void append_meta(JsonWriter& json, Meta meta, const Inputs& inputs, const ValueOptions& options) {
  switch (meta) {
    case Meta::kTransactionId:
    case Meta::kTotalOrder:
    case Meta::kCollectionOrder:
      return append_transaction(json, meta, *inputs.stamp);
    case Meta::kTsMs:
      return json.append_int(inputs.stamp->now_ns / 1000000);
    case Meta::kTsUs:
      return json.append_int(inputs.stamp->now_ns / 1000);
    case Meta::kTsNs:
      return json.append_int(inputs.stamp->now_ns);
    case Meta::kMessagePrefix:
      return json.append_string(inputs.message_prefix);
    case Meta::kMessageContent:
      return append_content(json, inputs.message_content, options.binary);
    case Meta::kMarkId:
      return json.append_string(inputs.mark_id);
    case Meta::kMarkCount:
      return json.append_uint(inputs.mark_count);
    case Meta::kMarkCollections:
      return json.append(inputs.mark_collections);
    case Meta::kMarkTsMs:
      return json.append_int(inputs.source->time_us / 1000);
    case Meta::kHeartbeatTsMs:
      return json.append("null");  // the relay's clock: a template
    default:
      return append_source(json, meta, inputs);
  }
}

}  // namespace

void write_row_value(JsonWriter& json, const Column& column, const Row& row) {
  const auto i = static_cast<size_t>(column.attnum - 1);
  write_column(json, column, row.states[i], row.values[i]);
}

Program Program::compile(const RecordNode& node, const ValueOptions& options) {
  Program program;
  program.options_ = &options;
  program.is_string_ = node.schema.type == "string" || node.schema.type == "bytes";
  program.text_.open(CurrentMemoryContext, 128);
  program.add(node);
  program.close_text();
  return program;
}

void Program::add_text(std::string_view text) {
  text_.append(text);
}

void Program::close_text() {
  if (text_.size() == 0) return;
  Step step;
  step.text = palloc_copy(text_.view());
  steps_.add(step);
  text_.clear();
}

void Program::add(const RecordNode& node) {
  switch (node.prints) {
    case Prints::kNull: {
      const bool has_default = node.schema.initial.data() != nullptr && options_->null_as_default;
      return add_text(has_default ? node.schema.initial : std::string_view("null"));
    }
    case Prints::kText:
      return add_text(node.text);
    case Prints::kMembers:
      add_text("{");
      for (const RecordNode* member : node.members) {
        if (member != node.members[0]) add_text(",");
        text_.append_string(member->field);
        add_text(":");
        add(*member);
      }
      return add_text("}");
    case Prints::kColumn:
    case Prints::kMeta:
    case Prints::kExpanded:
      break;
  }
  close_text();
  Step step;
  step.prints = node.prints;
  step.meta = node.meta;
  step.old_row = node.old_row;
  step.keeps_null_members = node.keeps_null_members;
  step.column = node.column;
  steps_.add(step);
}

// A document that is not expanded is written once more: what there is of it may have been cut.
void Program::write_expanded(JsonWriter& json, const Step& step, const Row& row) const {
  Expansion expansion = Expansion::kBeyond;
  {
    const TemporaryScope scope;
    JsonWriter text;
    text.open(CurrentMemoryContext, 1024);
    text.set_limit(options_->document_bytes_max);
    write_row_value(text, *step.column, row);
    if (!text.over_limit()) expansion = append_expanded(json, text.view(), step.keeps_null_members);
  }
  if (expansion == Expansion::kObject) return;
  write_row_value(json, *step.column, row);
  if (expansion == Expansion::kBeyond && options_->unconvertible != nullptr)
    options_->unconvertible->add(*step.column, Shortfall::kUnexpanded);
}

void Program::run(JsonWriter& json, const Inputs& inputs) const {
  for (const Step& step : steps_) {
    switch (step.prints) {
      case Prints::kColumn:
        write_row_value(json, *step.column, step.old_row ? *inputs.old_row : *inputs.new_row);
        break;
      case Prints::kMeta:
        append_meta(json, step.meta, inputs, *options_);
        break;
      case Prints::kExpanded:
        write_expanded(json, step, step.old_row ? *inputs.old_row : *inputs.new_row);
        break;
      default:
        json.append(step.text);
    }
  }
}

std::string_view Program::header_text(const Inputs& inputs) const {
  JsonWriter json;
  json.open(CurrentMemoryContext, 64);
  json.set_bare(true);
  run(json, inputs);
  const std::string_view text = json.view();
  if (text == "null") return {};
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? unquoted(text) : text;
}

}  // namespace penstock
