// Java regular expressions on PostgreSQL's engine: C collation, matching the whole text, in any case for lists.
// Compiled while options are read, so that a bad pattern fails there, with SQLSTATE 22023, and never in the stream.
// Constructs of Java that mean something else here are translated or refused by name. No catalog is touched.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"

namespace penstock {

// The groups of one match, as views into the text; one that took no part has data() null.
struct Groups {
  static constexpr size_t kMax = 32;  // of them, the whole match included; what a pattern may have more is refused
  std::string_view text[kMax];
  size_t count = 0;
};

// How much of a text a pattern must match: Java's Matcher.matches() or find().
enum class Extent : uint8_t { kWhole, kFirst };

class Pattern {
 public:
  // Bytes of the longest text that is matched at all: names and prefixes of any sense are far below, and what is longer
  // would be made four times as long for the engine. A longer one does not match.
  static constexpr size_t kTextMax = 8 * 1024;

  // `java` and everything it is matched with are in the server's encoding. `option` is named in errors. The compiled
  // form lives as long as CurrentMemoryContext.
  static Pattern compile(std::string_view java, std::string_view option, bool ignore_case,
                         Extent extent = Extent::kWhole);

  // True if `text`, or with kFirst a part of it, matches. Needs some scratch in CurrentMemoryContext. ERROR 2201B if
  // the engine gives up: neither answer would be safe.
  bool matches(std::string_view text) const;

  // The same, and fills the groups with views into `text`.
  bool match_groups(std::string_view text, Groups& groups) const;

  // Number of capturing groups.
  size_t group_count() const { return regex_->re_nsub; }
  // Number of the group (?<name>…); 0: there is none.
  size_t group_named(std::string_view name) const;

 private:
  bool run(std::string_view text, size_t count, regmatch_t* matched) const;
  [[noreturn]] void fail(int result) const;

  regex_t* regex_ = nullptr;
  std::span<std::string_view> group_names_;  // by number minus one; empty: without a name
};

// A comma list of patterns in which \, is a comma.
using Patterns = Array<Pattern>;
void add_patterns(Patterns& patterns, std::string_view list, std::string_view option, bool ignore_case = true);

// Include and exclude list of one kind. Empty lists let everything pass.
struct Filter {
  Patterns include;
  Patterns exclude;

  bool passes(std::string_view name) const;
  // Place of the first include pattern that matches, 0 if there is none: the order of snapshots.
  size_t rank(std::string_view name) const;
};

static_assert(JumpSafe<Filter>);

}  // namespace penstock
