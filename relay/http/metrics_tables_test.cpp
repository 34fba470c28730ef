#include "relay/http/metrics_tables.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace penstock {
namespace {

std::vector<TableStats> tables(size_t count) {
  std::vector<TableStats> tables(count);
  for (size_t i = 0; i < count; ++i) {
    tables[i].schema = "s";
    tables[i].table = "t" + std::to_string(i);
    tables[i].topic = "shop.s.t" + std::to_string(i);
    tables[i].create = 1;
    tables[i].read = 10;
    tables[i].bytes = 100;
  }
  return tables;
}

std::string text(const std::vector<TableStats>& tables) {
  Families families;
  add_records(families, tables);
  add_snapshot_rows(families, tables);
  return families.text();
}

bool has(const std::string& text, std::string_view line) {
  return text.find(line) != std::string::npos;
}

TEST(MetricsByTable, TheFirstTablesHaveNamesAndTheOthersASum) {
  const std::string few = text(tables(kTablesMax));
  EXPECT_FALSE(has(few, "other\""));
  const std::string many = text(tables(kTablesMax + 3));
  EXPECT_TRUE(has(many, R"(penstock_records_total{topic="other",schema="other",table="other",operation="create"} 3)"));
  EXPECT_TRUE(has(many, R"(penstock_record_bytes_total{topic="other",schema="other",table="other"} 300)"));
  EXPECT_TRUE(has(many, R"(penstock_snapshot_rows_total{schema="other",table="other"} 30)"));
  EXPECT_TRUE(has(many, R"(penstock_snapshot_rows_total{schema="s",table="t199"} 10)"));
  EXPECT_FALSE(has(many, R"(table="t200")"));
  // Two operations and the bytes of each table, its rows; HELP and TYPE.
  EXPECT_EQ(static_cast<size_t>(std::count(many.begin(), many.end(), '\n')), (kTablesMax + 1) * 4 + 3 * 2);
}

// A table that comes late adds to the sum and moves nobody: counters never go back.
TEST(MetricsByTable, TablesThatComeLaterMoveNobody) {
  std::vector<TableStats> all = tables(kTablesMax + 1);
  const std::string before = text(all);
  all.push_back(tables(1)[0]);
  all.back().table = "late";
  all.back().create = 5;
  const std::string after = text(all);
  EXPECT_TRUE(has(before, R"(table="other",operation="create"} 1)"));
  EXPECT_TRUE(has(after, R"(table="other",operation="create"} 6)"));
  EXPECT_TRUE(has(after, R"(table="t199",operation="create"} 1)"));
}

// Transforms may spread a table over topics; the rows are the table's.
TEST(MetricsByTable, RecordsThatWereLeftOutAreShownWhereThereAreAny) {
  std::vector<TableStats> tables(2);
  tables[0].topic = "shop.a.b";
  tables[0].table = "a.b";
  tables[0].left_out = 3;
  Families families;
  add_left_out(families, tables);
  const std::string text = families.text();
  EXPECT_NE(text.find("penstock_left_out_records_total{topic=\"shop.a.b\",schema=\"\",table=\"a.b\"} 3"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("} 0"), std::string::npos) << text;
}

TEST(MetricsByTable, RowsOfATableWithTwoTopicsAreOneSeries) {
  std::vector<TableStats> all = tables(2);
  all[1].table = all[0].table;
  EXPECT_TRUE(has(text(all), R"(penstock_snapshot_rows_total{schema="s",table="t0"} 20)"));
}

}  // namespace
}  // namespace penstock
