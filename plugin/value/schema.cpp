#include "plugin/value/schema.h"

#include "plugin/pg/memory.h"

namespace penstock {

namespace {

constexpr std::string_view as_view(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// "items":{…} of an array's column.
std::string_view items_of(const Column& array) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 128);
  json.append("\"items\":");
  append_schema(json, *array.element, false);
  return json.view();
}

}  // namespace

Schema schema_of(const Column& column) {
  Schema schema;
  schema.type = as_view(column.schema_type);
  schema.inner = column.element != nullptr ? items_of(column) : as_view(column.schema_inner);
  schema.optional = column.schema_is_optional();
  schema.name = as_view(column.schema_name);
  schema.version = schema.name.empty() ? 0 : 1;
  schema.doc = as_view(column.schema_doc);
  schema.parameters = as_view(column.parameters);
  schema.initial = column.default_text;
  return schema;
}

void append_schema_type(JsonWriter& json, const Schema& schema) {
  if (!schema.text_members.empty()) return json.append(schema.text_members);
  json.append("\"type\":\"");
  json.append(schema.type);
  json.append('"');
  if (schema.inner.empty()) return;
  json.append(',');
  json.append(schema.inner);
}

void append_schema_name(JsonWriter& json, const Schema& schema) {
  if (!schema.text_members.empty()) return;
  json.append(schema.optional ? std::string_view(",\"optional\":true") : std::string_view(",\"optional\":false"));
  if (!schema.name.empty()) {
    json.append(",\"name\":");
    json.append_string(schema.name);
  }
  if (schema.version != 0) {
    json.append(",\"version\":");
    json.append_int(schema.version);
  }
  if (!schema.doc.empty()) {
    json.append(",\"doc\":");
    json.append_string(schema.doc);
  }
  if (!schema.parameters.empty()) {
    json.append(",\"parameters\":{");
    json.append(schema.parameters);
    json.append('}');
  }
}

void append_schema_place(JsonWriter& json, const Schema& schema, const std::string_view* field) {
  if (schema.initial.data() != nullptr) {
    json.append(",\"default\":");
    json.append(schema.initial);
  }
  if (field == nullptr) return;
  json.append(",\"field\":");
  json.append_string(*field);
}

void append_schema(JsonWriter& json, const Column& column, bool as_member) {
  const Schema schema = schema_of(column);
  json.append('{');
  append_schema_type(json, schema);
  if (schema.type == "struct" && schema.inner.empty()) json.append(",\"fields\":[]");
  append_schema_name(json, schema);
  append_schema_place(json, schema, as_member ? &column.name : nullptr);
  json.append('}');
}

}  // namespace penstock
