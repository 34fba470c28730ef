#include "plugin/options/topic_options.h"

#include "plugin/options/option_values.h"
#include "plugin/text/encoding.h"
#include "wire/options.h"

namespace penstock {

namespace {

constexpr std::string_view kCreation = "topic.creation.";

class TopicOptions {
 public:
  TopicOptions(Options& options, std::span<const Setting> settings) : options_(options), settings_(settings) {}

  void compile() {
    take_strategy();
    std::string_view groups = find("topic.creation.groups");
    while (groups.data() != nullptr) {
      const std::string_view name = wire::trim(wire::take_part(groups, ','));
      if (!name.empty() && name != "default") add_group(name);  // as Connect, which has a default group in any case
    }
  }

 private:
  std::string_view find(std::string_view name) const {
    for (const Setting& setting : settings_) {
      if (setting.name == name) return setting.value;
    }
    return {};
  }

  std::string_view need(const char* name) const {
    const std::string_view value = find(name);
    if (value.data() != nullptr) return value;
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("option \"%s\" is missing", name),
            errdetail("topic.naming.strategy, or topic.key.field.regex, needs it."));
    pg_unreachable();
  }

  void take_strategy() {
    const std::string_view name = find("topic.naming.strategy");
    if (name.data() == nullptr) return;
    const wire::Option& option = *wire::find_option("topic.naming.strategy");
    std::string_view strategy = wire::find_choice(option.choices, name).value;
    strategy.remove_prefix(std::string_view("io.debezium.schema.").size());
    options_.topic_has_schema = strategy.starts_with("Schema");
    options_.topic_in_unicode = strategy.find("Unicode") != std::string_view::npos;
    if (strategy.find("Regex") == std::string_view::npos) return;
    const std::string_view unique = find("topic.key.enforce.uniqueness");
    options_.key_has_table = unique.data() == nullptr || is_true(unique);
    const std::string_view field = find("topic.key.field.name");
    if (field.data() != nullptr) options_.key_field = to_utf8(wire::trim(field));
    const std::string_view regex = find("topic.key.field.regex");
    options_.key_has_regex = regex.data() != nullptr;
    if (options_.key_has_regex) {
      options_.key_regex = Replacement::compile(regex, "topic.key.field.regex", need("topic.key.field.replacement"),
                                                "topic.key.field.replacement");
    }
    options_.topic_regex =
        Replacement::compile(need("topic.regex"), "topic.regex", need("topic.replacement"), "topic.replacement");
    options_.topic_has_regex = true;
  }

  void add_group(std::string_view name) {
    TopicGroup group;
    group.name = palloc_copy(name);
    const char* include = psprintf("%s%.*s.include", kCreation.data(), length(name), name.data());
    const char* exclude = psprintf("%s%.*s.exclude", kCreation.data(), length(name), name.data());
    add_patterns(group.include, find(include), include, false);
    add_patterns(group.exclude, find(exclude), exclude, false);
    options_.topic_groups.add(std::move(group));
  }

  Options& options_;
  std::span<const Setting> settings_;
};

}  // namespace

bool is_topic_option(std::string_view name) {
  return name == "topic.naming.strategy" || name == "topic.regex" || name == "topic.replacement" ||
         name.starts_with("topic.key.") || name.starts_with(kCreation);
}

void compile_topic_options(Options& options, std::span<const Setting> settings) {
  TopicOptions(options, settings).compile();
}

}  // namespace penstock
