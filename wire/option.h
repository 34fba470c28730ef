// One property: what its row in THE table says, how a name matches it, and whether a value fits it. Like all of
// options.h constexpr only: no dependencies, no allocation, nothing that pulls in libstdc++ (so no substr(), which can
// throw).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace penstock::wire {

enum class OptionType : uint8_t {
  kString,
  kInteger,   // bounds in min, max
  kBoolean,   // true, false in any case
  kChoice,    // one of `choices`, in any case
  kList,      // comma list; empty means not set
  kPatterns,  // comma list of Java regular expressions; \, escapes a comma
  kSecret,    // never printed
};

enum class Destination : uint8_t {
  kPlugin,  // passed on to the output plugin; the relay validates type and bounds only
  kRelay,   // read by the relay
  kBoth,
  kProducer,  // becomes a librdkafka property
  kHarmless,  // accepted, one line in the log: it has no effect here that a record or guarantee would show
  kRefused,   // refused by name, whatever its value (unless that is the default): `help` says what to do
  kRenamed,   // old name of `choices`; accepted with a warning
};

struct Option {
  std::string_view name;  // `*` stands for one or more characters: "column.mask.with.*.chars"
  OptionType type;
  std::string_view initial;  // default as text; empty: not set
  Destination destination;
  std::string_view choices;  // kChoice: "a|b|old=a": accepted values, old names of values; kRenamed: the new name
  std::string_view later;    // kChoice: values of the contract that are refused by name for now: "x|y"
  int64_t min;
  int64_t max;
  std::string_view help;  // one sentence; for kRefused what to do instead

  constexpr bool is_wildcard() const {
    for (char c : name) {
      if (c == '*') return true;
    }
    return false;
  }
};

constexpr char to_lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (to_lower_ascii(a[i]) != to_lower_ascii(b[i])) return false;
  }
  return true;
}

constexpr std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the part before the next `separator` off the front of `rest`. Call until `rest.data()` is null.
constexpr std::string_view take_part(std::string_view& rest, char separator) {
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != separator) continue;
    const std::string_view part(rest.data(), i);
    rest.remove_prefix(i + 1);
    return part;
  }
  const std::string_view part = rest;
  rest = std::string_view();
  return part;
}

// True if `pattern`, in which `*` stands for one or more characters, covers the whole of `name`.
constexpr bool name_matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0;
  size_t star = pattern.size(), resume = 0;  // last `*` seen, and where in `name` to take it up again
  bool starred = false;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      starred = true;
      star = p++;
      resume = ++n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (starred) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
    if (starred && n > name.size()) return false;
  }
  return p == pattern.size();
}

// The accepted spelling of `value` among the `choices` "a|b|old=a": empty if there is none. `old` tells that an old
// name of the value was used.
struct Choice {
  std::string_view value;
  bool old = false;
};
constexpr Choice find_choice(std::string_view choices, std::string_view value) {
  value = trim(value);
  std::string_view rest = choices;
  while (rest.data() != nullptr && !rest.empty()) {
    std::string_view target = take_part(rest, '|');
    const size_t size = target.size();
    const std::string_view name = take_part(target, '=');
    const bool old = name.size() < size;
    if (equal_ignoring_case(name, value)) return {old ? target : name, old};
  }
  return {};
}

enum class Boolean : uint8_t { kFalse, kTrue, kNeither };
constexpr Boolean parse_boolean(std::string_view text) {
  text = trim(text);
  if (equal_ignoring_case(text, "true")) return Boolean::kTrue;
  if (equal_ignoring_case(text, "false")) return Boolean::kFalse;
  return Boolean::kNeither;
}

// Decimal, with sign; false if it is no number or does not fit.
constexpr bool parse_integer(std::string_view text, int64_t& number) {
  text = trim(text);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty()) return false;
  number = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    if (__builtin_mul_overflow(number, int64_t{10}, &number)) return false;
    const int64_t digit = negative ? -(c - '0') : c - '0';
    if (__builtin_add_overflow(number, digit, &number)) return false;
  }
  return true;
}

enum class ValueFault : uint8_t {
  kNone,
  kNotInteger,
  kOutOfBounds,  // of min, max
  kNotBoolean,
  kNotChoice,
  kLater,    // a value of the contract that is refused by name for now
  kRefused,  // the property is refused, whatever its value
};

// Whether `value` fits `option`. An empty value of a list, and of anything that is not required, means not set: the
// caller leaves it out before it asks.
constexpr ValueFault check_value(const Option& option, std::string_view value) {
  if (option.destination == Destination::kRefused) {
    const bool is_default = !option.initial.empty() && equal_ignoring_case(trim(value), option.initial);
    return is_default ? ValueFault::kNone : ValueFault::kRefused;
  }
  switch (option.type) {
    case OptionType::kInteger: {
      int64_t number = 0;
      if (!parse_integer(value, number)) return ValueFault::kNotInteger;
      return number < option.min || number > option.max ? ValueFault::kOutOfBounds : ValueFault::kNone;
    }
    case OptionType::kBoolean:
      return parse_boolean(value) == Boolean::kNeither ? ValueFault::kNotBoolean : ValueFault::kNone;
    case OptionType::kChoice:
      if (!find_choice(option.choices, value).value.empty()) return ValueFault::kNone;
      return find_choice(option.later, value).value.empty() ? ValueFault::kNotChoice : ValueFault::kLater;
    case OptionType::kString:
    case OptionType::kList:
    case OptionType::kPatterns:
    case OptionType::kSecret:
      return ValueFault::kNone;
  }
  return ValueFault::kNone;
}

constexpr bool goes_to_plugin(const Option& option) {
  return option.destination == Destination::kPlugin || option.destination == Destination::kBoth;
}

}  // namespace penstock::wire
