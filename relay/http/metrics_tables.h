// Metrics by table. A database decides how many tables there are, so their number is bounded: the first kTablesMax
// entries of Stats::tables, which only grows, have names of their own; the others are summed up as "other". A table
// never changes from one to the other, so that every counter is monotone.
#pragma once

#include <vector>

#include "relay/core/stats.h"
#include "relay/http/metric_families.h"

namespace penstock {

// penstock_records_total and penstock_record_bytes_total.
void add_records(Families& families, const std::vector<TableStats>& tables);
// penstock_left_out_records_total.
void add_left_out(Families& families, const std::vector<TableStats>& tables);
// penstock_snapshot_rows_total.
void add_snapshot_rows(Families& families, const std::vector<TableStats>& tables);

}  // namespace penstock
