#include "plugin/text/json_document.h"

#include "plugin/pg/memory.h"
#include "plugin/text/java_number.h"
#include "plugin/text/json_parser.h"

namespace penstock {

namespace {

// The schema that the connector infers; items of an array share one.
struct Type {
  JsonKind kind = JsonKind::kNull;
  bool optional = true;
  std::string_view name;  // of a struct
  const Type* element = nullptr;
  struct Field {
    std::string_view name;
    const Type* type = nullptr;
  };
  ByName<Field> fields;

  void add(std::string_view field, const Type* of) {
    Field* added = palloc_one<Field>();
    *added = {field, of};
    fields.add(added);
  }
};

// Names follow from the fields and are not compared.
bool equal(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.fields.size() != b.fields.size()) return false;
  if (a.element != nullptr && !equal(*a.element, *b.element)) return false;
  for (size_t i = 0; i < a.fields.size(); ++i) {
    if (a.fields[i].name != b.fields[i].name || !equal(*a.fields[i].type, *b.fields[i].type)) return false;
  }
  return true;
}

// As many values as a tree of the text would have, or more if it is no JSON: one, one after each comma, and the first
// of each list that is not empty.
size_t count_values(std::string_view text) {
  size_t count = 1;
  bool in_string = false;
  bool opened = false;  // a list, and nothing has come in it
  for (size_t i = 0; i < text.size(); ++i) {
    CHECK_FOR_INTERRUPTS();
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (opened && c != ']' && c != '}') ++count;
    if (c == ',') ++count;
    opened = c == '[' || c == '{';
    in_string = c == '"';
  }
  return count;
}

// Of a struct, which those below it repeat. `below` is its size without that of the outermost struct: what is bounded
// by it is the same for schema and value, of which only the schema has names.
struct Name {
  std::string_view text;
  size_t below = 0;
};

class Inference {
 public:
  Inference(bool keep_nulls, bool with_names) : keep_nulls_(keep_nulls), with_names_(with_names) {}

  // Names would take more than kDocumentNamesMax.
  bool is_beyond() const { return name_bytes_ > kDocumentNamesMax; }

  bool failed() const { return failed_; }

  // nullptr: the member has no schema and is left out.
  const Type* of(const Name& name, const JsonItem& item) {
    switch (item.kind) {
      case JsonKind::kNull:
        return keep_nulls_ ? simple_type(JsonKind::kNull) : nullptr;
      case JsonKind::kArray:
        return array(name, item);
      case JsonKind::kObject:
        return object(name, item);
      default:
        return simple_type(item.kind);
    }
  }

 private:
  const Type* simple_type(JsonKind kind) {
    Type*& type = simple_[static_cast<size_t>(kind)];
    if (type == nullptr) {
      type = palloc_one<Type>();
      type->kind = kind;
    }
    return type;
  }

  // <name>.<member>, where there may be a struct.
  Name name_of(const Name& name, const JsonItem& member) {
    if (member.kind != JsonKind::kObject && member.kind != JsonKind::kArray) return {};
    const Name result = {{}, name.below + 1 + member.name.size()};
    name_bytes_ += result.below;
    if (is_beyond()) failed_ = true;
    if (!with_names_ || failed_) return result;
    if (name.text.empty()) return {member.name, result.below};
    const char* text = psprintf("%.*s.%.*s", static_cast<int>(name.text.size()), name.text.data(),
                                static_cast<int>(member.name.size()), member.name.data());
    return {text, result.below};
  }

  Type* object(const Name& name, const JsonItem& item) {
    Type* type = palloc_one<Type>();
    type->kind = JsonKind::kObject;
    type->name = name.text;
    for (const JsonItem* member : item.members) {
      if (member->name.empty()) failed_ = true;  // Connect has no field without a name
      if (failed_) break;
      const Type* field = of(name_of(name, *member), *member);
      if (field != nullptr) type->add(member->name, field);
    }
    return type;
  }

  const Type* array(const Name& name, const JsonItem& item) {
    if (item.elements.empty()) return nullptr;
    const JsonItem* sample = nullptr;
    for (const JsonItem* element : item.elements) {
      if (element->kind == JsonKind::kNull) continue;
      if (sample == nullptr) sample = element;
      if (element->kind != sample->kind) failed_ = true;  // int and double are two kinds here too
    }
    Type* type = palloc_one<Type>();
    type->kind = JsonKind::kArray;
    if (sample == nullptr) sample = palloc_one<JsonItem>();  // null
    type->element = sample->kind == JsonKind::kObject ? merged(name, item) : of({}, *sample);
    if (type->element == nullptr) failed_ = true;
    return type;
  }

  // Fields of all objects of an array, in the order in which they are met.
  const Type* merged(const Name& name, const JsonItem& array) {
    Type* all = nullptr;
    for (const JsonItem* element : array.elements) {
      if (element->kind != JsonKind::kObject) continue;
      Type* one = object(name, *element);
      if (all == nullptr) {
        all = one;
        continue;
      }
      if (all->optional && equal(*all, *one)) continue;
      all->optional = false;  // a schema that was merged is a copy without that
      for (const Type::Field* field : one->fields) merge(*all, *field);
    }
    return all;
  }

