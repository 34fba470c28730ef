#include "relay/http/metrics_tables.h"

#include <algorithm>
#include <map>
#include <utility>

namespace penstock {

namespace {

constexpr const char* kOther = "other";

void add_up(TableStats& sum, const TableStats& table) {
  sum.create += table.create;
  sum.update += table.update;
  sum.remove += table.remove;
  sum.read += table.read;
  sum.truncate += table.truncate;
  sum.tombstone += table.tombstone;
  sum.other += table.other;
  sum.bytes += table.bytes;
  sum.left_out += table.left_out;
}

// The first ones, and the sum of the others if there are any.
std::vector<TableStats> bounded(const std::vector<TableStats>& tables) {
  const size_t own = std::min(tables.size(), kTablesMax);
  std::vector<TableStats> bounded(tables.begin(), tables.begin() + static_cast<std::ptrdiff_t>(own));
  if (tables.size() == own) return bounded;
  TableStats others;
  others.schema = others.table = others.topic = kOther;
  for (size_t i = own; i < tables.size(); ++i) add_up(others, tables[i]);
  bounded.push_back(std::move(others));
  return bounded;
}

}  // namespace

void add_records(Families& families, const std::vector<TableStats>& all) {
  const std::vector<TableStats> tables = bounded(all);
  families.begin("penstock_records_total");
  for (const TableStats& table : tables) {
    const std::pair<const char*, uint64_t> operations[] = {
        {"create", table.create},     {"update", table.update},       {"delete", table.remove}, {"read", table.read},
        {"truncate", table.truncate}, {"tombstone", table.tombstone}, {"other", table.other}};
    for (const auto& [operation, count] : operations) {
      if (count == 0) continue;
      families.add(
          number(count),
          {{"topic", table.topic}, {"schema", table.schema}, {"table", table.table}, {"operation", operation}});
    }
  }
  families.begin("penstock_record_bytes_total");
  for (const TableStats& table : tables) {
    families.add(number(table.bytes), {{"topic", table.topic}, {"schema", table.schema}, {"table", table.table}});
  }
}

void add_left_out(Families& families, const std::vector<TableStats>& all) {
  families.begin("penstock_left_out_records_total");
  for (const TableStats& table : bounded(all)) {
    if (table.left_out == 0) continue;
    families.add(number(table.left_out), {{"topic", table.topic}, {"schema", table.schema}, {"table", table.table}});
  }
}

// A table may have several topics, which this metric does not tell apart.
void add_snapshot_rows(Families& families, const std::vector<TableStats>& all) {
  families.begin("penstock_snapshot_rows_total");
  std::map<std::pair<std::string, std::string>, uint64_t> rows;
  for (const TableStats& table : bounded(all)) {
    if (table.read > 0) rows[{table.schema, table.table}] += table.read;
  }
  for (const auto& [table, count] : rows)
    families.add(number(count), {{"schema", table.first}, {"table", table.second}});
}

}  // namespace penstock
