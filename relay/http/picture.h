// What the loop publishes for the HTTP threads: a copy of one moment. Everything shown by REST, health and metrics
// comes from here, so that no request touches the data path.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/slot_watch.h"
#include "relay/core/stats.h"
#include "relay/core/supervisor.h"

namespace penstock {

// Fixed for one configuration.
struct ConnectorInfo {
  std::string name;
  std::map<std::string, std::string> config;  // as written, secrets masked; "name" included
  std::string contract_version;               // penstock.source.version
};

// The producer, as the service sees it.
struct KafkaGauges {
  uint64_t queued_records = 0;  // handed over, without a report
  uint64_t queued_bytes = 0;
  uint64_t recoveries = 0;  // times that brokers were away and came back, within sessions
};

struct Picture {
  ConnectorInfo connector;
  View view;
  Stats stats;
  std::vector<Problem> standing;      // not of a session: a port that is taken, warnings of the configuration
  std::vector<Problem> reload;        // why the last SIGHUP changed nothing
  std::optional<ServerFacts> server;  // of the last probe
  std::optional<KafkaFacts> kafka;
  std::chrono::steady_clock::time_point at{};  // when it was taken
  int64_t unix_at_us = 0;
  int64_t started_unix_us = 0;  // of the process
  uint32_t reloads = 0;
  uint64_t heartbeats = 0;
  KafkaGauges producer = {};
  ProblemCounts problem_counts = {};  // since the process started
  std::optional<SlotLook> slot = {};  // nullopt: not known at the moment
  double slot_seconds_left = 0;
  uint64_t log_lines_lost = 0;  // since the process started
};

// Holds the newest picture. publish() never waits: if a reader has the lock, the picture is published next time.
class Published {
 public:
  // False: a reader is copying; try again later.
  bool publish(Picture& picture) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return false;
    std::swap(picture_, picture);
    return true;
  }
  Picture copy() const {
    const std::lock_guard lock(mutex_);
    return picture_;
  }

 private:
  mutable std::mutex mutex_;
  Picture picture_;
};

}  // namespace penstock
