#include "plugin/text/pattern.h"

#include "wire/option.h"

namespace penstock {

namespace {

// Walks one Java pattern and writes the same pattern for PostgreSQL's engine.
class Translation {
 public:
  Translation(std::string_view java, std::string_view option, bool ignore_case, Extent extent)
      : java_(java), option_(option), ignore_case_(ignore_case), extent_(extent) {
    initStringInfo(&out_);
  }

  void run() {
    add(extent_ == Extent::kWhole ? "^(?:" : "(?:");
    if (starts_with("(?i)")) {
      ignore_case_ = true;
      at_ += 4;
    }
    while (at_ < java_.size()) step();
    add(extent_ == Extent::kWhole ? ")$" : ")");
  }
  std::span<std::string_view> group_names() { return {names_.begin(), names_.size()}; }
  std::string_view text() const { return {out_.data, static_cast<size_t>(out_.len)}; }
  bool ignore_case() const { return ignore_case_; }

 private:
  bool starts_with(std::string_view text) const {
    return java_.size() - at_ >= text.size() && memcmp(java_.data() + at_, text.data(), text.size()) == 0;
  }
  void add(std::string_view text) { appendBinaryStringInfo(&out_, text.data(), static_cast<int>(text.size())); }
  void copy(size_t bytes) {
    add({java_.data() + at_, bytes});
    at_ += bytes;
  }

  [[noreturn]] void refuse(const char* construct) const {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("invalid pattern in option \"%.*s\"", static_cast<int>(option_.size()), option_.data()),
            errdetail("\"%.*s\" has %s, which is not supported here.", static_cast<int>(java_.size()), java_.data(),
                      construct),
            errhint("Write the pattern without it."));
    pg_unreachable();
  }

  void step() {
    switch (java_[at_]) {
      case '\\':
        escape(false);
        break;
      case '[':
        bracket();
        break;
      case '(':
        group();
        break;
      case '*':
      case '+':
      case '?':
      case '}':
        if (at_ + 1 < java_.size() && java_[at_ + 1] == '+') refuse("a possessive quantifier");
        copy(1);
        break;
      default:
        copy(1);
    }
  }

  void group() {
    if (!starts_with("(?")) {
      names_.add({});
      return copy(1);
    }
    if (starts_with("(?:") || starts_with("(?=") || starts_with("(?!")) return copy(3);
    if (starts_with("(?<=") || starts_with("(?<!")) return copy(4);
    if (starts_with("(?>")) refuse("an atomic group");
    if (!starts_with("(?<")) refuse("an inline flag");
    const size_t name = at_ += 3;
    while (at_ < java_.size() && java_[at_] != '>') ++at_;  // a named group is a group
    names_.add({java_.data() + name, at_ - name});
    if (at_ < java_.size()) ++at_;
    add("(");
  }

  void bracket() {
    copy(1);
    if (at_ < java_.size() && java_[at_] == '^') copy(1);
    while (at_ < java_.size() && java_[at_] != ']') {
      if (java_[at_] == '[') refuse("a character class inside a character class");
      if (starts_with("&&")) refuse("an intersection of character classes");
      if (java_[at_] == '\\') {
        escape(true);
      } else {
        copy(1);
      }
    }
    if (at_ < java_.size()) copy(1);
  }

  void quoted() {  // \Q…\E
    at_ += 2;
    while (at_ < java_.size() && !starts_with("\\E")) {
      const char c = java_[at_];
      const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
      if (!word) add("\\");
      copy(1);
    }
    if (at_ < java_.size()) at_ += 2;
  }

  void escape(bool in_bracket) {
    if (at_ + 1 >= java_.size()) refuse("a backslash at the end");
    const char c = java_[at_ + 1];
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!letter && !(c >= '0' && c <= '9')) return copy(2);
    switch (c) {
      case 'd':
      case 'w':
      case 's':
      case 't':
      case 'n':
      case 'r':
      case 'f':
      case 'a':
      case 'e':
      case 'u':
        return copy(2);
      case 'D':
      case 'W':
      case 'S':
        if (in_bracket) refuse("a complement inside a character class");
        return copy(2);
      case 'x':
        if (at_ + 2 < java_.size() && java_[at_ + 2] == '{') refuse("\\x{...}");
        at_ += 2;
        return add("\\u00");  // \xhh would take more than two digits here
      default:
        break;
    }
    if (in_bracket) refuse("an escape of this kind inside a character class");
    switch (c) {
      case 'b':
        at_ += 2;
        return add("\\y");
      case 'B':
        at_ += 2;
        return add("\\Y");
      case 'A':
        return copy(2);
      case 'z':
      case 'Z':
        at_ += 2;
        return add("\\Z");
      case 'Q':
        return quoted();
      case 'p':
      case 'P':
        refuse("a property class \\p{...}");
      default:
        if (c >= '1' && c <= '9') return copy(2);
        refuse("an escape of this kind");
    }
  }

  std::string_view java_;
  std::string_view option_;
  bool ignore_case_;
  Extent extent_;
  size_t at_ = 0;
  StringInfoData out_;
  Array<std::string_view> names_;  // of groups
};

struct WideText {
  pg_wchar* characters;
  size_t size;
};

