#include "plugin/json_document.h"

#include "plugin/memory.h"
#include "plugin/value_writers.h"

namespace penstock {

namespace {

constexpr int kDepthMax = 200;

enum class Kind : uint8_t { kNull, kBoolean, kInt32, kInt64, kDouble, kString, kArray, kObject };

struct Item;

struct Member {
  std::string_view name;
  const Item* item = nullptr;
};

struct Item {
  Kind kind = Kind::kNull;
  std::string_view text;  // of strings without quotes and escapes; of others as it stands
  double number = 0;
  Array<Member> members;  // of objects; of arrays without names
};

// The schema that the connector infers; items of an array share one.
struct Type {
  Kind kind = Kind::kNull;
  std::string_view name;  // of a struct
  const Type* element = nullptr;
  struct Field {
    std::string_view name;
    const Type* type = nullptr;
  };
  Array<Field> fields;
};

class Parser {
 public:
  explicit Parser(std::string_view source) : text_(source) {}

  const Item* document() {
    const Item* item = value(0);
    skip_spaces();
    return at_ == text_.size() ? item : nullptr;
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) ++at_;
  }
  bool take(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  const Item* value(int depth) {
    skip_spaces();
    if (at_ == text_.size() || depth > kDepthMax) return nullptr;
    switch (text_[at_]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"': {
        Item* item = palloc_one<Item>();
        item->kind = Kind::kString;
        const std::string_view quoted = string();
        if (quoted.empty()) return nullptr;
        item->text = unquoted(quoted);
        return item;
      }
      default:
        return word();
    }
  }

  std::string_view string() {
    const size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return {};
    ++at_;
    return {text_.data() + start, at_ - start};
  }

  const Item* object(int depth) {
    Item* item = palloc_one<Item>();
    item->kind = Kind::kObject;
    ++at_;
    if (take('}')) return item;
    do {
      skip_spaces();
      if (at_ == text_.size() || text_[at_] != '"') return nullptr;
      const std::string_view name = unquoted(string());
      if (!take(':')) return nullptr;
      const Item* member = value(depth + 1);
      if (member == nullptr) return nullptr;
      put(*item, name, member);
    } while (take(','));
    return take('}') ? item : nullptr;
  }

  // The last one of a name counts, at the place of the first.
  static void put(Item& object, std::string_view name, const Item* member) {
    for (Member& known : object.members) {
      if (known.name == name) {
        known.item = member;
        return;
      }
    }
    object.members.add({name, member});
  }

  const Item* array(int depth) {
    Item* item = palloc_one<Item>();
    item->kind = Kind::kArray;
    ++at_;
    if (take(']')) return item;
    do {
      const Item* member = value(depth + 1);
      if (member == nullptr) return nullptr;
      item->members.add({{}, member});
    } while (take(','));
    return take(']') ? item : nullptr;
  }

  const Item* word() {
    const size_t start = at_;
    while (at_ < text_.size() && strchr(",]} \t\n\r", text_[at_]) == nullptr) ++at_;
    Item* item = palloc_one<Item>();
    item->text = palloc_copy({text_.data() + start, at_ - start});
    if (item->text == "null") return item;
    if (item->text == "true" || item->text == "false") {
      item->kind = Kind::kBoolean;
      return item;
    }
    return number(*item) ? item : nullptr;
  }

  static bool number(Item& item) {
    char* end = nullptr;
    if (strpbrk(item.text.data(), ".eE") == nullptr) {
      errno = 0;
      const long long whole = strtoll(item.text.data(), &end, 10);
      // Beyond 64 bits the connector infers a double and then cannot store the number: it is not expanded.
      if (errno != 0 || *end != '\0' || item.text.empty()) return false;
      item.kind = whole == static_cast<int32_t>(whole) ? Kind::kInt32 : Kind::kInt64;
      return true;
    }
    item.number = strtod(item.text.data(), &end);
    item.kind = Kind::kDouble;
    return *end == '\0';
  }