  static void merge(Type& all, const Type::Field& field) {
    Type::Field* known = all.fields.find(field.name);
    if (known == nullptr) return all.add(field.name, field.type);
    if (known->type->kind == JsonKind::kNull && field.type->kind != JsonKind::kNull) known->type = field.type;
  }

  bool keep_nulls_;
  bool with_names_;
  bool failed_ = false;
  size_t name_bytes_ = 0;
  Type* simple_[kJsonKinds] = {};  // by kind
};

// Whether every value is of the type that its place was given: an array takes its type from its first elements, and
// the others may be anything.
bool fits(const JsonItem& item, const Type& type) {
  if (item.kind == JsonKind::kNull) return type.optional;
  if (item.kind != type.kind) return false;
  if (item.kind == JsonKind::kArray) {
    for (const JsonItem* element : item.elements) {
      if (!fits(*element, *type.element)) return false;
    }
  } else if (item.kind == JsonKind::kObject) {
    for (const Type::Field* field : type.fields) {
      const JsonItem* found = item.members.find(field->name);
      if (found == nullptr ? !field->type->optional : !fits(*found, *field->type)) return false;
    }
  }
  return true;
}

const char* type_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kBoolean:
      return "boolean";
    case JsonKind::kInt32:
      return "int32";
    case JsonKind::kInt64:
      return "int64";
    case JsonKind::kDouble:
      return "double";
    case JsonKind::kString:
      return "string";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "struct";
    case JsonKind::kNull:
      return "bytes";
  }
  return "";
}

void append_type(JsonWriter& json, const Type& type) {
  json.append("\"type\":\"");
  json.append(type_name(type.kind));
  json.append('"');
  if (type.kind == JsonKind::kArray) {
    json.append(",\"items\":{");
    append_type(json, *type.element);
    json.append('}');
  } else if (type.kind == JsonKind::kObject) {
    json.append(",\"fields\":[");
    for (size_t i = 0; i < type.fields.size(); ++i) {
      json.append(i == 0 ? std::string_view("{") : std::string_view(",{"));
      append_type(json, *type.fields[i].type);
      json.append(",\"field\":");
      json.append_string(type.fields[i].name);
      json.append('}');
    }
    json.append(']');
  }
  json.append(type.optional ? std::string_view(",\"optional\":true") : std::string_view(",\"optional\":false"));
  if (type.kind == JsonKind::kObject && !type.name.empty()) {
    json.append(",\"name\":");
    json.append_string(type.name);
  }
}

void append_item(JsonWriter& json, const JsonItem& item, const Type& type);

void append_members(JsonWriter& json, const JsonItem& item, const Type& type) {
  json.append('{');
  for (size_t i = 0; i < type.fields.size(); ++i) {
    const Type::Field& field = type.fields[i];
    if (i > 0) json.append(',');
    json.append_string(field.name);
    json.append(':');
    const JsonItem* found = item.members.find(field.name);
    if (found == nullptr) {
      json.append("null");
    } else {
      append_item(json, *found, *field.type);
    }
  }
  json.append('}');
}

void append_item(JsonWriter& json, const JsonItem& item, const Type& type) {
  switch (item.kind) {
    case JsonKind::kString:
      return json.append_string(item.text);
    case JsonKind::kDouble:
      return append_double(json, item.number);
    case JsonKind::kArray:
      json.append('[');
      for (size_t i = 0; i < item.elements.size(); ++i) {
        if (i > 0) json.append(',');
        append_item(json, *item.elements[i], *type.element);
      }
      return json.append(']');
    case JsonKind::kObject:
      return append_members(json, item, type);
    default:
      return json.append(item.text);
  }
}

struct Document {
  const JsonItem* item = nullptr;  // nullptr: not expanded
  const Type* type = nullptr;
  bool beyond = false;  // the reason is a bound
};

// `name`: of the struct, where its schema is asked for.
Document read(std::string_view value, const std::string_view* name, bool keep_nulls) {
  if (value.empty() || value.front() != '"') return {};
  const std::string_view text = unquoted(value);
  if (text.empty() || text.front() != '{') return {};
  if (count_values(text) > kDocumentValuesMax) return {nullptr, nullptr, true};
  const JsonItem* item = parse_json(text);
  if (item == nullptr || item->kind != JsonKind::kObject) return {};
  Inference inference(keep_nulls, name != nullptr);
  const Type* type = inference.of({name == nullptr ? std::string_view() : *name, 0}, *item);
  if (type == nullptr || inference.failed() || !fits(*item, *type)) return {nullptr, nullptr, inference.is_beyond()};
  return {item, type, false};
}

}  // namespace

Expansion append_expanded(JsonWriter& json, std::string_view value, bool keep_nulls) {
  const Document document = read(value, nullptr, keep_nulls);
  if (document.item == nullptr) return document.beyond ? Expansion::kBeyond : Expansion::kText;
  append_item(json, *document.item, *document.type);
  return Expansion::kObject;
}

bool append_expanded_schema(JsonWriter& json, std::string_view value, std::string_view name, bool keep_nulls) {
  const Document document = read(value, &name, keep_nulls);
  if (document.item == nullptr) return false;
  append_type(json, *document.type);
  return true;
}

}  // namespace penstock
