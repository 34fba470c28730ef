#include "relay/cli/settings.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

#include "relay/kafka/java_names.h"

namespace penstock {

namespace {

bool only_warnings(const std::vector<Problem>& problems) {
  return std::ranges::all_of(problems,
                             [](const Problem& problem) { return info(problem.code).klass == ProblemClass::kWarn; });
}

SnapshotMode snapshot_mode(std::string_view text) {
  if (text == "no_data") return SnapshotMode::kNoData;
  if (text == "initial_only") return SnapshotMode::kInitialOnly;
  if (text == "always") return SnapshotMode::kAlways;
  if (text == "when_needed") return SnapshotMode::kWhenNeeded;
  return SnapshotMode::kInitial;
}

// snapshot.mode=configuration_based. Definitions of tables come from the catalogs in any case.
SnapshotRules snapshot_rules(const Configuration& configuration) {
  const auto is_set = [&](const std::string& name) {
    return configuration.flag("snapshot.mode.configuration.based." + name);
  };
  const bool rows = is_set("snapshot.data");
  return {.at_first = rows,
          .at_each_start = rows,
          .when_lost = is_set("snapshot.on.data.error"),
          .then_stream = is_set("start.stream")};
}

// A random UUID (version 4): the header runId names one start.
std::string new_run_id() {
  std::random_device random;
  std::array<uint32_t, 4> words{};
  for (uint32_t& word : words) word = random();
  words[1] = (words[1] & 0xFFFF0FFFu) | 0x00004000u;
  words[2] = (words[2] & 0x3FFFFFFFu) | 0x80000000u;
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%04x%08x", words[0], words[1] >> 16, words[1] & 0xFFFF,
                words[2] >> 16, words[2] & 0xFFFF, words[3]);
  return text.data();
}

Publication publication_use(const Configuration& configuration) {
  if (!configuration.is_set("publication.autocreate.mode")) {
    return configuration.is_set("publication.name") ? Publication::kOptional : Publication::kNone;
  }
  const std::string_view mode = configuration.text("publication.autocreate.mode");
  if (mode == "disabled") return Publication::kRequired;
  return mode == "filtered" ? Publication::kFiltered : Publication::kMade;
}

CoreSettings core_settings(const Configuration& configuration) {
  CoreSettings core;
  core.connector = configuration.name();
  core.publication_use = publication_use(configuration);
  core.publication_missing_stops = configuration.text("penstock.publication.missing") == "stop";
  core.slot = configuration.text("slot.name");
  core.position_topic = configuration.text("penstock.position.topic");
  if (core.position_topic.empty()) core.position_topic = "__penstock." + core.slot;
  core.snapshot_mode = snapshot_mode(configuration.text("snapshot.mode"));
  if (configuration.text("snapshot.mode") == "configuration_based") core.snapshot_rules = snapshot_rules(configuration);
  core.snapshot_delay = std::chrono::milliseconds(configuration.number("snapshot.delay.ms"));
  core.streaming_delay = std::chrono::milliseconds(configuration.number("streaming.delay.ms"));
  core.tables_max = static_cast<size_t>(configuration.number("guardrail.collections.max"));
  core.tables_max_stops = configuration.text("guardrail.collections.limit.action") == "fail";
  core.bad_table_stops = configuration.text("penstock.bad.table") == "stop";
  core.drop_slot_on_stop = configuration.flag("slot.drop.on.stop");
  const int64_t queue_bytes = configuration.number("max.queue.size.in.bytes");
  if (queue_bytes > 0) core.queue_bytes = static_cast<uint64_t>(queue_bytes);
  return core;
}

ConnectorInfo connector_info(const Configuration& configuration) {
  ConnectorInfo connector;
  connector.name = configuration.name();
  connector.contract_version = configuration.text("penstock.source.version");
  for (const auto& [name, setting] : configuration.settings())
    connector.config[masked_name(name)] = masked(name, setting);
  connector.config["name"] = connector.name;
  return connector;
}

}  // namespace

Reloaded load_settings(const ConfigurationFiles& files) {
  Loaded loaded = load_configuration(files);
  Reloaded reloaded{std::nullopt, std::move(loaded.problems)};
  if (!only_warnings(reloaded.problems)) return reloaded;
  const Configuration& configuration = loaded.configuration;
  const auto values = configuration.values();
  Result<PostgresSettings> postgres = postgres_settings(values);
  if (!postgres.is_ok()) reloaded.problems.push_back(postgres.problem());
  MappedSettings kafka = kafka_settings(values);
  reloaded.problems.insert(reloaded.problems.end(), kafka.problems.begin(), kafka.problems.end());
  if (!only_warnings(reloaded.problems)) return reloaded;

  ServiceSettings settings;
  settings.core = core_settings(configuration);
  settings.postgres = std::move(postgres.value());
  settings.core.publication = settings.postgres.publication_name;
  settings.postgres.plugin_config = configuration.plugin_config();
  settings.postgres.salts = configuration.salts();
  settings.postgres.run_id = new_run_id();
  settings.kafka = std::move(kafka.settings);
  settings.kafka.position_topic = settings.core.position_topic;
  settings.connector = connector_info(configuration);
  settings.heartbeat_interval = std::chrono::milliseconds(configuration.number("heartbeat.interval.ms"));
  settings.listeners = configuration.text("listeners");
  settings.allowed_hosts = configuration.text("penstock.http.allowed.hosts");
  settings.notes = std::move(loaded.notes);
  settings.notes.insert(settings.notes.end(), kafka.notes.begin(), kafka.notes.end());
  settings.warnings = reloaded.problems;
  reloaded.settings = std::move(settings);
  return reloaded;
}

}  // namespace penstock