  std::string_view text_;
  size_t at_ = 0;
};

const Type* simple_type(Kind kind) {
  Type* type = palloc_one<Type>();
  type->kind = kind;
  return type;
}

bool equal(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.name != b.name || a.fields.size() != b.fields.size()) return false;
  if (a.element != nullptr && !equal(*a.element, *b.element)) return false;
  for (size_t i = 0; i < a.fields.size(); ++i) {
    if (a.fields[i].name != b.fields[i].name || !equal(*a.fields[i].type, *b.fields[i].type)) return false;
  }
  return true;
}

class Inference {
 public:
  explicit Inference(bool keep_nulls) : keep_nulls_(keep_nulls) {}

  bool failed() const { return failed_; }

  // nullptr: the member has no schema and is left out.
  const Type* of(std::string_view name, const Item& item) {
    switch (item.kind) {
      case Kind::kNull:
        return keep_nulls_ ? simple_type(Kind::kNull) : nullptr;
      case Kind::kArray:
        return array(name, item);
      case Kind::kObject:
        return object(name, item);
      default:
        return simple_type(item.kind);
    }
  }

 private:
  const Type* object(std::string_view name, const Item& item) {
    Type* type = palloc_one<Type>();
    type->kind = Kind::kObject;
    type->name = name;
    for (const Member& member : item.members) {
      const char* below = name.empty() ? psprintf("%.*s", static_cast<int>(member.name.size()), member.name.data())
                                       : psprintf("%.*s.%.*s", static_cast<int>(name.size()), name.data(),
                                                  static_cast<int>(member.name.size()), member.name.data());
      const Type* field = of(below, *member.item);
      if (field != nullptr) type->fields.add({member.name, field});
    }
    return type;
  }

  const Type* array(std::string_view name, const Item& item) {
    if (item.members.empty()) return nullptr;
    const Item* sample = nullptr;
    for (const Member& member : item.members) {
      if (member.item->kind == Kind::kNull) continue;
      if (sample == nullptr) sample = member.item;
      if (member.item->kind != sample->kind) failed_ = true;  // int and double are two kinds here too
    }
    Type* type = palloc_one<Type>();
    type->kind = Kind::kArray;
    if (sample == nullptr) sample = palloc_one<Item>();  // null
    type->element = sample->kind == Kind::kObject ? merged(name, item) : of({}, *sample);
    if (type->element == nullptr) failed_ = true;
    return type;
  }

  // Fields of all objects of an array, in the order in which they are met.
  const Type* merged(std::string_view name, const Item& array) {
    Type* all = nullptr;
    for (const Member& member : array.members) {
      if (member.item->kind != Kind::kObject) continue;
      const Type* one = object(name, *member.item);
      if (all == nullptr) {
        all = palloc_one<Type>();
        *all = *one;
        continue;
      }
      for (const Type::Field& field : one->fields) merge(*all, field);
    }
    return all;
  }

  static void merge(Type& all, const Type::Field& field) {
    for (Type::Field& known : all.fields) {
      if (known.name != field.name) continue;
      if (known.type->kind == Kind::kNull && field.type->kind != Kind::kNull) known.type = field.type;
      return;
    }
    all.fields.add(field);
  }

  bool keep_nulls_;
  bool failed_ = false;
};

const char* type_name(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
      return "boolean";
    case Kind::kInt32:
      return "int32";
    case Kind::kInt64:
      return "int64";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
      return "struct";
    case Kind::kNull:
      return "bytes";
  }
  return "";
}

void append_type(JsonWriter& json, const Type& type) {
  json.append("\"type\":\"");
  json.append(type_name(type.kind));
  json.append('"');
  if (type.kind == Kind::kArray) {
    json.append(",\"items\":{");
    append_type(json, *type.element);
    json.append('}');
  } else if (type.kind == Kind::kObject) {
    json.append(",\"fields\":[");
    for (const Type::Field& field : type.fields) {
      json.append(&field == type.fields.begin() ? std::string_view("{") : std::string_view(",{"));
      append_type(json, *field.type);
      json.append(",\"field\":");
      json.append_string(field.name);
      json.append('}');
    }
    json.append(']');
  }
  json.append(",\"optional\":true");
  if (type.kind == Kind::kObject && !type.name.empty()) {
    json.append(",\"name\":");
    json.append_string(type.name);
  }
}

