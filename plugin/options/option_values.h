// Values of options: how each kind is read, and how a mistake is told. All ERRORs have SQLSTATE 22023.
#pragma once

#include <string_view>

#include "plugin/options/options.h"
#include "wire/option.h"

namespace penstock {

// For %.*s.
inline int length(std::string_view text) {
  return static_cast<int>(text.size());
}

[[noreturn]] void refuse_value(const Setting& setting, const char* expected);
// A value of the contract that comes with a later version.
[[noreturn]] void refuse_later(std::string_view name, std::string_view value);

// Choices as a person should write them: without old names.
const char* accepted(std::string_view choices);

// The table's type, bounds and choices.
void check_setting(const wire::Option& option, const Setting& setting);

bool is_true(std::string_view value);
XLogRecPtr parse_lsn(const Setting& setting);  // X/X
uint64 parse_count(const Setting& setting);

// Text, or after hex: bytes; in UTF-8.
std::string_view parse_placeholder(const Setting& setting);

// `wire`: a range lo-hi that must hold our version.
void check_wire(const Setting& setting);

}  // namespace penstock
