// Expressions as catalogs store them: pg_attrdef.adbin, pg_publication_rel.prqual.
#pragma once

#include <string_view>

#include "plugin/pg/pg.h"

namespace penstock {

// Reading, walking and printing a tree takes stack for each level, and an ERROR of too little would come again at every
// attempt, or not, as the session's stack has it. Whoever may create a table decides how deep its expressions are: what
// is beyond its bounds is not read.
struct ExpressionBounds {
  size_t bytes = 0;
  int levels = 0;
};
inline constexpr ExpressionBounds kDefaultBounds = {64 << 10, 100};  // a constant, or a call
inline constexpr ExpressionBounds kFilterBounds = {4 << 20, 1000};   // lists of values, and what programs make

bool is_readable_expression(std::string_view stored, const ExpressionBounds& bounds);

// The tree in CurrentMemoryContext, or nullptr if it is not to be read.
Node* read_expression(const char* stored, const ExpressionBounds& bounds);

// It is a call of a function by its name; also of what is not to be read.
bool is_stored_call(std::string_view stored);

}  // namespace penstock
