#include "relay/http/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <sstream>

#include "relay/http/metric_table.h"

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
  picture.stats.count_latency({1'000'000, 1'000'200, 1'000'500, 1'000'800}, 2);
  picture.stats.count_latency({1'000'000, 1'000'200, 1'000'500, 9'000'000'000}, 1);
  picture.stats.waited_us[1] = 1500000;
  picture.stats.reconnects = {2, 3};
  picture.producer = {7, 900, 4};
  picture.problem_counts[static_cast<size_t>(Code::kPgShutdown)] = 5;
  SlotLook slot;
  slot.exists = slot.active = true;
  slot.server_end = Lsn{180};
  slot.restart = Lsn{80};
  slot.confirmed = Lsn{100};
  slot.wal_status = "extended";
  slot.safe_bytes = 5000;
  picture.slot = slot;
  picture.slot_seconds_left = std::numeric_limits<double>::infinity();
  picture.started_unix_us = 10'000'000;
  picture.stats.stored_time_us = 20'000'000;
  picture.unix_at_us = 32'500'000;
  picture.stats.snapshot.begin({{1, "public", "orders", 400}}, {}, 12'500'000);
  picture.stats.tables[0].read = 100;
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
                                        "penstock_left_out_records_total",
                                        "penstock_log_lines_lost_total",
                                        "penstock_notices_total",
                                        "penstock_position_age_seconds",
                                        "penstock_position_records_total",
                                        "penstock_problem",
                                        "penstock_problems_total",
                                        "penstock_producer_queue_bytes",
                                        "penstock_producer_queue_records",
                                        "penstock_queue_full_total",
                                        "penstock_received_bytes_total",
                                        "penstock_received_lsn_bytes",
                                        "penstock_reconnects_total",
                                        "penstock_record_bytes_total",
                                        "penstock_records_total",
                                        "penstock_reloads_total",
                                        "penstock_resident_memory_bytes",
                                        "penstock_server_lsn_bytes",
                                        "penstock_sessions_total",
                                        "penstock_slot_active",
                                        "penstock_slot_confirmed_lsn_bytes",
                                        "penstock_slot_restart_lsn_bytes",
                                        "penstock_slot_retained_bytes",
                                        "penstock_slot_safe_bytes",
                                        "penstock_slot_seconds_until_exhausted",
                                        "penstock_slot_wal_status",
                                        "penstock_snapshot_progress_ratio",
                                        "penstock_snapshot_remaining_seconds",
                                        "penstock_snapshot_rows_total",
                                        "penstock_snapshot_running",
                                        "penstock_snapshot_tables",
                                        "penstock_stage_latency_seconds",
                                        "penstock_start_time_seconds",
                                        "penstock_state",
                                        "penstock_stored_lsn_bytes",
                                        "penstock_transactions_total",
                                        "penstock_waited_seconds_total"};
  EXPECT_EQ(names(metrics_text(picture())), pinned);
  std::set<std::string> table;
  for (const MetricSection& section : metric_sections()) {
    for (const MetricInfo& metric : section.metrics) table.emplace(metric.name);
  }
  EXPECT_EQ(table, pinned);
}

TEST(Metrics, ValuesAndLabels) {
  const std::string text = metrics_text(picture());
  const auto has = [&text](std::string_view line) { return text.find(line) != std::string::npos; };
  EXPECT_TRUE(
      has(R"(penstock_records_total{topic="shop.public.orders",schema="public",table="orders",operation="create"} 3)"))
      << text;
  EXPECT_TRUE(has(R"(operation="tombstone"} 1)"));
  EXPECT_FALSE(has(R"(operation="update")"));
  EXPECT_TRUE(has("penstock_lag_bytes 80"));  // to the server's end, which is beyond what was received
  EXPECT_TRUE(has(R"(penstock_state{state="streaming"} 1)"));
  EXPECT_TRUE(has(R"(penstock_state{state="failed"} 0)"));
  EXPECT_TRUE(has(R"(penstock_waited_seconds_total{for="kafka"} 1.5)"));
  EXPECT_TRUE(has(R"(penstock_latency_seconds_bucket{le="0.0005"} 0)"));
  EXPECT_TRUE(has(R"(penstock_latency_seconds_bucket{le="0.001"} 2)"));
  EXPECT_TRUE(has(R"(penstock_latency_seconds_bucket{le="+Inf"} 3)"));
  EXPECT_TRUE(has("penstock_latency_seconds_count 3"));
  const std::string problem = R"(penstock_problem{code="PENSTOCK-PG-019",class="warn"} 1)";
  EXPECT_TRUE(has(problem));
  EXPECT_EQ(text.find(problem), text.rfind(problem));  // once a code: two series of one name would break the scrape
}

