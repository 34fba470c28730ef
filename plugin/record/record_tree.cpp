#include "plugin/record/record_tree.h"

namespace penstock {

namespace {

// Column with other texts for null.
const RecordNode* with_null_text(const RecordNode& node, std::string_view text) {
  if (node.prints != Prints::kColumn || node.column->masks_null || node.column->null_text == text) return &node;
  Column* column = palloc_one<Column>();
  *column = *node.column;
  column->null_text = text;
  if (column->nullable) column->absent_text = text;
  RecordNode* copy = copy_of(node);
  copy->column = column;
  return copy;
}

}  // namespace

RecordNode* new_node(std::string_view field, const Schema& schema) {
  RecordNode* node = palloc_one<RecordNode>();
  node->field = field;
  node->schema = schema;
  return node;
}

const RecordNode** find_member(RecordNode& node, std::string_view field) {
  for (const RecordNode*& member : node.members) {
    if (member->field == field) return &member;
  }
  return nullptr;
}

RecordNode* copy_of(const RecordNode& node) {
  RecordNode* copy = palloc_one<RecordNode>();
  static_cast<RecordLeaf&>(*copy) = node;
  for (const RecordNode* member : node.members) copy->members.add(member);
  return copy;
}

RecordNode* text_node(std::string_view field, const Schema& schema, std::string_view json) {
  RecordNode* node = new_node(field, schema);
  node->prints = Prints::kText;
  node->text = json;
  return node;
}

RecordNode* string_node(std::string_view field, std::string_view text, bool optional) {
  JsonWriter json;
  json.open(CurrentMemoryContext, text.size() + 16);
  json.append_string(text);
  Schema schema = schema_type("string");
  schema.optional = optional;
  return text_node(field, schema, json.view());
}

RecordNode* meta_node(std::string_view field, const Schema& schema, Meta meta) {
  RecordNode* node = new_node(field, schema);
  node->prints = Prints::kMeta;
  node->meta = meta;
  return node;
}

RecordNode* column_node(const Column& column, bool old_row) {
  RecordNode* node = new_node(column.name, schema_of(column));
  node->prints = Prints::kColumn;
  node->column = &column;
  node->old_row = old_row;
  return node;
}

RecordNode* struct_node(std::string_view field, const Schema& schema) {
  RecordNode* node = new_node(field, schema);
  node->schema.type = "struct";
  node->prints = Prints::kMembers;
  return node;
}

const RecordNode* renamed(const RecordNode& node, std::string_view field) {
  if (node.field == field) return &node;
  RecordNode* copy = copy_of(node);
  copy->field = field;
  return copy;
}

const RecordNode* with_default(const RecordNode& node) {
  if (node.prints == Prints::kMeta && node.meta == Meta::kSnapshotRaw) {
    RecordNode* copy = copy_of(node);
    copy->meta = Meta::kSnapshot;
    return copy;
  }
  if (node.schema.initial.data() == nullptr) return &node;
  return with_null_text(node, node.schema.initial);
}

const RecordNode* without_default(const RecordNode& node) {
  if (node.prints == Prints::kMeta && node.meta == Meta::kSnapshot) {
    RecordNode* copy = copy_of(node);
    copy->meta = Meta::kSnapshotRaw;
    return copy;
  }
  return with_null_text(node, "null");
}

void append_schema(JsonWriter& json, const RecordNode& node, bool as_member) {
  json.append('{');
  append_schema_type(json, node.schema);
  if (node.is_struct() && node.schema.text_members.empty() && node.schema.inner.empty()) {
    json.append(",\"fields\":[");
    for (const RecordNode* member : node.members) {
      if (member != node.members[0]) json.append(',');
      append_schema(json, *member, true);
    }
    json.append(']');
  }
  append_schema_name(json, node.schema);
  append_schema_place(json, node.schema, as_member ? &node.field : nullptr);
  json.append('}');
}

}  // namespace penstock
