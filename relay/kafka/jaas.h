// Reads sasl.jaas.config, the one line in which Java's clients hold a login module and its options.
//
// config := module flag (name "=" value)* ";"      value is quoted by " or ' or is a bare word
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

struct JaasEntry {
  std::string module;  // org.apache.kafka.common.security.plain.PlainLoginModule
  std::map<std::string, std::string, std::less<>> options;

  // The module's name without its package.
  std::string_view module_name() const;
  // The option, empty if it is not there.
  std::string option(std::string_view name) const;
};

// nullopt: the text is not of this form. Says no more, because what surrounds a mistake is likely a password.
std::optional<JaasEntry> parse_jaas(std::string_view text);

}  // namespace penstock