void append_item(JsonWriter& json, const Item& item, const Type& type);

void append_members(JsonWriter& json, const Item& item, const Type& type) {
  json.append('{');
  for (const Type::Field& field : type.fields) {
    if (&field != type.fields.begin()) json.append(',');
    json.append_string(field.name);
    json.append(':');
    const Item* found = nullptr;
    for (const Member& member : item.members) {
      if (member.name == field.name) found = member.item;
    }
    if (found == nullptr) {
      json.append("null");
    } else {
      append_item(json, *found, *field.type);
    }
  }
  json.append('}');
}

void append_item(JsonWriter& json, const Item& item, const Type& type) {
  switch (item.kind) {
    case Kind::kString:
      return json.append_string(item.text);
    case Kind::kDouble:
      return append_double(json, item.number);
    case Kind::kArray:
      json.append('[');
      for (const Member& member : item.members) {
        if (&member != item.members.begin()) json.append(',');
        append_item(json, *member.item, *type.element);
      }
      return json.append(']');
    case Kind::kObject:
      return append_members(json, item, type);
    default:
      return json.append(item.text);
  }
}

struct Document {
  const Item* item = nullptr;  // nullptr: not expanded
  const Type* type = nullptr;
};

Document read(std::string_view value, std::string_view name, bool keep_nulls) {
  if (value.empty() || value.front() != '"') return {};
  const std::string_view text = unquoted(value);
  if (text.empty() || text.front() != '{') return {};
  const Item* item = Parser(text).document();
  if (item == nullptr || item->kind != Kind::kObject) return {};
  Inference inference(keep_nulls);
  const Type* type = inference.of(name, *item);
  if (type == nullptr || inference.failed()) return {};
  return {item, type};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
}

uint32 code_unit(const char* digits) {
  uint32 unit = 0;
  for (int i = 0; i < 4; ++i) unit = unit * 16 + static_cast<uint32>(hex_digit(digits[i]));
  return unit;
}

// One escape at `from`, of which `left` bytes are there; returns the bytes that it takes.
size_t unescape(const char* from, size_t left, StringInfo out) {
  if (from[1] != 'u' || left < 6) {
    const char* found = strchr("b\bf\fn\nr\rt\t", from[1]);
    appendStringInfoChar(out, found == nullptr || from[1] == '\0' ? from[1] : found[1]);
    return 2;
  }
  uint32 code = code_unit(from + 2);
  size_t taken = 6;
  if (code >= 0xD800 && code < 0xDC00 && left >= 12 && from[6] == '\\' && from[7] == 'u') {
    code = 0x10000 + ((code - 0xD800) << 10) + (code_unit(from + 8) - 0xDC00);
    taken = 12;
  }
  unsigned char utf8[5] = {};
  unicode_to_utf8(code, utf8);
  appendBinaryStringInfo(out, reinterpret_cast<const char*>(utf8), pg_utf_mblen(utf8));
  return taken;
}

}  // namespace

std::string_view unquoted(std::string_view json_string) {
  if (json_string.size() < 2) return {};
  const std::string_view inner(json_string.data() + 1, json_string.size() - 2);
  if (inner.empty() || memchr(inner.data(), '\\', inner.size()) == nullptr) return inner;
  StringInfoData out;
  initStringInfo(&out);
  for (size_t i = 0; i < inner.size();) {
    if (inner[i] == '\\' && i + 1 < inner.size()) {
      i += unescape(inner.data() + i, inner.size() - i, &out);
    } else {
      appendStringInfoChar(&out, inner[i++]);
    }
  }
  return {out.data, static_cast<size_t>(out.len)};
}

void append_expanded(JsonWriter& json, std::string_view value, bool keep_nulls) {
  const Document document = read(value, {}, keep_nulls);
  if (document.item == nullptr) return json.append(value);
  append_item(json, *document.item, *document.type);
}

bool append_expanded_schema(JsonWriter& json, std::string_view value, std::string_view name, bool keep_nulls) {
  const Document document = read(value, name, keep_nulls);
  if (document.item == nullptr) return false;
  append_type(json, *document.type);
  return true;
}

}  // namespace penstock
