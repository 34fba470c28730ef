// The second half of Java's String.replaceFirst: text in which $1, ${name} and $0 stand for groups of a match.
#pragma once

#include <string_view>

#include "plugin/text/pattern.h"

namespace penstock {

// A pattern with its replacement, as in RegexRouter: applied where the whole text matches, it then replaces the first
// part that the pattern finds. That is the whole, but for patterns that are content with less: those whose quantifiers
// are all reluctant. (PostgreSQL's engine decides for a pattern as a whole how much it wants, by its first quantifier;
// Java's for each quantifier.)
class Replacement {
 public:
  // `java` and `replacement` are in the server's encoding; the options are named in errors (SQLSTATE 22023).
  static Replacement compile(std::string_view java, std::string_view pattern_option, std::string_view replacement,
                             std::string_view replacement_option);

  // True if the whole of `text` matches; then `replaced` is set, allocated in CurrentMemoryContext.
  bool apply(std::string_view text, std::string_view& replaced) const;

 private:
  struct Part {
    std::string_view text;
    int group = -1;  // instead of the text
  };

  Pattern whole_;
  Pattern first_;
  bool finds_whole_ = true;
  Array<Part> parts_;
};

static_assert(JumpSafe<Replacement>);

}  // namespace penstock
