#include "relay/config/validate.h"

#include "relay/config/validate_capture.h"

#include <algorithm>
#include <array>
#include <set>

#include "wire/options.h"

namespace penstock {

namespace {

using wire::Destination;
using wire::Option;
using wire::OptionType;
using wire::ValueFault;

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string shown_value(std::string_view name, const Setting& setting) {
  return quoted(masked(name, setting));
}

std::string place(const Setting& setting, std::string_view name) {
  return setting.origin + ": " + std::string(name);
}

// "a|b|old=a" as "a, b": the values that a person should write.
std::string accepted(std::string_view choices) {
  std::string text;
  while (choices.data() != nullptr && !choices.empty()) {
    const std::string_view choice = wire::take_part(choices, '|');
    if (choice.find('=') != std::string_view::npos) continue;
    if (!text.empty()) text += ", ";
    text += choice;
  }
  return text;
}

std::set<std::string, std::less<>> split_list(std::string_view list) {
  std::set<std::string, std::less<>> parts;
  while (list.data() != nullptr && !list.empty()) {
    const std::string_view part = wire::trim(wire::take_part(list, ','));
    if (!part.empty()) parts.emplace(part);
  }
  return parts;
}

Problem fault_problem(const std::string& name, const Setting& setting, const Option& option, ValueFault fault) {
  const std::string where = place(setting, name) + ": ";
  switch (fault) {
    case ValueFault::kNotInteger:
      return {Code::kConfigValue, where + shown_value(name, setting) + " is not a whole number",
              "set " + name + " to a number"};
    case ValueFault::kOutOfBounds:
      return {Code::kConfigValue, where + shown_value(name, setting) + " is out of bounds",
              "set " + name + " to " + std::to_string(option.min) + " … " + std::to_string(option.max)};
    case ValueFault::kNotBoolean:
      return {Code::kConfigValue, where + shown_value(name, setting) + " is not true or false",
              "set " + name + " to true or false"};
    case ValueFault::kNotChoice:
      return {Code::kConfigValue, where + shown_value(name, setting) + " is not a known value",
              "set " + name + " to one of: " + accepted(option.choices)};
    case ValueFault::kLater:
      return {Code::kConfigRefused, where + shown_value(name, setting) + " is not supported yet",
              "set " + name + " to one of: " + accepted(option.choices)};
    case ValueFault::kRefused:
    case ValueFault::kNone:
      break;
  }
  return {Code::kConfigRefused, where + "is not supported: without it records or guarantees would differ",
          std::string(option.help)};
}

bool changes_records(std::string_view name) {
  constexpr std::array<std::string_view, 4> kFamilies = {"transforms.", "converters", "column.", "predicates."};
  return std::ranges::any_of(kFamilies, [&](std::string_view family) { return name.starts_with(family); });
}

// Settings of a transform that is not in the list, or of one that is refused already, say nothing of their own.
bool is_idle_transform(const Settings& settings, std::string_view name) {
  constexpr std::string_view kPrefix = "transforms.";
  if (!name.starts_with(kPrefix)) return false;
  const std::string_view alias = name.substr(kPrefix.size(), name.find('.', kPrefix.size()) - kPrefix.size());
  const auto list = settings.find("transforms");
  return list == settings.end() || !split_list(list->second.value).contains(alias);
}

bool is_refused_transform(const Settings& settings, std::string_view name) {
  if (!name.starts_with("transforms.") || name.ends_with(".type")) return false;
  const std::string type =
      std::string(name.substr(0, name.find('.', std::string_view("transforms.").size()))) + ".type";
  const auto found = settings.find(type);
  return found != settings.end() &&
         wire::check_value(*wire::find_option(type), found->second.value) != ValueFault::kNone;
}

class Validation {
 public:
  explicit Validation(Settings settings) : settings_(std::move(settings)) {}

