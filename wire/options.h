// Properties: THE table and how a name finds its row. The plugin takes its options from here, the relay its validation,
// REST answers, --help and docs/configuration.md.
#pragma once

#include <string_view>

#include "wire/option.h"
#include "wire/option_table.h"

namespace penstock::wire {

// The row of `name`: by its exact name, else the first wildcard that matches. nullptr: unknown.
constexpr const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions) {
    if (option.name == name) return &option;
  }
  for (const Option& option : kOptions) {
    if (option.is_wildcard() && name_matches(option.name, name)) return &option;
  }
  return nullptr;
}

}  // namespace penstock::wire
