// Values of options: how each kind is read, and how a mistake is told. All ERRORs have SQLSTATE 22023.
#pragma once

#include <string_view>

#include "plugin/options/options.h"
#include "plugin/text/setting.h"
#include "wire/option.h"

namespace penstock {

// A value of the contract that comes with a later version.
[[noreturn]] void refuse_later(std::string_view name, std::string_view value);

// The table's type, bounds and choices.
void check_setting(const wire::Option& option, const Setting& setting);

XLogRecPtr parse_lsn(const Setting& setting);  // X/X
uint64 parse_count(const Setting& setting);

// Text, or after hex: bytes; in UTF-8.
std::string_view parse_placeholder(const Setting& setting);

// `wire`: a range lo-hi that must hold our version.
void check_wire(const Setting& setting);

}  // namespace penstock