  Loaded run() {
    // An empty value means not set, but for transforms, which can be told to add nothing: a prefix of fields.
    std::erase_if(settings_, [](const auto& entry) {
      return wire::trim(entry.second.value).empty() && !entry.first.starts_with("transforms.");
    });
    rename();
    for (auto& [name, setting] : settings_) check(name, setting);
    check_converter("key.converter");
    check_converter("value.converter");
    check_transforms();
    check_together();
    const std::vector<Problem> capture = capture_problems(kept_);
    loaded_.problems.insert(loaded_.problems.end(), capture.begin(), capture.end());
    loaded_.configuration = Configuration(std::move(kept_));
    return std::move(loaded_);
  }

 private:
  void problem(Code code, std::string what, std::string mend) {
    loaded_.problems.push_back({code, std::move(what), std::move(mend)});
  }

  void rename() {
    Settings renamed;
    for (auto at = settings_.begin(); at != settings_.end();) {
      const Option* option = wire::find_option(at->first);
      if (option == nullptr || option->destination != Destination::kRenamed) {
        ++at;
        continue;
      }
      const std::string new_name(option->choices);
      const bool both = settings_.contains(new_name);
      problem(
          Code::kConfigRenamed,
          place(at->second, at->first) + ": is now " + new_name + (both ? ", which is set too and goes before it" : ""),
          "write " + new_name + " instead of " + at->first);
      if (!both) renamed.emplace(new_name, std::move(at->second));
      at = settings_.erase(at);
    }
    settings_.merge(renamed);
  }

  void check(const std::string& name, Setting& setting) {
    const Option* option = wire::find_option(name);
    if (is_idle_transform(settings_, name)) {
      loaded_.notes.push_back(place(setting, name) + ": no effect: it is not in transforms");
      return;
    }
    if (is_refused_transform(settings_, name)) return;
    if (option == nullptr) return check_unknown(name, setting);
    // Everything under database. would be accepted as the Java driver's: a slip in a name must not vanish in there.
    if (option->is_wildcard() && name.starts_with("database.") && !nearest_name(name).empty())
      return check_unknown(name, setting);
    const ValueFault fault = wire::check_value(*option, setting.value);
    if (fault != ValueFault::kNone) {
      loaded_.problems.push_back(fault_problem(name, setting, *option, fault));
      return;
    }
    if (option->destination == Destination::kHarmless) {
      loaded_.notes.push_back(place(setting, name) + ": no effect: " + std::string(option->help));
      return;
    }
    if (option->destination == Destination::kRefused) return;  // its default, said aloud
    if (option->type == OptionType::kChoice) {
      const wire::Choice choice = wire::find_choice(option->choices, setting.value);
      if (choice.old && name.find("converter") == std::string::npos && name != "connector.class") {
        problem(Code::kConfigRenamed,
                place(setting, name) + ": " + quoted(setting.value) + " is now " + quoted(choice.value),
                "write " + std::string(choice.value));
      }
      setting.value = choice.value;
    } else if (option->type != OptionType::kString && option->type != OptionType::kSecret) {
      setting.value = wire::trim(setting.value);
    }
    kept_.emplace(name, setting);
  }

  void check_unknown(const std::string& name, const Setting& setting) {
    const std::string near = nearest_name(name);
    const bool refused = changes_records(name);
    problem(refused ? Code::kConfigUnknown : Code::kConfigUnknownHarmless, place(setting, name) + ": unknown property",
            near.empty() ? "remove it, or check its name: penstock config-docs lists all"
                         : "did you mean " + near + "? Else remove it");
  }

  // A converter that is named without schemas.enable writes schemas, as in Kafka Connect; a file that names none at all
  // is a person's own, who is told what is written.
  void check_converter(const std::string& converter) {
    const std::string enable = converter + ".schemas.enable";
    const auto flag = kept_.find(enable);
    const auto named = settings_.find(converter);
    if (flag != kept_.end()) return;
    if (named != settings_.end()) {
      kept_.emplace(enable, Setting{"true", "true", named->second.origin});
    } else {
      loaded_.notes.push_back(
          "no " + converter +
          " is set: JSON WITHOUT SCHEMAS is written; Kafka Connect's own default has schemas. Set " + converter +
          " and " + enable + "=false to say so yourself");
    }
  }

