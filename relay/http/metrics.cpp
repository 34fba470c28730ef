#include "relay/http/metrics.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <set>
#include <string_view>

namespace penstock {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double number(uint64_t value) {
  return static_cast<double>(value);
}
double seconds(int64_t microseconds) {
  return static_cast<double>(microseconds) / 1e6;
}

class Families {
 public:
  void gauge(const char* name, const char* help, double value) {
    family(name, help, MetricType::Gauge);
    add(value);
  }
  void counter(const char* name, const char* help, double value) {
    family(name, help, MetricType::Counter);
    add(value);
  }
  void family(const char* name, const char* help, MetricType type) { families_.push_back({name, help, type, {}}); }
  // To the family that was begun last.
  void add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (families_.back().type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    families_.back().metric.push_back(std::move(metric));
  }
  void add(ClientMetric metric) { families_.back().metric.push_back(std::move(metric)); }

  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void add_state(Families& families, const Picture& picture) {
  families.family("penstock_info", "Version, connector and slot.", MetricType::Gauge);
  families.add(
      1, {{"version", PENSTOCK_VERSION}, {"connector", picture.connector.name}, {"slot", picture.view.identity.slot}});
  families.gauge("penstock_start_time_seconds", "When the process started, in seconds since 1970.",
                 seconds(picture.started_unix_us));
  families.family("penstock_state", "1 for the state that the connector is in.", MetricType::Gauge);
  for (State state : {State::kStarting, State::kSnapshot, State::kStreaming, State::kWaiting, State::kPaused,
                      State::kFailed, State::kCompleted, State::kStopping, State::kStopped}) {
    families.add(state == picture.view.state ? 1 : 0, {{"state", std::string(name(state))}});
  }
  families.family("penstock_problem", "1 for each problem that stands, by its code and class.", MetricType::Gauge);
  std::set<Code> said;
  for (const std::vector<Problem>* problems : {&picture.view.problems, &picture.standing, &picture.reload}) {
    for (const Problem& problem : *problems) {
      if (!said.insert(problem.code).second) continue;
      const ProblemInfo& row = info(problem.code);
      families.add(1, {{"code", std::string(row.name)}, {"class", std::string(name(row.klass))}});
    }
  }
  families.counter("penstock_sessions_total", "Sessions begun.", number(picture.view.sessions));
  families.counter("penstock_reloads_total", "Configurations taken by SIGHUP.", number(picture.reloads));
}

void add_tables(Families& families, const Picture& picture) {
  families.family("penstock_records_total", "Records handed to Kafka, by table and operation.", MetricType::Counter);
  for (const TableStats& table : picture.stats.tables) {
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
  families.family("penstock_record_bytes_total", "Bytes of keys and values handed to Kafka, by table.",
                  MetricType::Counter);
  for (const TableStats& table : picture.stats.tables) {
    families.add(number(table.bytes), {{"topic", table.topic}, {"schema", table.schema}, {"table", table.table}});
  }
}

void add_flow(Families& families, const Picture& picture) {
  const Stats& stats = picture.stats;
  families.counter("penstock_frames_total", "Frames received.", number(stats.frames));
  families.counter("penstock_transactions_total", "Transactions received.", number(stats.transactions));
  families.counter("penstock_received_bytes_total", "Bytes of frames received from PostgreSQL.",
                   number(stats.received_bytes));
  families.counter("penstock_position_records_total", "Position records written.", number(stats.position_records));
  families.counter("penstock_confirms_total", "Times that the confirmed position moved.", number(stats.confirms));
  families.counter("penstock_queue_full_total", "Times that the producer had no room.", number(stats.queue_full));
  families.counter("penstock_heartbeats_total", "Heartbeat records in Kafka.", number(picture.heartbeats));
  families.gauge("penstock_in_flight_bytes", "Bytes received and not yet in Kafka.", number(stats.in_flight_bytes));
  families.gauge("penstock_in_flight_frames", "Frames received and not yet in Kafka.", number(stats.in_flight_frames));
  families.family("penstock_waited_seconds_total", "Time in which the loop had nothing to do, by whom it waited for.",
                  MetricType::Counter);
  constexpr const char* kWaiting[] = {"postgres", "kafka", "budget", "nothing"};
  for (size_t i = 0; i < stats.waited_us.size(); ++i)
    families.add(number(stats.waited_us[i]) / 1e6, {{"for", kWaiting[i]}});
}

void add_positions(Families& families, const Picture& picture) {
  const View& view = picture.view;
  families.gauge("penstock_stored_lsn_bytes", "Newest position in Kafka, as bytes of write-ahead log.",
                 number(view.stored.end.value));
  families.gauge("penstock_received_lsn_bytes", "Largest end received, as bytes of write-ahead log.",
                 number(view.received.value));
  families.gauge("penstock_server_lsn_bytes", "End of the write-ahead log at the last probe.",
                 number(view.server_end.value));
  const Lsn newest = std::max(view.received, view.server_end);
  families.gauge("penstock_lag_bytes", "Write-ahead log known and not yet confirmed.",
                 newest > view.stored.end ? number(newest.value - view.stored.end.value) : 0);
  families.gauge("penstock_last_commit_time_seconds", "Commit time of the newest transaction that is wholly in Kafka.",
                 seconds(picture.stats.last_commit_time_us));
}

void add_latency(Families& families, const Stats& stats) {
  ClientMetric metric;
  uint64_t count = 0;
  for (size_t i = 0; i < stats.latency.size(); ++i) {
    count += stats.latency[i];
    const bool last = i >= Stats::kLatencyBoundsMs.size();
    metric.histogram.bucket.push_back(
        {count, last ? std::numeric_limits<double>::infinity() : Stats::kLatencyBoundsMs[i] / 1000.0});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = number(stats.latency_sum_us) / 1e6;
  families.family("penstock_latency_seconds", "From commit in PostgreSQL to Kafka's confirmation, by record.",
                  MetricType::Histogram);
  families.add(std::move(metric));
}

// The process itself: what a bound of memory is watched by.
void add_memory(Families& families) {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return;
  unsigned long total = 0, resident = 0;
  const int read = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  if (read != 2) return;
  families.gauge("penstock_resident_memory_bytes", "Resident memory of the relay.",
                 static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)));
}

}  // namespace

std::string metrics_text(const Picture& picture) {
  Families families;
  add_state(families, picture);
  add_tables(families, picture);
  add_flow(families, picture);
  add_positions(families, picture);
  add_latency(families, picture.stats);
  add_memory(families);
  return families.text();
}

}  // namespace penstock
