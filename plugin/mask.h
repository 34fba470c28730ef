// Column mappers: column.truncate.to.N.chars, column.mask.with.N.chars, column.mask.hash.… Decided when a plan is
// built; a column without one is written as ever. They work on what the column's writer made of a value, as in the
// connector: values that are no strings pass a mask unchanged, and a truncated string may end in half a surrogate pair.
// Keys are never masked.
#pragma once

#include <string_view>

#include "plugin/column_writer.h"
#include "plugin/digest.h"
#include "plugin/pattern.h"

namespace penstock {

struct MaskRule {
  // In the connector's order: of the rules that match a column the first one counts.
  enum class Kind : uint8_t { kTruncate, kStars, kHash, kHashV2 };
  Kind kind = Kind::kTruncate;
  int64 length = 0;  // truncate: UTF-16 units, or bytes; stars: their number
  const Digest* digest = nullptr;
  std::string_view salt;  // UTF-8
  Patterns columns;       // schema.table.column
};

static_assert(JumpSafe<MaskRule>);

// Puts the first of `rules` that matches `name`, schema.table.column, between `column` and its writer.
void mask_column(Column& column, std::span<const MaskRule> rules, std::string_view name);

// Length of a column in the sense of the connector, which has it from its driver: characters, digits or display width;
// INT_MAX if there is no limit. Of an array that of its elements.
int source_length(const Column& column);

}  // namespace penstock
