// The relay as a process: the one loop that owns the pipeline, with signals, timers, systemd, log and HTTP around it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "relay/core/settings.h"
#include "relay/http/picture.h"
#include "relay/http/server.h"
#include "relay/kafka/settings.h"
#include "relay/postgres/settings.h"
#include "relay/service/log.h"

namespace penstock {

// One configuration in the words of each room.
struct ServiceSettings {
  CoreSettings core;
  PostgresSettings postgres;
  KafkaSettings kafka;
  ConnectorInfo connector;
  Duration heartbeat_interval{0};
  std::string listeners;           // as the property
  std::string allowed_hosts;       // penstock.http.allowed.hosts
  std::vector<Problem> warnings;   // of class warn, shown as long as the configuration lasts
  std::vector<std::string> notes;  // one line each, to be logged once
};

// What reading the files again gave: settings, or why there are none.
struct Reloaded {
  std::optional<ServiceSettings> settings;
  std::vector<Problem> problems;
};

// Runs until SIGTERM or SIGINT has drained it; 0 if it ended in order. SIGHUP calls `reload`; if that gives no settings
// the old ones go on. Call it before any other thread is started.
int run_service(ServiceSettings settings, const std::function<Reloaded()>& reload, Log& log);

}  // namespace penstock
