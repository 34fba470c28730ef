// Kafka's transforms of fields: InsertField, ReplaceField, ExtractField, HoistField, ValueToKey, SetSchemaMetadata.
#include "plugin/text/setting.h"
#include "plugin/transform/transform.h"

namespace penstock {

namespace {

const RecordNode* side_of(const Draft& draft, bool key) {
  return key ? draft.key : draft.value;
}

bool is_absent(const RecordNode* node) {
  return node == nullptr || node->prints == Prints::kNull;
}

void put(Draft& draft, bool key, const RecordNode* node) {
  draft.shared_headers = nullptr;
  if (key) {
    draft.key = node;
    draft.key_changed = true;
  } else {
    draft.value = node;
    draft.value_changed = true;
  }
}

const RecordNode* read(const RecordNode& node, bool replace_null) {
  return replace_null ? with_default(node) : without_default(node);
}

// A struct with the schema's name, version, doc and parameters, not optional, and no members yet.
RecordNode* emptied(const RecordNode& node) {
  RecordNode* copy = copy_of(node);
  copy->field = {};
  copy->schema.optional = false;
  copy->schema.initial = {};
  copy->members = {};
  return copy;
}

const RecordNode& require_struct(const Transform& transform, const Draft& draft, bool key) {
  const RecordNode& node = *side_of(draft, key);
  if (node.is_struct() && node.prints == Prints::kMembers) return node;
  refuse_record(transform, draft, key ? "Its key is not a struct." : "Its value is not a struct.");
}

// --- InsertField ---

struct Spec {
  std::string_view name;  // empty: none
  bool optional = true;
};

struct Insert {
  bool key = false;
  Spec topic, partition, timestamp, constant;
  std::string_view value;
  bool replace_null = true;
};

Spec spec_of(std::string_view text) {
  Spec spec{palloc_copy(text)};
  if (text.ends_with("?") || text.ends_with("!")) {
    spec.optional = text.ends_with("?");
    spec.name.remove_suffix(1);
  }
  return spec;
}

const RecordNode* inserted_timestamp(const Draft& draft, const Spec& spec, const Transform& transform) {
  Schema schema = schema_type("int64");
  schema.optional = spec.optional;
  schema.name = "org.apache.kafka.connect.data.Timestamp";
  schema.version = 1;
  if (draft.timestamp == nullptr) return new_node(spec.name, schema);
  if (draft.timestamp_else != nullptr) {
    refuse_record(transform, draft, "Its timestamp comes from a column, which timestamp.field cannot follow here.");
  }
  RecordNode* node = copy_of(*draft.timestamp);
  node->field = spec.name;
  node->schema = schema;
  return node;
}

bool insert(const Transform& transform, Draft& draft, Answers&) {
  const auto& settings = *static_cast<const Insert*>(transform.settings);
  if (is_absent(side_of(draft, settings.key))) return true;
  const RecordNode& old = require_struct(transform, draft, settings.key);
  RecordNode* node = emptied(old);
  for (const RecordNode* member : old.members) node->members.add(read(*member, settings.replace_null));
  const Spec& topic = settings.topic;
  if (!topic.name.empty()) add_field(transform, draft, *node, string_node(topic.name, draft.topic, topic.optional));
  if (!settings.partition.name.empty()) {
    Schema schema = schema_type("int32");
    schema.optional = settings.partition.optional;
    if (draft.partition == nullptr) {
      add_field(transform, draft, *node, new_node(settings.partition.name, schema));
    } else {
      RecordNode* partition = copy_of(*draft.partition);
      partition->field = settings.partition.name;
      partition->schema = schema;
      add_field(transform, draft, *node, partition);
    }
  }
  if (!settings.timestamp.name.empty())
    add_field(transform, draft, *node, inserted_timestamp(draft, settings.timestamp, transform));
  const Spec& constant = settings.constant;
  if (!constant.name.empty())
    add_field(transform, draft, *node, string_node(constant.name, settings.value, constant.optional));
  put(draft, settings.key, node);
  return true;
}

// --- ReplaceField ---

struct Rename {
  std::string_view from;
  std::string_view to;
};

struct Replace {
  bool key = false;
  Array<std::string_view> exclude;
  Array<std::string_view> include;
  Array<Rename> renames;
  bool replace_null = true;
};

bool replace(const Transform& transform, Draft& draft, Answers&) {
  const auto& settings = *static_cast<const Replace*>(transform.settings);
  if (is_absent(side_of(draft, settings.key))) return true;
  const RecordNode& old = require_struct(transform, draft, settings.key);
  RecordNode* node = emptied(old);
  for (const RecordNode* member : old.members) {
    const std::string_view name = member->field;
    if (contains(settings.exclude, name)) continue;
    if (!settings.include.empty() && !contains(settings.include, name)) continue;
    std::string_view new_name = name;
    for (const Rename& rename : settings.renames) {
      if (rename.from == name) new_name = rename.to;
    }
    add_field(transform, draft, *node, renamed(*read(*member, settings.replace_null), new_name));
  }
  put(draft, settings.key, node);
  return true;
}

// --- ExtractField ---

struct Extract {
  bool key = false;
  std::string_view path;
  Array<std::string_view> steps;
  bool replace_null = true;
};

bool extract(const Transform& transform, Draft& draft, Answers&) {
  const auto& settings = *static_cast<const Extract*>(transform.settings);
  const RecordNode* node = side_of(draft, settings.key);
  if (node == nullptr) return true;
  bool absent = false;
  for (std::string_view step : settings.steps) {
    absent = absent || node->prints == Prints::kNull;
    node = node->find(step);
    if (node == nullptr) {
      refuse_record(transform, draft,
                    psprintf("It has no field \"%.*s\".", length(settings.path), settings.path.data()));
    }
  }
  RecordNode* value = copy_of(*read(*node, settings.replace_null));
  value->field = {};
  if (absent) value->prints = Prints::kNull;
  put(draft, settings.key, value);
  return true;
}

// a.b and `a.b`.c of field.syntax.version V2.
Array<std::string_view> steps_of(TransformSettings& settings, std::string_view path) {
  Array<std::string_view> steps;
  size_t at = 0;
  while (at <= path.size()) {
    if (at < path.size() && path[at] == '`') {
      size_t end = at + 1;
      while (end < path.size() && !(path[end] == '`' && (end + 1 == path.size() || path[end + 1] == '.'))) ++end;
      if (end >= path.size()) settings.refuse("field", path, "A backtick is not closed.");
      steps.add({path.data() + at + 1, end - at - 1});
      at = end + 2;
      continue;
    }
    size_t end = at;
    while (end < path.size() && path[end] != '.') ++end;
    steps.add({path.data() + at, end - at});
    at = end + 1;
  }
  return steps;
}

// --- HoistField ---

struct Hoist {
  bool key = false;
  std::string_view field;
};

bool hoist(const Transform& transform, Draft& draft, Answers&) {
  const auto& settings = *static_cast<const Hoist*>(transform.settings);
  const RecordNode* node = side_of(draft, settings.key);
  if (node == nullptr) refuse_record(transform, draft, "It is null, without a schema.");
  RecordNode* value = struct_node({}, {});
  value->members.add(renamed(*node, settings.field));
  put(draft, settings.key, value);
  return true;
}

// --- ValueToKey ---

struct ToKey {
  Array<std::string_view> fields;
  bool replace_null = true;
};

bool to_key(const Transform& transform, Draft& draft, Answers&) {
  const auto& settings = *static_cast<const ToKey*>(transform.settings);
  if (is_absent(draft.value)) refuse_record(transform, draft, "Its value is null.");
  const RecordNode& value = require_struct(transform, draft, false);
  RecordNode* key = struct_node({}, {});
  for (std::string_view field : settings.fields) {
    const RecordNode* member = value.find(field);
    if (member == nullptr) {
      refuse_record(transform, draft, psprintf("It has no field \"%.*s\".", length(field), field.data()));
    }
    add_field(transform, draft, *key, read(*member, settings.replace_null));
  }
  put(draft, true, key);
  return true;
}

// --- SetSchemaMetadata ---

struct Metadata {
  bool key = false;
  std::string_view name;
  int version = 0;
  bool replace_null = true;
};

bool set_metadata(const Transform& transform, Draft& draft, Answers&) {
  const auto& settings = *static_cast<const Metadata*>(transform.settings);
  const RecordNode* old = side_of(draft, settings.key);
  if (old == nullptr) return true;
  RecordNode* node = copy_of(*old);
  if (!settings.name.empty()) node->schema.name = settings.name;
  if (settings.version != 0) node->schema.version = settings.version;
  if (node->prints == Prints::kMembers) {
    for (const RecordNode*& member : node->members) member = read(*member, settings.replace_null);
  }
  put(draft, settings.key, node);
  return true;
}

}  // namespace

void compile_insert_field(Transform& transform, TransformSettings& settings, bool key) {
  Insert* insertion = palloc_one<Insert>();
  insertion->key = key;
  insertion->topic = spec_of(settings.text("topic.field"));
  insertion->partition = spec_of(settings.text("partition.field"));
  insertion->timestamp = spec_of(settings.text("timestamp.field"));
  insertion->constant = spec_of(settings.text("static.field"));
  insertion->replace_null = settings.flag("replace.null.with.default", true);
  const std::string_view offset = settings.text("offset.field");
  if (!offset.empty()) settings.refuse("offset.field", offset, "Only sink connectors know offsets: leave it out.");
  const std::string_view value = settings.text("static.value");
  if (!insertion->constant.name.empty()) insertion->value = palloc_copy(settings.required("static.value"));
  const bool none = insertion->topic.name.empty() && insertion->partition.name.empty() &&
                    insertion->timestamp.name.empty() && insertion->constant.name.empty();
  if (none)
    settings.refuse("static.field", value,
                    "One of topic.field, partition.field, timestamp.field and static.field must be set.");
  transform.settings = insertion;
  transform.apply = insert;
}

// Honoured up to Kafka 3, ignored by 4: whichever is meant, a field would be there or missing without a word.
void refuse_name_of_kafka_3(TransformSettings& settings, std::string_view name, const char* hint) {
  const std::string_view value = settings.text(name);
  if (!value.empty()) settings.refuse(name, value, hint);
}

void compile_replace_field(Transform& transform, TransformSettings& settings, bool key) {
  refuse_name_of_kafka_3(settings, "blacklist", "Kafka 4 does not know it: call it \"exclude\", or remove it.");
  refuse_name_of_kafka_3(settings, "whitelist", "Kafka 4 does not know it: call it \"include\", or remove it.");
  Replace* replacement = palloc_one<Replace>();
  replacement->key = key;
  replacement->exclude = settings.list("exclude");
  replacement->include = settings.list("include");
  replacement->replace_null = settings.flag("replace.null.with.default", true);
  for (std::string_view item : settings.list("renames")) {
    std::string_view to = item;
    const std::string_view from = wire::take_part(to, ':');
    if (to.empty() || from.empty() || memchr(to.data(), ':', to.size()) != nullptr) {
      settings.refuse("renames", item, "It must be a list of <field>:<new name>.");
    }
    replacement->renames.add({from, to});
  }
  transform.settings = replacement;
  transform.apply = replace;
}

void compile_extract_field(Transform& transform, TransformSettings& settings, bool key) {
  Extract* extraction = palloc_one<Extract>();
  extraction->key = key;
  extraction->path = palloc_copy(settings.required("field"));
  extraction->replace_null = settings.flag("replace.null.with.default", true);
  if (settings.choice("field.syntax.version", "V1|V2", "V1") == "V2") {
    extraction->steps = steps_of(settings, extraction->path);
  } else {
    extraction->steps.add(extraction->path);
  }
  transform.settings = extraction;
  transform.apply = extract;
}

void compile_hoist_field(Transform& transform, TransformSettings& settings, bool key) {
  Hoist* hoisting = palloc_one<Hoist>();
  hoisting->key = key;
  hoisting->field = palloc_copy(settings.required("field"));
  transform.settings = hoisting;
  transform.apply = hoist;
}

void compile_value_to_key(Transform& transform, TransformSettings& settings) {
  ToKey* copying = palloc_one<ToKey>();
  settings.required("fields");
  copying->fields = settings.list("fields");
  copying->replace_null = settings.flag("replace.null.with.default", true);
  transform.settings = copying;
  transform.apply = to_key;
}

void compile_schema_metadata(Transform& transform, TransformSettings& settings, bool key) {
  Metadata* metadata = palloc_one<Metadata>();
  metadata->key = key;
  metadata->name = palloc_copy(settings.text("schema.name"));
  metadata->replace_null = settings.flag("replace.null.with.default", true);
  const std::string_view version = settings.text("schema.version");
  int64_t number = 0;
  if (!version.empty() && (!wire::parse_integer(version, number) || number < 1 || number > INT32_MAX)) {
    settings.refuse("schema.version", version, "It must be a whole number above zero.");
  }
  metadata->version = static_cast<int>(number);
  transform.settings = metadata;
  transform.apply = set_metadata;
}

}  // namespace penstock
