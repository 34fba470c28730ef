#include "plugin/transform/replacement.h"

#include "plugin/text/setting.h"

namespace penstock {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether a quantifier takes as much as it can, or there is none.
bool wants_all(std::string_view java) {
  bool reluctant = false;
  bool in_class = false;
  for (size_t i = 0; i < java.size(); ++i) {
    const char c = java[i];
    if (c == '\\') {
      ++i;
    } else if (c == '[' || c == ']') {
      in_class = c == '[';
    } else if (!in_class && c == '(' && i + 1 < java.size() && java[i + 1] == '?') {
      ++i;
    } else if (!in_class && (c == '*' || c == '+' || c == '?' || c == '}')) {
      if (i + 1 == java.size() || java[i + 1] != '?') return true;
      reluctant = true;
      ++i;
    }
  }
  return !reluctant;
}

}  // namespace

Replacement Replacement::compile(std::string_view java, std::string_view pattern_option, std::string_view replacement,
                                 std::string_view replacement_option) {
  Replacement result;
  result.whole_ = Pattern::compile(java, pattern_option, false);
  result.first_ = Pattern::compile(java, pattern_option, false, Extent::kFirst);
  result.finds_whole_ = wants_all(java);
  const Setting setting{replacement_option, replacement};
  const std::string_view text = palloc_copy(replacement);
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '\\') {
      if (++i == text.size()) refuse_value(setting, "After a backslash there must be a character.");
      result.parts_.add({{text.data() + i++, 1}});
    } else if (text[i] != '$') {
      const size_t start = i;
      while (i < text.size() && text[i] != '$' && text[i] != '\\') ++i;
      result.parts_.add({{text.data() + start, i - start}});
    } else if (i + 1 < text.size() && text[i + 1] == '{') {
      const size_t start = i += 2;
      while (i < text.size() && text[i] != '}') ++i;
      const size_t group = result.whole_.group_named({text.data() + start, i - start});
      if (i == text.size() || group == 0)
        refuse_value(setting, "In ${...} there must be the name of a group of the pattern.");
      ++i;
      result.parts_.add({{}, static_cast<int>(group)});
    } else {
      if (++i == text.size() || !is_digit(text[i])) {
        refuse_value(setting, "After $ there must be the number of a group of the pattern.");
      }
      size_t group = static_cast<size_t>(text[i++] - '0');
      if (group > result.whole_.group_count()) {
        refuse_value(setting, "After $ there must be the number of a group of the pattern.");
      }
      for (; i < text.size() && is_digit(text[i]); ++i) {  // as many digits as still name a group
        const size_t longer = group * 10 + static_cast<size_t>(text[i] - '0');
        if (longer > result.whole_.group_count()) break;
        group = longer;
      }
      result.parts_.add({{}, static_cast<int>(group)});
    }
  }
  return result;
}

bool Replacement::apply(std::string_view text, std::string_view& replaced) const {
  Groups groups;
  if (finds_whole_) {
    if (!whole_.match_groups(text, groups)) return false;
  } else if (!whole_.matches(text) || !first_.match_groups(text, groups)) {
    return false;
  }
  StringInfoData out;
  initStringInfo(&out);
  const auto add = [&out](const char* from, const char* to) {
    appendBinaryStringInfo(&out, from, static_cast<int>(to - from));
  };
  const std::string_view found = groups.text[0];
  add(text.data(), found.data());
  for (const Part& part : parts_) {
    const std::string_view piece = part.group < 0 ? part.text : groups.text[part.group];
    if (!piece.empty()) add(piece.data(), piece.data() + piece.size());
  }
  add(found.data() + found.size(), text.data() + text.size());
  replaced = {out.data, static_cast<size_t>(out.len)};
  return true;
}

}  // namespace penstock
