// A configuration as the relay reads it: property names with values that are resolved, canonical and checked against
// the table in wire/options.h. Immutable once loaded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/problem.h"

namespace penstock {

// One property as it was written.
struct Setting {
  std::string value;   // resolved and, for choices, in the table's spelling
  std::string raw;     // as written, with ${...} in place; what may be shown of it: see masked()
  std::string origin;  // "connector.json", "worker.properties", "--set", "default of the relay"
};

using Settings = std::map<std::string, Setting, std::less<>>;

// True if the value of this property must never be printed.
bool is_secret(std::string_view name);

// The name as it may be shown: a salt in it as stars.
std::string masked_name(std::string_view name);

// What may be shown of a setting: secrets as stars, unless they are only a reference to a provider.
std::string masked(std::string_view name, const Setting& setting);

class Configuration {
 public:
  Configuration() = default;
  explicit Configuration(Settings settings) : settings_(std::move(settings)) {}

  bool is_set(std::string_view name) const { return settings_.contains(name); }

  // The value, or the default of the table; empty if there is neither. `name` must be in the table.
  std::string_view text(std::string_view name) const;
  bool flag(std::string_view name) const;
  int64_t number(std::string_view name) const;

  // The connector's name: `name`, else topic.prefix.
  std::string_view name() const;

  const Settings& settings() const { return settings_; }

  // Names and resolved values, secrets included: for the settings of other rooms only.
  std::map<std::string, std::string, std::less<>> values() const;

  // The plugin's option `config`: a JSON object of strings with every property that is set and goes to the plugin. The
  // salts of column.mask.hash.* are not in it: they are salts(), by their numbers (wire/mask_name.h).
  std::string plugin_config() const;

  // The value of the server's setting penstock.salts; empty if there are none. Secret.
  std::string salts() const;

 private:
  Settings settings_;
};

// What came of loading. Problems that are only warnings leave the configuration usable.
struct Loaded {
  Configuration configuration;
  std::vector<Problem> problems;
  std::vector<std::string> notes;  // one line for each property that is accepted without effect

  // False if a problem of another class than kWarn is among them.
  bool usable() const;
};

}  // namespace penstock
