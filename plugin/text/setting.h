// A name and its value as somebody set them, and how a mistake in one is reported: ERROR with SQLSTATE 22023.
#pragma once

#include <string_view>

#include "plugin/pg/pg.h"
#include "wire/option.h"

namespace penstock {

// A name and its value, in the server's encoding.
struct Setting {
  std::string_view name;
  std::string_view value;
};

// For %.*s.
inline int length(std::string_view text) {
  return static_cast<int>(text.size());
}

[[noreturn]] void refuse_value(const Setting& setting, const char* expected);

// Choices as a person should write them: without old names.
const char* accepted(std::string_view choices);

bool is_true(std::string_view value);

}  // namespace penstock
