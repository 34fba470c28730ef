// Kafka Connect's configuration providers: ${file:path:key}, ${env:NAME}, ${dir:path:file} inside values.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "relay/config/properties.h"
#include "relay/core/status.h"

namespace penstock {

class Providers {
 public:
  // file, env, dir and directory are always there.
  Providers();

  // Names that config.providers and config.providers.<name>.class give to the three classes of Kafka.
  Status add_declared(const NamedValues& settings, std::string_view where);

  // `value` with every reference replaced. What has no colon inside (${routedByValue}) is no reference.
  // `where` and `name` are for the problem, which never holds what was read.
  Result<std::string> resolve(std::string_view value, std::string_view where, std::string_view name) const;

 private:
  Problem no_such_provider(const std::string& place) const;

  using Provider = std::function<Result<std::string>(std::string_view path, std::string_view key)>;
  std::map<std::string, Provider, std::less<>> providers_;
};

}  // namespace penstock
