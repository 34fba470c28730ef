#include "relay/config/configuration.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "relay/core/status.h"
#include "wire/mask_name.h"
#include "wire/options.h"

namespace penstock {

bool is_secret(std::string_view name) {
  const wire::Option* option = wire::find_option(name);
  if (option != nullptr && option->type == wire::OptionType::kSecret) return true;
  for (std::string_view end :
       {"password", "secret", "sasl.jaas.config", "basic.auth.user.info", ".key", "token", "credentials"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

std::string masked_name(std::string_view name) {
  wire::HashName parts;
  return wire::parse_hash_name(name, parts) ? std::string(parts.before_salt) + "********" : std::string(name);
}

std::string masked(std::string_view name, const Setting& setting) {
  if (!is_secret(name) || setting.raw.empty()) return setting.raw;
  const bool is_reference = setting.raw.starts_with("${") && setting.raw.find('}') == setting.raw.size() - 1;
  return is_reference ? setting.raw : "********";
}

std::string_view Configuration::text(std::string_view name) const {
  const auto found = settings_.find(name);
  if (found != settings_.end()) return found->second.value;
  const wire::Option* option = wire::find_option(name);
  CHECK(option != nullptr);
  return option->initial;
}

bool Configuration::flag(std::string_view name) const {
  return wire::parse_boolean(text(name)) == wire::Boolean::kTrue;
}

int64_t Configuration::number(std::string_view name) const {
  int64_t number = 0;
  CHECK(wire::parse_integer(text(name), number));
  return number;
}

std::string_view Configuration::name() const {
  return is_set("name") ? text("name") : text("topic.prefix");
}

std::map<std::string, std::string, std::less<>> Configuration::values() const {
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& [name, setting] : settings_) values.emplace(name, setting.value);
  return values;
}

std::string Configuration::plugin_config() const {
  nlohmann::json config = nlohmann::json::object();
  size_t salts = 0;
  for (const auto& [name, setting] : settings_) {
    const wire::Option* option = wire::find_option(name);
    if (option == nullptr || !wire::goes_to_plugin(*option)) continue;
    wire::HashName parts;
    if (wire::parse_hash_name(name, parts))
      config[std::string(parts.before_salt) + wire::kSaltReference + std::to_string(salts++)] = setting.value;
    else
      config[name] = setting.value;
  }
  // The limit of a record is one number, wherever it was written.
  if (is_set("producer.max.request.size") && !is_set("producer.override.max.request.size")) {
    config["producer.override.max.request.size"] = text("producer.max.request.size");
  }
  return config.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Configuration::salts() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string salts;
  for (const auto& [name, setting] : settings_) {
    wire::HashName parts;
    if (!wire::parse_hash_name(name, parts)) continue;
    if (!salts.empty()) salts += ',';
    for (const char c : parts.salt) {
      salts += kHex[static_cast<unsigned char>(c) >> 4];
      salts += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return salts;
}

bool Loaded::usable() const {
  return std::ranges::all_of(problems,
                             [](const Problem& problem) { return info(problem.code).klass == ProblemClass::kWarn; });
}

}  // namespace penstock
