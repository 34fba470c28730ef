#include "relay/http/metric_table.h"

#include <algorithm>

namespace penstock {

namespace {

constexpr MetricKind kGauge = MetricKind::kGauge;
constexpr MetricKind kCounter = MetricKind::kCounter;
constexpr MetricKind kHistogram = MetricKind::kHistogram;

constexpr MetricInfo kState[] = {
    {"penstock_info", kGauge, "version, connector, slot", "1; version, connector and slot are in the labels.", ""},
    {"penstock_start_time_seconds", kGauge, "", "When the process started, in seconds since 1970.", ""},
    {"penstock_state", kGauge, "state",
     "1 for the state that the connector is in: starting, snapshot, streaming, waiting, paused, failed, completed, "
     "stopping, stopped.",
     R"(penstock_state{state=~"waiting|failed"} == 1)"},
    {"penstock_problem", kGauge, "code, class", "1 for each problem that stands, by its code and class.", ""},
    {"penstock_problems_total", kCounter, "code, class",
     "How often each problem was met; one that is tried again and again counts each time.",
     "increase(penstock_problems_total[15m]) > 0"},
    {"penstock_notices_total", kCounter, "code",
     "What the plugin told of data that no record shows, by problem: rows, values and messages left out or written as "
     "null, tables rewritten. /health and the log name the places.",
     "increase(penstock_notices_total[15m]) > 0"},
    {"penstock_sessions_total", kCounter, "", "Sessions begun.", ""},
    {"penstock_reconnects_total", kCounter, "side",
     "Times that what a side had broken went on again: a session begun anew after a problem of postgres or kafka, and "
     "brokers that were away and came back.",
     "increase(penstock_reconnects_total[1h])"},
    {"penstock_reloads_total", kCounter, "", "Configurations taken by SIGHUP.", ""},
    {"penstock_log_lines_lost_total", kCounter, "",
     "Lines of the log that standard error did not take: its reader stands or is gone. The log says so when it reads "
     "on.",
     "increase(penstock_log_lines_lost_total[15m]) > 0"},
};

constexpr MetricInfo kRecords[] = {
    {"penstock_records_total", kCounter, "topic, schema, table, operation",
     "Records handed to Kafka, by table and operation: create, update, delete, read, truncate, tombstone, other.",
     "sum by (table, operation) (rate(penstock_records_total[1m]))"},
    {"penstock_record_bytes_total", kCounter, "topic, schema, table",
     "Bytes of keys and values handed to Kafka, by table.", "sum by (table) (rate(penstock_record_bytes_total[1m]))"},
    {"penstock_left_out_records_total", kCounter, "topic, schema, table",
     "Records that were left out because Kafka refuses the name of their topic (penstock.bad.table=skip).",
     "sum by (table) (increase(penstock_left_out_records_total[1h]))"},
    {"penstock_frames_total", kCounter, "",
     "Frames received; one carries up to 64 KiB of records, or moves the position alone.", ""},
    {"penstock_transactions_total", kCounter, "", "Transactions that are wholly in Kafka.",
     "rate(penstock_transactions_total[1m])"},
    {"penstock_received_bytes_total", kCounter, "", "Bytes of frames received from PostgreSQL.", ""},
    {"penstock_heartbeats_total", kCounter, "", "Heartbeat records in Kafka.", ""},
};

constexpr MetricInfo kLatency[] = {
    {"penstock_latency_seconds", kHistogram, "",
     "From commit in PostgreSQL to Kafka's confirmation, by record; rows of snapshots are not counted.",
     "histogram_quantile(0.95, sum by (le) (rate(penstock_latency_seconds_bucket[1m])))"},
    {"penstock_stage_latency_seconds", kHistogram, "stage",
     "The parts of penstock_latency_seconds: decode is from commit to the walsender's send time, transfer until the "
     "relay "
     "has it, kafka until Kafka has confirmed it. Their sums make its sum; clocks that differ move time between decode "
     "and transfer.",
     "sum by (stage) (rate(penstock_stage_latency_seconds_sum[1m])) / "
     "sum by (stage) (rate(penstock_stage_latency_seconds_count[1m]))"},
    {"penstock_waited_seconds_total", kCounter, "for",
     "Time in which the loop had nothing to do, by what it waited for: postgres, kafka (no room in the producer), "
     "budget "
     "(bytes in flight at their bound), nothing (idle).",
     "rate(penstock_waited_seconds_total[1m])"},
    {"penstock_last_commit_time_seconds", kGauge, "",
     "Commit time of the newest transaction that is wholly in Kafka, in seconds since 1970; 0: none yet. It stands "
     "still "
     "while nothing is committed: for alerts, penstock_position_age_seconds.",
     "time() - (penstock_last_commit_time_seconds > 0)"},
};

constexpr MetricInfo kPositions[] = {
    {"penstock_stored_lsn_bytes", kGauge, "", "Newest position in Kafka, as bytes of write-ahead log.", ""},
    {"penstock_received_lsn_bytes", kGauge, "", "Largest end received, as bytes of write-ahead log.", ""},
    {"penstock_server_lsn_bytes", kGauge, "", "End of the server's write-ahead log when it was last looked at.",
     "rate(penstock_server_lsn_bytes[5m])"},
    {"penstock_lag_bytes", kGauge, "", "Write-ahead log known and not yet confirmed.", "penstock_lag_bytes > 1e9"},
    {"penstock_position_age_seconds", kGauge, "",
     "Time since the stored position moved (or since the start, if it has not yet), while there is something to store; "
     "0 "
     "when nothing is.",
     "penstock_position_age_seconds > 300 unless penstock_snapshot_running == 1"},
    {"penstock_position_records_total", kCounter, "", "Position records written.", ""},
    {"penstock_confirms_total", kCounter, "", "Times that the confirmed position moved.", ""},
};

constexpr MetricInfo kSlot[] = {
    {"penstock_slot_retained_bytes", kGauge, "",
     "Write-ahead log that the server keeps for the slot: from restart_lsn to its end.",
     "penstock_slot_retained_bytes > 10e9"},
    {"penstock_slot_safe_bytes", kGauge, "",
     "Write-ahead log that may still be written before the slot can be lost; absent without max_slot_wal_keep_size.",
     ""},
    {"penstock_slot_seconds_until_exhausted", kGauge, "",
     "When penstock_slot_safe_bytes will be used up, by its course in the last two minutes, or, sooner, when "
     "idle_replication_slot_timeout will end a slot that nobody reads; +Inf when nothing bounds it or it does not "
     "shrink, 0 when the bound is passed.",
     "penstock_slot_seconds_until_exhausted < 4 * 3600"},
    {"penstock_slot_active", kGauge, "", "Whether a walsender reads from the slot.", ""},
    {"penstock_slot_wal_status", kGauge, "status",
     "1 for the slot's wal_status: reserved, extended, unreserved (about to be lost), lost.",
     R"(penstock_slot_wal_status{status=~"unreserved|lost"} == 1)"},
    {"penstock_slot_confirmed_lsn_bytes", kGauge, "", "confirmed_flush_lsn of the slot, as bytes of write-ahead log.",
     ""},
    {"penstock_slot_restart_lsn_bytes", kGauge, "", "restart_lsn of the slot, as bytes of write-ahead log.", ""},
};

constexpr MetricInfo kQueue[] = {
    {"penstock_in_flight_bytes", kGauge, "", "Bytes received and not yet in Kafka; bounded by max.queue.size.in.bytes.",
     ""},
    {"penstock_in_flight_frames", kGauge, "", "Frames received and not yet in Kafka.", ""},
    {"penstock_producer_queue_records", kGauge, "", "Records that the producer has and Kafka has not confirmed.", ""},
    {"penstock_producer_queue_bytes", kGauge, "", "Keys and values of those records.", ""},
    {"penstock_queue_full_total", kCounter, "", "Times that the producer had no room.", ""},
    {"penstock_resident_memory_bytes", kGauge, "", "Resident memory of the relay.", ""},
};

constexpr MetricInfo kSnapshot[] = {
    {"penstock_snapshot_running", kGauge, "", "Whether a snapshot is being read.", ""},
    {"penstock_snapshot_tables", kGauge, "state",
     "Tables of the running or last snapshot: done (every row is in Kafka), running, waiting.", ""},
    {"penstock_snapshot_rows_total", kCounter, "schema, table", "Rows of snapshots handed to Kafka, by table.",
     "sum by (schema, table) (rate(penstock_snapshot_rows_total[1m]))"},
    {"penstock_snapshot_progress_ratio", kGauge, "",
     "Part of the rows of the running or last snapshot that was handed to Kafka, by the server's estimates.", ""},
    {"penstock_snapshot_remaining_seconds", kGauge, "",
     "How long the rest will take at the average speed so far; absent while there is nothing to judge by.", ""},
};

constexpr MetricSection kSections[] = {
    {"State", kState}, {"Records", kRecords}, {"Latency", kLatency},   {"Positions and lag", kPositions},
    {"Slot", kSlot},   {"Queue", kQueue},     {"Snapshot", kSnapshot},
};

// Attributes of Debezium's MBeans, and what to ask for instead.
struct Attribute {
  std::string_view name;
  std::string_view ask;
};
constexpr Attribute kAttributes[] = {
    {"MilliSecondsBehindSource",
     "1000 * rate(penstock_latency_seconds_sum[1m]) / rate(penstock_latency_seconds_count[1m])"},
    {"MilliSecondsSinceLastEvent", "1000 * (time() - (penstock_last_commit_time_seconds > 0))"},
    {"TotalNumberOfEventsSeen", "sum(penstock_records_total)"},
    {"TotalNumberOfCreateEventsSeen", R"(sum(penstock_records_total{operation="create"}))"},
    {"TotalNumberOfUpdateEventsSeen", R"(sum(penstock_records_total{operation="update"}))"},
    {"TotalNumberOfDeleteEventsSeen", R"(sum(penstock_records_total{operation="delete"}))"},
    {"NumberOfCommittedTransactions", "penstock_transactions_total"},
    {"Connected", R"(penstock_state{state=~"snapshot|streaming"} == 1)"},
    {"SourceEventPosition", "penstock_stored_lsn_bytes"},
    {"CurrentQueueSizeInBytes", "penstock_in_flight_bytes"},
    {"TotalTableCount", "sum(penstock_snapshot_tables)"},
    {"RemainingTableCount", R"(sum(penstock_snapshot_tables{state!="done"}))"},
    {"SnapshotRunning", "penstock_snapshot_running"},
    {"RowsScanned", "penstock_snapshot_rows_total"},
};

constexpr std::string_view kIntroduction = R"(# Metrics

<!-- Generated by `penstock metrics-docs` from relay/http/metric_table.cpp. Do not edit. -->

`GET /metrics` on the relay's listener, in Prometheus' text format. Names and labels are an interface. Times are
seconds, sizes bytes; an LSN is shown as the number of its byte in the write-ahead log, so that differences of two are
bytes. A metric that is not known at the moment has no value: those of the slot while the server does not answer, those
of snapshots before the first.

The label `table` is bounded: the first 200 tables and topics that records came for have names of their own, all others
are counted together under `other`. What the slot costs is asked every five seconds on a connection of its own, so that
it is known in every state of the relay; other numbers are at most a second old.
)";

std::string_view name(MetricKind kind) {
  switch (kind) {
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "";
}

// Text of a cell: a | would end it.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::span<const MetricSection> metric_sections() {
  return kSections;
}

const MetricInfo* find_metric(std::string_view wanted) {
  for (const MetricSection& section : kSections) {
    const auto found = std::find_if(section.metrics.begin(), section.metrics.end(),
                                    [wanted](const MetricInfo& metric) { return metric.name == wanted; });
    if (found != section.metrics.end()) return &*found;
  }
  return nullptr;
}

std::string metrics_reference() {
  std::string text(kIntroduction);
  for (const MetricSection& section : kSections) {
    text.append("\n## ").append(section.title).append("\n\n| metric | type | labels | |\n|---|---|---|---|\n");
    for (const MetricInfo& metric : section.metrics) {
      text.append("| `").append(metric.name).append("` | ").append(name(metric.kind)).append(" | ");
      text.append(metric.labels).append(" | ").append(cell(metric.help)).append(" |\n");
    }
    std::string asks;
    for (const MetricInfo& metric : section.metrics) {
      if (!metric.ask.empty()) asks.append(metric.ask).append("\n");
    }
    if (!asks.empty()) text.append("\n```promql\n").append(asks).append("```\n");
  }
  text.append("\n## Coming from Debezium's JMX\n\n| attribute | here |\n|---|---|\n");
  for (const Attribute& attribute : kAttributes)
    text.append("| `").append(attribute.name).append("` | `").append(cell(attribute.ask)).append("` |\n");
  return text;
}

}  // namespace penstock
