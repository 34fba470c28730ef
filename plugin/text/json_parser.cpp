#include "plugin/text/json_parser.h"

namespace penstock {

namespace {

constexpr int kDepthMax = 200;
constexpr size_t kStretch = 65536;  // of a string of any size, between two looks at whether the session is to end

bool is_one_of(char c, std::string_view choices) {
  return choices.find(c) != std::string_view::npos;
}

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
    while (at_ < text_.size() && is_one_of(text_[at_], " \t\n\r")) ++at_;
  }
  bool take(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  JsonItem* value(int depth) {
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

  // With its quotes; empty if it is none.
  std::string_view string() {
    const size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      CHECK_FOR_INTERRUPTS();
      if (static_cast<unsigned char>(text_[at_]) < ' ') return {};
      const size_t size = text_[at_] == '\\' ? escape_size() : 1;
      if (size == 0) return {};
      at_ += size;
    }
    if (at_ == text_.size()) return {};
    ++at_;
    return {text_.data() + start, at_ - start};
  }

  // Of the escape that begins here; 0 if it is none.
  size_t escape_size() const {
    if (at_ + 1 == text_.size() || !is_one_of(text_[at_ + 1], "\"\\/bfnrtu")) return 0;
    if (text_[at_ + 1] != 'u') return 2;
    const size_t left = text_.size() - at_ - 2;
    const std::string_view digits(text_.data() + at_ + 2, std::min<size_t>(left, 4));
    const bool hex = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    return hex && digits.size() == 4 ? 6 : 0;
  }

  JsonItem* object(int depth) {
    JsonItem* item = palloc_one<JsonItem>();
    item->kind = JsonKind::kObject;
    ++at_;
    if (take('}')) return item;
    do {
      skip_spaces();
      if (at_ == text_.size() || text_[at_] != '"') return nullptr;
      const std::string_view quoted = string();
      if (quoted.empty() || !take(':')) return nullptr;
      JsonItem* member = value(depth + 1);
      if (member == nullptr) return nullptr;
      member->name = unquoted(quoted);
      if (JsonItem* known = item->members.find(member->name)) {
        *known = std::move(*member);
      } else {
        item->members.add(member);
      }
    } while (take(','));
    return take('}') ? item : nullptr;
  }

  JsonItem* array(int depth) {
    JsonItem* item = palloc_one<JsonItem>();
    item->kind = JsonKind::kArray;
    ++at_;
    if (take(']')) return item;
    do {
      JsonItem* element = value(depth + 1);
      if (element == nullptr) return nullptr;
      item->elements.add(element);
    } while (take(','));
    return take(']') ? item : nullptr;
  }

  JsonItem* word() {
    const size_t start = at_;
    while (at_ < text_.size() && !is_one_of(text_[at_], ",]} \t\n\r")) ++at_;
    JsonItem* item = palloc_one<JsonItem>();
    item->text = palloc_copy({text_.data() + start, at_ - start});
    if (item->text == "null") return item;
    if (item->text == "true" || item->text == "false") {
      item->kind = JsonKind::kBoolean;
      return item;
    }
    return is_number(item->text) && number(*item) ? item : nullptr;
  }

  static bool is_number(std::string_view text) {
    const auto digits = [&text] {
      const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
      text.remove_prefix(count);
      return count;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool zero = text.starts_with('0');
    const size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      if (digits() == 0) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
      text.remove_prefix(1);
      if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
      if (digits() == 0) return false;
    }
    return text.empty();
  }

  static bool number(JsonItem& item) {
    char* end = nullptr;
    if (strpbrk(item.text.data(), ".eE") == nullptr) {
      errno = 0;
      const long long whole = strtoll(item.text.data(), &end, 10);
      // Beyond 64 bits the connector infers a double and then cannot store the number: it is not expanded.
      if (errno != 0) return false;
      if (whole == 0) item.text = "0";  // of -0 too
      item.kind = whole == static_cast<int32_t>(whole) ? JsonKind::kInt32 : JsonKind::kInt64;
      return true;
    }
    item.number = strtod(item.text.data(), &end);
    item.kind = JsonKind::kDouble;
    return true;
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
    const uint32 second = code_unit(from + 8);
    if (second >= 0xDC00 && second < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
      taken = 12;
    }
  }
  if (code >= 0xD800 && code < 0xE000) code = '?';
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
    CHECK_FOR_INTERRUPTS();
    if (inner[i] == '\\' && i + 1 < inner.size()) {
      i += unescape(inner.data() + i, inner.size() - i, &out);
    } else {
      const size_t clean = std::min({inner.find('\\', i + 1), inner.size(), i + kStretch}) - i;
      appendBinaryStringInfo(&out, inner.data() + i, static_cast<int>(clean));
      i += clean;
    }
  }
  return {out.data, static_cast<size_t>(out.len)};
}

}  // namespace penstock
