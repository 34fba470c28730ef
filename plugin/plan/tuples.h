// From a tuple of the log to values and states: the only place that looks at TOAST tags and replica identities.
#pragma once

#include "plugin/plan/plan.h"

namespace penstock {

constexpr char kNothing = 0;  // op of a change that a row filter holds back

// A change: its envelope's op as the server has it (c, u, d), old and new row, classified; null where there is none.
struct Tuples {
  char op = 'c';
  const Row* old_row = nullptr;
  const Row* new_row = nullptr;
};

// Rows of a change, in the plan's arrays.
Tuples classify(Plan& plan, Relation relation, const ReorderBufferChange& change);

}  // namespace penstock
