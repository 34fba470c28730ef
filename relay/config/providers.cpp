#include "relay/config/providers.h"

#include <cstdlib>

#include "wire/options.h"

namespace penstock {

namespace {

Problem unresolved(std::string what) {
  return Problem{Code::kConfigProvider, std::move(what), "check the reference and what it points to"};
}

// FileConfigProvider: a key of a .properties file.
Result<std::string> from_file(std::string_view path, std::string_view key) {
  const Result<std::string> text = read_file(std::string(path));
  if (!text.is_ok()) return unresolved("cannot read " + std::string(path));
  for (const auto& [name, value] : parse_properties(text.value())) {
    if (name == key) return value;
  }
  return unresolved(std::string(path) + " has no key " + std::string(key));
}

// EnvVarConfigProvider.
Result<std::string> from_environment(std::string_view, std::string_view key) {
  const char* value = std::getenv(std::string(key).c_str());
  if (value == nullptr) return unresolved("the environment has no " + std::string(key));
  return std::string(value);
}

// DirectoryConfigProvider: a file of a directory, whole, less the line end that editors add.
Result<std::string> from_directory(std::string_view path, std::string_view key) {
  Result<std::string> text = read_file(std::string(path) + "/" + std::string(key));
  if (!text.is_ok()) return unresolved("cannot read " + std::string(path) + "/" + std::string(key));
  while (text.value().ends_with('\n') || text.value().ends_with('\r')) text.value().pop_back();
  return text;
}

}  // namespace

Providers::Providers()
    : providers_{
          {"file", from_file}, {"env", from_environment}, {"dir", from_directory}, {"directory", from_directory}} {}

Status Providers::add_declared(const NamedValues& settings, std::string_view where) {
  constexpr std::string_view kPrefix = "config.providers.";
  for (const auto& [name, value] : settings) {
    if (!name.starts_with(kPrefix) || !name.ends_with(".class")) continue;
    const std::string provider =
        name.substr(kPrefix.size(), name.size() - kPrefix.size() - std::string_view(".class").size());
    if (value.ends_with("FileConfigProvider")) {
      providers_[provider] = from_file;
    } else if (value.ends_with("EnvVarConfigProvider")) {
      providers_[provider] = from_environment;
    } else if (value.ends_with("DirectoryConfigProvider")) {
      providers_[provider] = from_directory;
    } else {
      return Problem{Code::kConfigProvider,
                     std::string(where) + ": " + name + ": provider class " + value + " cannot be loaded",
                     "use Kafka's FileConfigProvider, EnvVarConfigProvider or DirectoryConfigProvider"};
    }
  }
  return Status::ok();
}

Problem Providers::no_such_provider(const std::string& place) const {
  std::string names;
  for (const auto& [name, read] : providers_) names += (names.empty() ? "" : ", ") + name;
  return {Code::kConfigProvider, place + "no such provider; there are: " + names,
          "have the secret put into a file or the environment by what runs the relay, and name that: "
          "${file:/run/secrets/shop.properties:password}, ${dir:/run/secrets:password}, ${env:PASSWORD}"};
}

Result<std::string> Providers::resolve(std::string_view value, std::string_view where, std::string_view name) const {
  std::string resolved;
  while (true) {
    const size_t begin = value.find("${");
    const size_t end = begin == std::string_view::npos ? begin : value.find('}', begin);
    if (end == std::string_view::npos) {
      resolved.append(value);
      return resolved;
    }
    std::string_view reference = value.substr(begin + 2, end - begin - 2);
    resolved.append(value.substr(0, begin));
    value.remove_prefix(end + 1);
    const size_t colon = reference.find(':');
    if (colon == std::string_view::npos) {
      resolved.append("${").append(reference).append("}");
      continue;
    }
    const auto provider = providers_.find(reference.substr(0, colon));
    const std::string_view rest = reference.substr(colon + 1);
    const std::string place = std::string(where) + ": " + std::string(name) + ": ${" + std::string(reference) + "}: ";
    if (provider == providers_.end()) return no_such_provider(place);
    const size_t split = rest.rfind(':');
    const std::string_view path = split == std::string_view::npos ? std::string_view() : rest.substr(0, split);
    const std::string_view key = split == std::string_view::npos ? rest : rest.substr(split + 1);
    const Result<std::string> found = provider->second(path, key);
    if (!found.is_ok()) return unresolved(place + found.problem().what);
    resolved.append(found.value());
  }
}

}  // namespace penstock
