#include "relay/http/metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace penstock {
namespace {

Picture picture() {
  Picture picture;
  picture.connector.name = "shop";
  picture.view.state = State::kStreaming;
  picture.view.stored.end = Lsn{100};
  picture.view.received = Lsn{160};
  picture.view.problems = {{Code::kPgMinor, "", ""}, {Code::kPgMinor, "another", ""}};
  TableStats table;
  table.schema = "public";
  table.table = "orders";
  table.topic = "shop.public.orders";
  table.create = 3;
  table.tombstone = 1;
  table.bytes = 400;
  picture.stats.tables = {table};
  picture.stats.latency[0] = 2;
  picture.stats.latency[14] = 1;
  picture.stats.waited_us[1] = 1500000;
  return picture;
}

std::set<std::string> names(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  return names;
}

// Names are an interface: dashboards and alerts use only these.
TEST(Metrics, NamesArePinned) {
  const std::set<std::string> pinned = {"penstock_confirms_total",
                                        "penstock_frames_total",
                                        "penstock_heartbeats_total",
                                        "penstock_in_flight_bytes",
                                        "penstock_in_flight_frames",
                                        "penstock_info",
                                        "penstock_lag_bytes",
                                        "penstock_last_commit_time_seconds",
                                        "penstock_latency_seconds",
                                        "penstock_position_records_total",
                                        "penstock_problem",
                                        "penstock_queue_full_total",
                                        "penstock_received_bytes_total",
                                        "penstock_received_lsn_bytes",
                                        "penstock_record_bytes_total",
                                        "penstock_records_total",
                                        "penstock_reloads_total",
                                        "penstock_resident_memory_bytes",
                                        "penstock_server_lsn_bytes",
                                        "penstock_sessions_total",
                                        "penstock_start_time_seconds",
                                        "penstock_state",
                                        "penstock_stored_lsn_bytes",
                                        "penstock_transactions_total",
                                        "penstock_waited_seconds_total"};
  EXPECT_EQ(names(metrics_text(picture())), pinned);
}

TEST(Metrics, ValuesAndLabels) {
  const std::string text = metrics_text(picture());
  const auto has = [&text](std::string_view line) { return text.find(line) != std::string::npos; };
  EXPECT_TRUE(
      has(R"(penstock_records_total{topic="shop.public.orders",schema="public",table="orders",operation="create"} 3)"))
      << text;
  EXPECT_TRUE(has(R"(operation="tombstone"} 1)"));
  EXPECT_FALSE(has(R"(operation="update")"));
  EXPECT_TRUE(has("penstock_lag_bytes 60"));
  EXPECT_TRUE(has(R"(penstock_state{state="streaming"} 1)"));
  EXPECT_TRUE(has(R"(penstock_state{state="failed"} 0)"));
  EXPECT_TRUE(has(R"(penstock_waited_seconds_total{for="kafka"} 1.5)"));
  EXPECT_TRUE(has(R"(penstock_latency_seconds_bucket{le="0.001"} 2)"));
  EXPECT_TRUE(has(R"(penstock_latency_seconds_bucket{le="+Inf"} 3)"));
  EXPECT_TRUE(has("penstock_latency_seconds_count 3"));
  const std::string problem = R"(penstock_problem{code="PENSTOCK-PG-019",class="warn"} 1)";
  EXPECT_TRUE(has(problem));
  EXPECT_EQ(text.find(problem), text.rfind(problem));  // once a code: two series of one name would break the scrape
}

}  // namespace
}  // namespace penstock