WideText widen(std::string_view text) {
  WideText wide;
  wide.characters = static_cast<pg_wchar*>(palloc((text.size() + 1) * sizeof(pg_wchar)));
  wide.size = static_cast<size_t>(pg_mb2wchar_with_len(text.data(), wide.characters, static_cast<int>(text.size())));
  return wide;
}

// The characters from `start` to `end`, counted in characters.
std::string_view between(std::string_view text, regoff_t start, regoff_t end) {
  const auto offset_of = [&](regoff_t characters) {
    size_t offset = 0;
    for (; characters > 0 && offset < text.size(); --characters) {
      offset += static_cast<size_t>(pg_mblen(text.data() + offset));
    }
    return std::min(offset, text.size());
  };
  const size_t first = offset_of(start);
  return {text.data() + first, offset_of(end) - first};
}

void free_regex(void* regex) {
  pg_regfree(static_cast<regex_t*>(regex));
}

}  // namespace

Pattern Pattern::compile(std::string_view java, std::string_view option, bool ignore_case, Extent extent) {
  Translation translation(palloc_copy(java), option, ignore_case, extent);
  translation.run();
  const WideText wide = widen(translation.text());
  Pattern pattern;
  pattern.regex_ = palloc_one<regex_t>();
  pattern.group_names_ = translation.group_names();
  const int flags = REG_ADVANCED | (translation.ignore_case() ? REG_ICASE : 0);
  const int result = pg_regcomp(pattern.regex_, wide.characters, wide.size, flags, C_COLLATION_OID);
  pfree(wide.characters);
  if (result != REG_OKAY) {
    char reason[100];
    pg_regerror(result, pattern.regex_, reason, sizeof reason);
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("invalid pattern in option \"%.*s\"", static_cast<int>(option.size()), option.data()),
            errdetail("\"%.*s\": %s.", static_cast<int>(java.size()), java.data(), reason));
  }
  if (pattern.group_count() >= Groups::kMax) {
    ereport(
        ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
        errmsg("invalid pattern in option \"%.*s\"", static_cast<int>(option.size()), option.data()),
        errdetail("\"%.*s\" has more than %zu groups.", static_cast<int>(java.size()), java.data(), Groups::kMax - 1));
  }
  // Up to 15 the engine's memory is malloc'ed.
  MemoryContextCallback* callback = palloc_one<MemoryContextCallback>();
  callback->func = free_regex;
  callback->arg = pattern.regex_;
  MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
  return pattern;
}

bool Pattern::run(std::string_view text, size_t count, regmatch_t* matched) const {
  if (text.size() > kTextMax) return false;
  const WideText wide = widen(text);
  const int result = pg_regexec(regex_, wide.characters, wide.size, 0, nullptr, count, matched, 0);
  pfree(wide.characters);
  if (result != REG_OKAY && result != REG_NOMATCH) fail(result);
  return result == REG_OKAY;
}

void Pattern::fail(int result) const {
  CHECK_FOR_INTERRUPTS();  // before 16 the engine gives up at once when the session is to end
  char reason[100];
  pg_regerror(result, regex_, reason, sizeof reason);
  ereport(ERROR, errcode(ERRCODE_INVALID_REGULAR_EXPRESSION), errmsg("a regular expression failed: %s", reason));
  pg_unreachable();
}

bool Pattern::matches(std::string_view text) const {
  return run(text, 0, nullptr);
}

bool Pattern::match_groups(std::string_view text, Groups& groups) const {
  regmatch_t matched[Groups::kMax];
  if (!run(text, Groups::kMax, matched)) return false;
  groups.count = group_count() + 1;
  for (size_t i = 0; i < groups.count; ++i) {
    groups.text[i] = {};
    if (matched[i].rm_so >= 0) groups.text[i] = between(text, matched[i].rm_so, matched[i].rm_eo);
  }
  return true;
}

size_t Pattern::group_named(std::string_view name) const {
  for (size_t i = 0; i < group_names_.size(); ++i) {
    if (!name.empty() && group_names_[i] == name) return i + 1;
  }
  return 0;
}

void add_patterns(Patterns& patterns, std::string_view list, std::string_view option, bool ignore_case) {
  StringInfoData part;
  initStringInfo(&part);
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '\\' && i + 1 < list.size()) {
      if (list[i + 1] != ',') appendStringInfoChar(&part, '\\');
      appendStringInfoChar(&part, list[++i]);
    } else if (i < list.size() && list[i] != ',') {
      appendStringInfoChar(&part, list[i]);
    } else {
      const std::string_view java = wire::trim({part.data, static_cast<size_t>(part.len)});
      if (!java.empty()) patterns.add(Pattern::compile(java, option, ignore_case));
      resetStringInfo(&part);
    }
  }
  pfree(part.data);
}

bool Filter::passes(std::string_view name) const {
  for (const Pattern& pattern : exclude) {
    if (pattern.matches(name)) return false;
  }
  if (include.empty()) return true;
  for (const Pattern& pattern : include) {
    if (pattern.matches(name)) return true;
  }
  return false;
}

size_t Filter::rank(std::string_view name) const {
  for (size_t i = 0; i < include.size(); ++i) {
    if (include[i].matches(name)) return i;
  }
  return 0;
}

}  // namespace penstock
