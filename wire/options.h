// THE table of properties: every name that a Debezium connector JSON may hold, with type, default, bounds and what
// becomes of it. The plugin takes its options from it, the relay its validation, REST answers, --help and
// docs/configuration.md. constexpr data only: no dependencies, nothing that pulls in libstdc++.
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
  kPlugin,    // passed on to the output plugin; the relay validates type and bounds only
  kRelay,     // read by the relay
  kBoth,
  kProducer,  // becomes a librdkafka property
  kHarmless,  // accepted, one line in the log: it has no effect here that a record or guarantee would show
  kRefused,   // refused by name, whatever its value (unless that is the default): `help` says what to do
  kRenamed,   // old name of `choices`; accepted with a warning
};

struct Option {
  std::string_view name;         // `*` stands for any text without being greedy: "column.mask.with.*.chars"
  OptionType type;
  std::string_view initial;      // default as text; empty: not set
  Destination destination;
  std::string_view choices;      // kChoice: "a|b|c" that are accepted; kRenamed: the new name
  std::string_view later;        // kChoice: values of the contract that are refused by name for now: "x|y"
  int64_t min;
  int64_t max;
  std::string_view help;         // one sentence; for kRefused what to do instead
};

}  // namespace penstock::wire
