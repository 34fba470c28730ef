// Columns as Connect's SimpleHeaderConverter writes them, where that is not their JSON: Decimal as a number, Connect's
// own Date, Time and Timestamp as ISO text.
#pragma once

#include "plugin/record/record_tree.h"

namespace penstock {

// Both are in CurrentMemoryContext, or the argument itself where it makes no difference.
const Column& header_column(const Column& column);
const RecordNode& header_node(const RecordNode& node);

}  // namespace penstock