TEST(Metrics, PartsOfTheWayAreTold) {
  const std::string text = metrics_text(picture());
  const auto has = [&text](std::string_view line) { return text.find(line) != std::string::npos; };
  EXPECT_TRUE(has(R"(penstock_stage_latency_seconds_bucket{stage="decode",le="0.0002"} 3)")) << text;
  EXPECT_TRUE(has(R"(penstock_stage_latency_seconds_bucket{stage="transfer",le="0.0002"} 0)"));
  EXPECT_TRUE(has(R"(penstock_stage_latency_seconds_count{stage="kafka"} 3)"));
}

TEST(Metrics, SlotAndItsBounds) {
  Picture shown = picture();
  const auto has = [&shown](std::string_view line) {
    return metrics_text(shown).find(std::string("\n").append(line).append("\n")) != std::string::npos;
  };
  EXPECT_TRUE(has("penstock_slot_retained_bytes 100"));
  EXPECT_TRUE(has("penstock_slot_safe_bytes 5000"));
  EXPECT_TRUE(has("penstock_slot_seconds_until_exhausted +Inf"));
  EXPECT_TRUE(has("penstock_slot_active 1"));
  EXPECT_TRUE(has(R"(penstock_slot_wal_status{status="extended"} 1)"));
  EXPECT_TRUE(has(R"(penstock_slot_wal_status{status="lost"} 0)"));
  EXPECT_TRUE(has("penstock_slot_confirmed_lsn_bytes 100"));
  EXPECT_TRUE(has("penstock_slot_restart_lsn_bytes 80"));
  EXPECT_TRUE(has("penstock_server_lsn_bytes 180"));
  shown.slot->safe_bytes.reset();
  EXPECT_EQ(metrics_text(shown).find("\npenstock_slot_safe_bytes "), std::string::npos);
  EXPECT_TRUE(has("penstock_slot_retained_bytes 100"));
  // Neither a server that does not answer nor a slot that is not there is a slot without log.
  for (const bool known : {true, false}) {
    shown.slot->exists = false;
    if (!known) shown.slot.reset();
    EXPECT_EQ(metrics_text(shown).find("\npenstock_slot_"), std::string::npos);
  }
  EXPECT_TRUE(has("penstock_lag_bytes 60"));
}

TEST(Metrics, AgeOfThePosition) {
  Picture shown = picture();
  const auto age = [&shown] {
    const std::string text = metrics_text(shown);
    const std::string_view name = "\npenstock_position_age_seconds ";
    const size_t at = text.find(name) + name.size();
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(age(), "12.5");
  shown.view.stored.end = Lsn{180};  // nothing is missing
  EXPECT_EQ(age(), "0");
  shown.view.stored.end = Lsn{0};  // nothing was ever stored: since the start
  shown.stats.stored_time_us = 0;
  EXPECT_EQ(age(), "22.5");
  shown.slot.reset();
  shown.view.received = Lsn{0};
  EXPECT_EQ(age(), "22.5");
}

TEST(Metrics, QueueReconnectsAndProblems) {
  const std::string text = metrics_text(picture());
  const auto has = [&text](std::string_view line) { return text.find(line) != std::string::npos; };
  EXPECT_TRUE(has("penstock_producer_queue_records 7\n"));
  EXPECT_TRUE(has("penstock_producer_queue_bytes 900\n"));
  EXPECT_TRUE(has(R"(penstock_reconnects_total{side="postgres"} 2)"));
  EXPECT_TRUE(has(R"(penstock_reconnects_total{side="kafka"} 7)"));
  EXPECT_TRUE(has(R"(penstock_problems_total{code="PENSTOCK-PG-015",class="wait"} 5)")) << text;
  EXPECT_TRUE(has(R"(penstock_problems_total{code="PENSTOCK-PG-010",class="stop"} 0)"));
}

TEST(Metrics, SnapshotIsShownOnceThereIsOne) {
  Picture shown = picture();
  const auto has = [&shown](std::string_view line) { return metrics_text(shown).find(line) != std::string::npos; };
  EXPECT_TRUE(has("penstock_snapshot_running 1"));
  EXPECT_TRUE(has(R"(penstock_snapshot_tables{state="running"} 1)"));
  EXPECT_TRUE(has("penstock_snapshot_progress_ratio 0.25"));
  EXPECT_TRUE(has("penstock_snapshot_remaining_seconds 60"));  // a quarter took 20 s
  EXPECT_TRUE(has(R"(penstock_snapshot_rows_total{schema="public",table="orders"} 100)"));
  shown.stats.snapshot = SnapshotProgress();
  EXPECT_TRUE(has("penstock_snapshot_running 0"));
  EXPECT_FALSE(has("\npenstock_snapshot_progress_ratio "));
  EXPECT_FALSE(has("\npenstock_snapshot_remaining_seconds "));
}

}  // namespace
}  // namespace penstock
