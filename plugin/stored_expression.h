// Expressions as catalogs store them: pg_attrdef.adbin, pg_publication_rel.prqual.
#pragma once

#include <string_view>

#include "plugin/pg.h"

namespace penstock {

// Reading, walking and printing a tree takes stack for each level, and an ERROR of too little would come again at every
// attempt. Whoever may create a table decides how deep its expressions are: what is nested deeper than 100 levels, or
// longer than 1 MB, is not read.
bool is_readable_expression(std::string_view stored);

// The tree in CurrentMemoryContext, or nullptr if it is not to be read.
Node* read_expression(const char* stored);

// It is a call of a function by its name; also of what is not to be read.
bool is_stored_call(std::string_view stored);

}  // namespace penstock
