#include "relay/config/load.h"

#include "relay/config/properties.h"
#include "relay/config/providers.h"
#include "relay/config/validate.h"

namespace penstock {

namespace {

Result<NamedValues> read_settings(const std::string& path) {
  const std::string text = TRY(read_file(path));
  if (path.ends_with(".properties")) return parse_properties(text);
  return parse_connector_json(text, path);
}

void put(Settings& settings, const NamedValues& values, const std::string& origin) {
  for (const auto& [name, value] : values) settings[name] = Setting{value, value, origin};
}

// In Connect a connector that names its converter takes none of the worker's settings for it.
void forget_converters_of_worker(Settings& settings, const NamedValues& connector) {
  for (const auto& [name, value] : connector) {
    if (name != "key.converter" && name != "value.converter" && name != "header.converter") continue;
    std::erase_if(settings, [&](const auto& entry) { return entry.first.starts_with(name + "."); });
  }
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Loaded load_configuration(const ConfigurationFiles& files) {
  Settings settings;
  Providers providers;
  std::vector<Problem> problems;
  for (const std::string& path : {files.worker, files.connector}) {
    if (path.empty()) continue;
    const Result<NamedValues> values = read_settings(path);
    if (!values.is_ok()) {
      problems.push_back(values.problem());
      continue;
    }
    if (path == files.connector) forget_converters_of_worker(settings, values.value());
    const Status declared = providers.add_declared(values.value(), file_name(path));
    if (!declared.is_ok()) problems.push_back(declared.problem());
    put(settings, values.value(), file_name(path));
  }
  for (const std::string& set : files.sets) {
    const size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems.push_back({Code::kUsage, "--set " + set + ": no name=value", "write --set name=value"});
      continue;
    }
    put(settings, {{set.substr(0, equals), set.substr(equals + 1)}}, "--set");
  }
  // Without its files the rest would only be said to be missing.
  if (!problems.empty()) return Loaded{{}, std::move(problems), {}};
  for (auto& [name, setting] : settings) {
    Result<std::string> resolved = providers.resolve(setting.raw, setting.origin, name);
    if (resolved.is_ok()) {
      setting.value = std::move(resolved.value());
    } else {
      problems.push_back(resolved.problem());
    }
  }
  if (!problems.empty()) return Loaded{{}, std::move(problems), {}};
  return validate(std::move(settings));
}

}  // namespace penstock