  void check_transforms() {
    const auto list = kept_.find("transforms");
    if (list == kept_.end()) return;
    for (const std::string& alias : split_list(list->second.value)) {
      const std::string prefix = "transforms." + alias;
      if (!settings_.contains(prefix + ".type")) {
        problem(Code::kConfigMissing,
                place(list->second, prefix + ".type") + ": is not set, but " + alias + " is in transforms",
                "set " + prefix + ".type, or take " + alias + " out of transforms");
        continue;
      }
      if (!kept_.contains(prefix + ".type")) continue;
      if (!kept_.at(prefix + ".type").value.ends_with(".RegexRouter")) continue;
      for (const char* needed : {".regex", ".replacement"}) {
        if (settings_.contains(prefix + needed)) continue;
        problem(Code::kConfigMissing, place(list->second, prefix + needed) + ": is not set", "set " + prefix + needed);
      }
    }
  }

  void check_together() {
    for (const char* required :
         {"topic.prefix", "database.hostname", "database.user", "database.dbname", "bootstrap.servers"}) {
      if (settings_.contains(required)) continue;
      const bool worker = std::string_view(required) == "bootstrap.servers";
      problem(Code::kConfigMissing, std::string(required) + " is not set",
              worker ? "set bootstrap.servers in worker.properties, or --set bootstrap.servers=<host>:9092"
                     : "add \"" + std::string(required) + "\" to the connector's file");
    }
    for (const char* kind : {"schema", "table", "column", "message.prefix"}) {
      const std::string include = std::string(kind) + ".include.list", exclude = std::string(kind) + ".exclude.list";
      if (!kept_.contains(include) || !kept_.contains(exclude)) continue;
      problem(Code::kConfigValue, place(kept_.at(exclude), exclude) + ": not together with " + include,
              "remove one of the two");
    }
    const auto outside = [](std::string_view text, std::string_view extra, bool upper) {
      return std::ranges::any_of(text, [&](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (upper && c >= 'A' && c <= 'Z');
        return !letter && !(c >= '0' && c <= '9') && extra.find(c) == std::string_view::npos;
      });
    };
    if (const auto prefix = kept_.find("topic.prefix");
        prefix != kept_.end() && outside(prefix->second.value, "-._", true)) {
      problem(Code::kConfigValue,
              place(prefix->second, "topic.prefix") + ": " + quoted(prefix->second.value) + " has other characters",
              "use only letters, digits, '-', '.' and '_'");
    }
    if (const auto slot = kept_.find("slot.name");
        slot != kept_.end() && (slot->second.value.size() > 63 || outside(slot->second.value, "_", false))) {
      problem(Code::kConfigValue,
              place(slot->second, "slot.name") + ": " + quoted(slot->second.value) + " is no name of a slot",
              "use up to 63 lower-case letters, digits and '_'");
    }
    for (const std::string& operation :
         split_list(kept_.contains("skipped.operations") ? kept_.at("skipped.operations").value : "")) {
      if (operation.size() == 1 && std::string_view("cudtr").find(operation) != std::string_view::npos) continue;
      if (operation == "none") continue;
      problem(
          Code::kConfigValue,
          place(kept_.at("skipped.operations"), "skipped.operations") + ": " + quoted(operation) + " is no operation",
          "use c, u, d, t, or none");
    }
  }

  Settings settings_;
  Settings kept_;
  Loaded loaded_;
};

// Levenshtein distance, bounded by the lengths of names.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name) {
  std::string_view nearest;
  size_t best = 1 + std::min<size_t>(3, name.size() / 5);  // a slip or two, not another word
  for (const Option& option : wire::kOptions) {
    if (option.is_wildcard() || option.destination == Destination::kRenamed) continue;
    const size_t d = distance(name, option.name);
    if (d < best) {
      best = d;
      nearest = option.name;
    }
  }
  return std::string(nearest);
}

Loaded validate(Settings settings) {
  return Validation(std::move(settings)).run();
}

}  // namespace penstock
