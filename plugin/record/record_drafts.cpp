#include "plugin/record/record_drafts.h"

#include "plugin/plan/topic.h"
#include "plugin/text/name_adjustment.h"

namespace penstock {

namespace {

constexpr std::string_view kSnapshotAllowed =
    R"("allowed":"true,first,first_in_data_collection,last_in_data_collection,last,false,incremental")";

Schema named(std::string_view name, int version, bool optional) {
  Schema schema = schema_type("struct");
  schema.name = name;
  schema.version = version;
  schema.optional = optional;
  return schema;
}

const RecordNode* number(std::string_view field, Meta meta, bool optional = true) {
  return meta_node(field, schema_type("int64", optional), meta);
}

// What `source` says that does not change with the record.
struct SourceNames {
  std::string_view version;
  std::string_view server;
  std::string_view database;
  std::string_view schema;
  std::string_view table;
};

const RecordNode* source_node(const SourceNames& names) {
  RecordNode* source = struct_node("source", named("io.debezium.connector.postgresql.Source", 1, false));
  Array<const RecordNode*>& members = source->members;
  members.add(string_node("version", names.version, false));
  members.add(string_node("connector", "postgresql", false));
  members.add(string_node("name", names.server, false));
  members.add(number("ts_ms", Meta::kSourceTsMs, false));
  Schema snapshot = schema_type("string", true);
  snapshot.name = "io.debezium.data.Enum";
  snapshot.version = 1;
  snapshot.parameters = kSnapshotAllowed;
  snapshot.initial = "\"false\"";
  members.add(meta_node("snapshot", snapshot, Meta::kSnapshot));
  members.add(string_node("db", names.database, false));
  members.add(meta_node("sequence", schema_type("string", true), Meta::kSequence));
  members.add(number("ts_us", Meta::kSourceTsUs));
  members.add(number("ts_ns", Meta::kSourceTsNs));
  members.add(string_node("schema", names.schema, false));
  members.add(string_node("table", names.table, false));
  members.add(number("txId", Meta::kTxId));
  members.add(number("lsn", Meta::kLsn));
  members.add(number("xmin", Meta::kXmin));
  members.add(meta_node("origin", schema_type("string", true), Meta::kOrigin));
  members.add(number("origin_lsn", Meta::kOriginLsn));
  return source;
}

const RecordNode* transaction_node(bool is_there) {
  RecordNode* transaction = struct_node("transaction", named("event.block", 1, true));
  transaction->members.add(meta_node("id", schema_type("string", false), Meta::kTransactionId));
  transaction->members.add(number("total_order", Meta::kTotalOrder, false));
  transaction->members.add(number("data_collection_order", Meta::kCollectionOrder, false));
  if (!is_there) transaction->prints = Prints::kNull;
  return transaction;
}

std::string_view schema_name(const Plan& plan, const Options& options, const char* suffix) {
  return adjusted_schema_name(psprintf("%.*s.%s", static_cast<int>(plan.topic.size()), plan.topic.data(), suffix),
                              options.schema_names);
}

const RecordNode* row_node(std::string_view field, std::string_view name, std::span<const Column> columns,
                           bool is_there, bool old_row) {
  RecordNode* row = struct_node(field, named(name, 0, true));
  for (const Column& column : columns) row->members.add(column_node(column, old_row));
  if (!is_there) row->prints = Prints::kNull;
  return row;
}

bool has_old_row(Variant variant) {
  return variant == Variant::kUpdateFull || variant == Variant::kDelete || variant == Variant::kDeleteMoved;
}

bool has_new_row(Variant variant) {
  return variant != Variant::kDelete && variant != Variant::kDeleteMoved && variant != Variant::kTruncate;
}

std::string_view op_of(Variant variant) {
  switch (variant) {
    case Variant::kCreate:
    case Variant::kCreateMoved:
      return "c";
    case Variant::kUpdate:
    case Variant::kUpdateFull:
      return "u";
    case Variant::kTruncate:
      return "t";
    case Variant::kRead:
      return "r";
    default:
      return "d";
  }
}

const RecordNode* envelope_node(const Plan& plan, const Options& options, Variant variant) {
  RecordNode* envelope = struct_node({}, named(schema_name(plan, options, "Envelope"), 2, false));
  Array<const RecordNode*>& members = envelope->members;
  const std::string_view row = schema_name(plan, options, "Value");
  members.add(row_node("before", row, plan.columns, has_old_row(variant), true));
  members.add(row_node("after", row, plan.columns, has_new_row(variant), false));
  members.add(source_node({options.source_version, plan.server, plan.database, plan.schema, plan.table}));
  members.add(transaction_node(options.transactions && variant != Variant::kRead));
  members.add(string_node("op", op_of(variant), false));
  members.add(number("ts_ms", Meta::kTsMs));
  members.add(number("ts_us", Meta::kTsUs));
  members.add(number("ts_ns", Meta::kTsNs));
  return envelope;
}

const RecordNode* key_node(const Plan& plan, const Options& options, bool old_row, bool as_header) {
  RecordNode* key = struct_node({}, named(schema_name(plan, options, "Key"), 0, false));
  for (const Column& column : as_header ? plan.header_keys : plan.keys) {
    key->members.add(column_node(column, old_row));
  }
  if (!options.key_has_table) return key;
  const std::string_view table = key_identifier(options, plan.server, plan.schema, plan.table);
  const RecordNode* identifier = string_node(options.key_field, table, false);
  const RecordNode** column = find_member(*key, options.key_field);
  if (column == nullptr) {
    key->members.add(identifier);
  } else {
    *column = identifier;  // a column that could stand for it would write keys of other tables
  }
  return key;
}

}  // namespace

Draft row_draft(const Plan& plan, const Options& options, std::span<const HeaderNode> constant_headers,
                Variant variant) {
  Draft draft;
  draft.topic = plan.topic;
  const bool old_key = has_old_row(variant) && variant != Variant::kUpdateFull;
  const bool of_old_row = old_key || is_tombstone(variant);
  const bool has_key = !plan.keys.empty() || options.key_has_table;
  if (has_key && variant != Variant::kTruncate) draft.key = key_node(plan, options, of_old_row, false);
  draft.key_changed = options.key_has_table;  // only programs write that field
  for (const Column& column : plan.keys) {
    if (options.key_has_table && column.name == options.key_field) draft.replaced_key = options.key_field;
  }
  if (!is_tombstone(variant)) draft.value = envelope_node(plan, options, variant);
  if (variant == Variant::kDeleteMoved || variant == Variant::kTombstoneMoved) {
    draft.headers.add({"__debezium.newkey", key_node(plan, options, false, true)});
  } else if (variant == Variant::kCreateMoved) {
    draft.headers.add({"__debezium.oldkey", key_node(plan, options, true, true)});
  }
  for (const HeaderNode& header : constant_headers) draft.headers.add(header);
  return draft;
}

Draft message_draft(const Options& options, std::string_view prefix, std::string_view topic, std::string_view database,
                    bool in_transaction) {
  Draft draft;
  draft.topic = topic;
  draft.key_changed = draft.value_changed = true;  // nothing writes them but their programs
  RecordNode* key = struct_node({}, named("io.debezium.connector.postgresql.MessageKey", 1, false));
  key->members.add(meta_node("prefix", schema_type("string", true), Meta::kMessagePrefix));
  draft.key = key;
  RecordNode* value = struct_node({}, named("io.debezium.connector.postgresql.MessageValue", 1, false));
  value->members.add(string_node("op", "m", false));
  value->members.add(number("ts_ms", Meta::kTsMs));
  value->members.add(source_node({options.source_version, prefix, database, "", ""}));
  value->members.add(transaction_node(options.transactions && in_transaction));
  RecordNode* message = struct_node("message", named("io.debezium.connector.postgresql.Message", 1, false));
  message->members.add(meta_node("prefix", schema_type("string", true), Meta::kMessagePrefix));
  const bool bytes = options.values.binary == ValueOptions::Binary::kBytes;
  message->members.add(meta_node("content", schema_type(bytes ? "bytes" : "string", true), Meta::kMessageContent));
  value->members.add(message);
  draft.value = value;
  return draft;
}

Draft mark_draft(std::string_view topic, bool begin) {
  Draft draft;
  draft.topic = topic;
  draft.key_changed = draft.value_changed = true;  // nothing writes them but their programs
  RecordNode* key = struct_node({}, named("io.debezium.connector.common.TransactionMetadataKey", 1, false));
  key->members.add(meta_node("id", schema_type("string", false), Meta::kMarkId));
  draft.key = key;
  RecordNode* value = struct_node({}, named("io.debezium.connector.common.TransactionMetadataValue", 1, false));
  value->members.add(string_node("status", begin ? "BEGIN" : "END", false));
  value->members.add(meta_node("id", schema_type("string", false), Meta::kMarkId));
  Schema collections = schema_type("array", true);
  collections.inner =
      R"("items":{"type":"struct","fields":[{"type":"string","optional":false,"field":"data_collection"},)"
      R"({"type":"int64","optional":false,"field":"event_count"}],"optional":true,"name":"event.collection","version":1})";
  if (begin) {
    value->members.add(new_node("event_count", schema_type("int64", true)));
    value->members.add(new_node("data_collections", collections));
  } else {
    value->members.add(number("event_count", Meta::kMarkCount));
    value->members.add(meta_node("data_collections", collections, Meta::kMarkCollections));
  }
  value->members.add(number("ts_ms", Meta::kMarkTsMs, false));
  draft.value = value;
  return draft;
}

Draft heartbeat_draft(std::string_view topic, std::string_view prefix) {
  Draft draft;
  draft.topic = topic;
  draft.key_changed = draft.value_changed = true;  // nothing writes them but their programs
  RecordNode* key = struct_node({}, named("io.debezium.connector.common.ServerNameKey", 1, false));
  key->members.add(string_node("serverName", prefix, false));
  draft.key = key;
  RecordNode* value = struct_node({}, named("io.debezium.connector.common.Heartbeat", 1, false));
  value->members.add(number("ts_ms", Meta::kHeartbeatTsMs, false));
  draft.value = value;
  return draft;
}

}  // namespace penstock
