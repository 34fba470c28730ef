#include "plugin/json_parser.h"

namespace penstock {

namespace {

constexpr int kDepthMax = 200;

class Parser {
 public:
  explicit Parser(std::string_view source) : text_(source) {}

  const JsonItem* document() {
    const JsonItem* item = value(0);
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

  const JsonItem* value(int depth) {
    skip_spaces();
    if (at_ == text_.size() || depth > kDepthMax) return nullptr;
    switch (text_[at_]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"': {
        JsonItem* item = palloc_one<JsonItem>();
        item->kind = JsonKind::kString;
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

  const JsonItem* object(int depth) {
    JsonItem* item = palloc_one<JsonItem>();
    item->kind = JsonKind::kObject;
    ++at_;
    if (take('}')) return item;
    do {
      skip_spaces();
      if (at_ == text_.size() || text_[at_] != '"') return nullptr;
      const std::string_view name = unquoted(string());
      if (!take(':')) return nullptr;
      const JsonItem* member = value(depth + 1);
      if (member == nullptr) return nullptr;
      put(*item, name, member);
    } while (take(','));
    return take('}') ? item : nullptr;
  }

  // The last one of a name counts, at the place of the first.
  static void put(JsonItem& object, std::string_view name, const JsonItem* member) {
    for (JsonMember& known : object.members) {
      if (known.name == name) {
        known.item = member;
        return;
      }
    }
    object.members.add({name, member});
  }

  const JsonItem* array(int depth) {
    JsonItem* item = palloc_one<JsonItem>();
    item->kind = JsonKind::kArray;
    ++at_;
    if (take(']')) return item;
    do {
      const JsonItem* member = value(depth + 1);
      if (member == nullptr) return nullptr;
      item->members.add({{}, member});
    } while (take(','));
    return take(']') ? item : nullptr;
  }

  const JsonItem* word() {
    const size_t start = at_;
    while (at_ < text_.size() && strchr(",]} \t\n\r", text_[at_]) == nullptr) ++at_;
    JsonItem* item = palloc_one<JsonItem>();
    item->text = palloc_copy({text_.data() + start, at_ - start});
    if (item->text == "null") return item;
    if (item->text == "true" || item->text == "false") {
      item->kind = JsonKind::kBoolean;
      return item;
    }
    return number(*item) ? item : nullptr;
  }

  static bool number(JsonItem& item) {
    char* end = nullptr;
    if (strpbrk(item.text.data(), ".eE") == nullptr) {
      errno = 0;
      const long long whole = strtoll(item.text.data(), &end, 10);
      // Beyond 64 bits the connector infers a double and then cannot store the number: it is not expanded.
      if (errno != 0 || *end != '\0' || item.text.empty()) return false;
      item.kind = whole == static_cast<int32_t>(whole) ? JsonKind::kInt32 : JsonKind::kInt64;
      return true;
    }
    item.number = strtod(item.text.data(), &end);
    item.kind = JsonKind::kDouble;
    return *end == '\0';
  }

  std::string_view text_;
  size_t at_ = 0;
};

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

const JsonItem* parse_json(std::string_view text) {
  return Parser(text).document();
}

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

}  // namespace penstock
