// Column mappers: column.truncate.to.N.chars, column.mask.with.N.chars, column.mask.hash.… Decided when a plan is
// built; a column without one is written as ever. They work on what the column's writer made of a value, as in the
// connector: values that are no strings pass a mask unchanged, and a truncated string may end in half a surrogate pair.
// Keys are never masked.
#pragma once

#include <string_view>

#include "plugin/text/digest.h"
#include "plugin/text/pattern.h"
#include "plugin/value/column_writer.h"
#include "plugin/value/source_type.h"

namespace penstock {

struct MaskRule {
  // In the connector's order: of the rules that match a column the first one counts.
  enum class Kind : uint8_t { kTruncate, kStars, kPropagate, kPropagateType, kHash, kHashV2 };
  Kind kind = Kind::kTruncate;
  int64 length = 0;  // truncate: UTF-16 units, or bytes; stars: their number
  const Digest* digest = nullptr;
  std::string_view salt;  // UTF-8
  Patterns columns;       // schema.table.column; kPropagateType: schema.table.type
};

static_assert(JumpSafe<MaskRule>);

// Applies the first of `rules` that matches: a mask goes between `column` and its writer, a propagated type into its
// schema. `table` is schema.table, `name` the column's; both in the server's encoding. As in the connector a type that
// is propagated keeps later rules away, hashes too, which is said as a WARNING.
void mask_column(Column& column, std::span<const MaskRule> rules, std::string_view table, std::string_view name,
                 const SourceType& type);

// Length of a column in the sense of the connector, which has it from its driver: characters, digits or display width;
// INT_MAX if there is no limit. Of an array that of its elements.
int source_length(const Column& column);

}  // namespace penstock
