// From a tuple of the log to values and states: the only place that looks at TOAST tags and replica identities.
#pragma once

#include "plugin/session/decoder.h"

namespace penstock {

// Rows of a change, in the plan's arrays.
Tuples classify(Plan& plan, Relation relation, const ReorderBufferChange& change);

}  // namespace penstock
