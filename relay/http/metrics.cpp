#include "relay/http/metrics.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <string_view>

#include "relay/http/metric_families.h"
#include "relay/http/metrics_tables.h"

namespace penstock {

namespace {

void add_problems(Families& families, const Picture& picture) {
  families.begin("penstock_problem");
  std::set<Code> said;
  for (const std::vector<Problem>* problems : {&picture.view.problems, &picture.standing, &picture.reload}) {
    for (const Problem& problem : *problems) {
      if (!said.insert(problem.code).second) continue;
      const ProblemInfo& row = info(problem.code);
      families.add(1, {{"code", std::string(row.name)}, {"class", std::string(name(row.klass))}});
    }
  }
  // All of them from the start: increase() does not see the first step of a counter that was not there before.
  families.begin("penstock_problems_total");
  for (const ProblemInfo& row : problem_table()) {
    families.add(number(picture.problem_counts[static_cast<size_t>(row.code)]),
                 {{"code", std::string(row.name)}, {"class", std::string(name(row.klass))}});
  }
}

void add_notices(Families& families, const Notices& notices) {
  families.begin("penstock_notices_total");
  for (const Code code : Notices::codes()) {
    families.add(number(notices.counts()[static_cast<size_t>(code)]), {{"code", std::string(info(code).name)}});
  }
}

void add_state(Families& families, const Picture& picture) {
  families.begin("penstock_info");
  families.add(
      1, {{"version", PENSTOCK_VERSION}, {"connector", picture.connector.name}, {"slot", picture.view.identity.slot}});
  families.put("penstock_start_time_seconds", seconds(picture.started_unix_us));
  families.begin("penstock_state");
  for (State state : {State::kStarting, State::kSnapshot, State::kStreaming, State::kWaiting, State::kPaused,
                      State::kFailed, State::kCompleted, State::kStopping, State::kStopped}) {
    families.add(state == picture.view.state ? 1 : 0, {{"state", std::string(name(state))}});
  }
  add_problems(families, picture);
  add_notices(families, picture.stats.notices);
  families.put("penstock_sessions_total", number(picture.view.sessions));
  families.begin("penstock_reconnects_total");
  families.add(number(picture.stats.reconnects[static_cast<size_t>(Side::kPostgres)]), {{"side", "postgres"}});
  families.add(number(picture.stats.reconnects[static_cast<size_t>(Side::kKafka)] + picture.producer.recoveries),
               {{"side", "kafka"}});
  families.put("penstock_reloads_total", number(picture.reloads));
  families.put("penstock_log_lines_lost_total", number(picture.log_lines_lost));
}

void add_flow(Families& families, const Picture& picture) {
  const Stats& stats = picture.stats;
  families.put("penstock_frames_total", number(stats.frames));
  families.put("penstock_transactions_total", number(stats.transactions));
  families.put("penstock_received_bytes_total", number(stats.received_bytes));
  families.put("penstock_heartbeats_total", number(picture.heartbeats));
}

void add_latency(Families& families, const Stats& stats) {
  families.begin("penstock_latency_seconds");
  families.add(stats.latency);
  families.begin("penstock_stage_latency_seconds");
  constexpr const char* kStages[] = {"decode", "transfer", "kafka"};
  for (size_t i = 0; i < stats.stages.size(); ++i) families.add(stats.stages[i], {{"stage", kStages[i]}});
  families.begin("penstock_waited_seconds_total");
  constexpr const char* kWaiting[] = {"postgres", "kafka", "budget", "nothing"};
  for (size_t i = 0; i < stats.waited_us.size(); ++i)
    families.add(number(stats.waited_us[i]) / 1e6, {{"for", kWaiting[i]}});
  families.put("penstock_last_commit_time_seconds", seconds(stats.last_commit_time_us));
}

// Nothing is late as long as nothing is known that is not stored.
double position_age(const Picture& picture, bool behind) {
  if (!behind && picture.view.stored.end) return 0;
  const int64_t since = std::max(picture.stats.stored_time_us, picture.started_unix_us);
  return seconds(std::max<int64_t>(picture.unix_at_us - since, 0));
}

void add_positions(Families& families, const Picture& picture) {
  const View& view = picture.view;
  const Lsn server_end = picture.slot ? picture.slot->server_end : view.server_end;
  const Lsn newest = std::max(view.received, server_end);
  const bool behind = newest > view.stored.end;
  families.put("penstock_stored_lsn_bytes", number(view.stored.end.value));
  families.put("penstock_received_lsn_bytes", number(view.received.value));
  families.put("penstock_server_lsn_bytes", number(server_end.value));
  families.put("penstock_lag_bytes", behind ? number(newest.value - view.stored.end.value) : 0);
  families.put("penstock_position_age_seconds", position_age(picture, behind));
  families.put("penstock_position_records_total", number(picture.stats.position_records));
  families.put("penstock_confirms_total", number(picture.stats.confirms));
}

void add_slot(Families& families, const Picture& picture) {
  const SlotLook* slot = picture.slot && picture.slot->exists ? &*picture.slot : nullptr;
  const auto put = [&](std::string_view name, auto value_of) {
    families.begin(name);
    if (slot != nullptr) families.add(value_of(*slot));
  };
  put("penstock_slot_retained_bytes", [](const SlotLook& look) { return number(look.retained_bytes()); });
  families.begin("penstock_slot_safe_bytes");
  if (slot != nullptr && slot->safe_bytes) families.add(static_cast<double>(*slot->safe_bytes));
  put("penstock_slot_seconds_until_exhausted", [&](const SlotLook&) { return picture.slot_seconds_left; });
  put("penstock_slot_active", [](const SlotLook& look) { return look.active ? 1.0 : 0.0; });
  families.begin("penstock_slot_wal_status");
  for (const char* status : {"reserved", "extended", "unreserved", "lost"}) {
    if (slot != nullptr) families.add(slot->wal_status == status ? 1 : 0, {{"status", status}});
  }
  put("penstock_slot_confirmed_lsn_bytes", [](const SlotLook& look) { return number(look.confirmed.value); });
  put("penstock_slot_restart_lsn_bytes", [](const SlotLook& look) { return number(look.restart.value); });
}

// The process itself: what a bound of memory is watched by.
void add_memory(Families& families) {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return;
  unsigned long total = 0, resident = 0;
  const int read = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  if (read != 2) return;
  families.put("penstock_resident_memory_bytes",
               static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)));
}

