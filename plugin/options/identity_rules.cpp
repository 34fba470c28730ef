#include "plugin/options/identity_rules.h"

#include "plugin/options/option_values.h"
#include "plugin/text/encoding.h"

namespace penstock {

namespace {

constexpr char kForm[] = "It must be <table pattern>:DEFAULT, FULL, NOTHING or INDEX <index>, with commas between.";

// As the server reads a name: without quotes it is in lower case.
std::string_view identifier_of(std::string_view text) {
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    return palloc_copy({text.data() + 1, text.size() - 2});
  }
  return downcase_identifier(text.data(), length(text), false, false);
}

std::string_view identity_of(const Setting& setting, std::string_view text) {
  for (const char* plain : {"DEFAULT", "FULL", "NOTHING"}) {
    if (wire::equal_ignoring_case(text, plain)) return plain;
  }
  const std::string_view word = wire::take_part(text, ' ');
  const std::string_view index = text.data() == nullptr ? std::string_view() : wire::trim(text);
  if (!wire::equal_ignoring_case(word, "INDEX") || index.empty()) refuse_value(setting, kForm);
  return psprintf("USING INDEX %s", quote_identifier(identifier_of(index).data()));
}

}  // namespace

void add_identity_rules(Options& options, const Setting& setting) {
  std::string_view rest = setting.value;
  while (rest.data() != nullptr) {
    std::string_view identity = wire::trim(wire::take_part(rest, ','));
    if (identity.empty()) continue;
    const std::string_view pattern = wire::trim(wire::take_part(identity, ':'));
    if (pattern.empty() || identity.data() == nullptr) refuse_value(setting, kForm);
    IdentityRule rule;
    rule.table = Pattern::compile(pattern, setting.name, true);
    rule.identity = identity_of(setting, wire::trim(identity));
    options.identity_rules.add(rule);
  }
}

std::string_view wanted_identity(const Options& options, std::string_view name) {
  std::string_view found;
  for (const IdentityRule& rule : options.identity_rules) {
    if (!rule.table.matches(name)) continue;
    if (found.data() != nullptr) {
      ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
              errmsg("more than one pattern of replica.identity.autoset.values matches table \"%s\"", shown(name)));
    }
    found = rule.identity;
  }
  return found;
}

}  // namespace penstock