void add_queue(Families& families, const Picture& picture) {
  families.put("penstock_in_flight_bytes", number(picture.stats.in_flight_bytes));
  families.put("penstock_in_flight_frames", number(picture.stats.in_flight_frames));
  families.put("penstock_producer_queue_records", number(picture.producer.queued_records));
  families.put("penstock_producer_queue_bytes", number(picture.producer.queued_bytes));
  families.put("penstock_queue_full_total", number(picture.stats.queue_full));
  add_memory(families);
}

void add_snapshot(Families& families, const Picture& picture) {
  const SnapshotProgress& progress = picture.stats.snapshot;
  const SnapshotSummary summary = summarize(progress, picture.stats.tables, picture.unix_at_us);
  families.put("penstock_snapshot_running", progress.running ? 1 : 0);
  families.begin("penstock_snapshot_tables");
  families.add(number(summary.done), {{"state", "done"}});
  families.add(number(summary.running), {{"state", "running"}});
  families.add(number(summary.waiting), {{"state", "waiting"}});
  add_snapshot_rows(families, picture.stats.tables);
  families.begin("penstock_snapshot_progress_ratio");
  if (progress.begun) families.add(summary.ratio);
  families.begin("penstock_snapshot_remaining_seconds");
  if (progress.begun && summary.remaining_seconds) families.add(*summary.remaining_seconds);
}

}  // namespace

std::string metrics_text(const Picture& picture) {
  Families families;
  add_state(families, picture);
  add_records(families, picture.stats.tables);
  add_left_out(families, picture.stats.tables);
  add_flow(families, picture);
  add_latency(families, picture.stats);
  add_positions(families, picture);
  add_slot(families, picture);
  add_queue(families, picture);
  add_snapshot(families, picture);
  return families.text();
}

}  // namespace penstock
