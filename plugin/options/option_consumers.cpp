#include "plugin/options/option_consumers.h"

#include "plugin/options/capture_options.h"
#include "plugin/options/mask_options.h"
#include "plugin/options/option_values.h"
#include "plugin/options/topic_options.h"
#include "plugin/text/encoding.h"
#include "wire/options.h"

namespace penstock {

namespace {

struct Given {
  GivenOptions& all;
  Options& options;
  ValueOptions& values;
  const wire::Option& option;
  const Setting& setting;
  std::string_view value;  // trimmed; of a choice, as the table spells it
};

// What each choice of an option stands for.
template <typename T, size_t kSize>
struct Choices {
  struct Item {
    std::string_view name;
    T value;
  };
  std::string_view option;
  Item items[kSize];

  constexpr const Item* find(std::string_view name) const {
    for (const Item& item : items) {
      if (item.name == name) return &item;
    }
    return nullptr;
  }
  // Each value that the table accepts stands for something.
  constexpr bool is_complete() const {
    std::string_view rest = wire::find_option(option)->choices;
    while (rest.data() != nullptr) {
      std::string_view target = wire::take_part(rest, '|');
      const std::string_view name = wire::take_part(target, '=');
      const bool old = target.data() != nullptr;
      if (!old && find(name) == nullptr) return false;
    }
    return true;
  }
};

using Decimal = ValueOptions::Decimal;
using Time = ValueOptions::Time;
using Binary = ValueOptions::Binary;
using Interval = ValueOptions::Interval;
using Hstore = ValueOptions::Hstore;
using OnFailure = ValueOptions::OnFailure;
using Adjustment = NameAdjustment;

constexpr Choices<Decimal, 3> kDecimals = {
    "decimal.handling.mode",
    {{"precise", Decimal::kPrecise}, {"double", Decimal::kDouble}, {"string", Decimal::kString}}};
constexpr Choices<Time, 6> kTimes = {"time.precision.mode",
                                     {{"adaptive", Time::kAdaptive},
                                      {"adaptive_time_microseconds", Time::kAdaptiveTimeMicroseconds},
                                      {"connect", Time::kConnect},
                                      {"isostring", Time::kIsostring},
                                      {"microseconds", Time::kMicroseconds},
                                      {"nanoseconds", Time::kNanoseconds}}};
constexpr Choices<Binary, 4> kBinaries = {"binary.handling.mode",
                                          {{"bytes", Binary::kBytes},
                                           {"base64", Binary::kBase64},
                                           {"base64-url-safe", Binary::kBase64UrlSafe},
                                           {"hex", Binary::kHex}}};
constexpr Choices<Hstore, 2> kHstores = {"hstore.handling.mode", {{"json", Hstore::kJson}, {"map", Hstore::kMap}}};
constexpr Choices<Interval, 2> kIntervals = {"interval.handling.mode",
                                             {{"numeric", Interval::kNumeric}, {"string", Interval::kString}}};
constexpr Choices<bool, 2> kComposites = {"penstock.composite.handling.mode", {{"unknown", false}, {"struct", true}}};
constexpr Choices<bool, 2> kKeyNumbers = {"key.converter.decimal.format", {{"BASE64", false}, {"NUMERIC", true}}};
constexpr Choices<bool, 2> kValueNumbers = {"value.converter.decimal.format", {{"BASE64", false}, {"NUMERIC", true}}};
constexpr Choices<OnFailure, 3> kFailures = {
    "event.converting.failure.handling.mode",
    {{"warn", OnFailure::kWarn}, {"skip", OnFailure::kSkip}, {"fail", OnFailure::kFail}}};
constexpr Choices<Adjustment, 3> kSchemaNames = {
    "schema.name.adjustment.mode",
    {{"none", Adjustment::kNone}, {"avro", Adjustment::kAvro}, {"avro_unicode", Adjustment::kAvroUnicode}}};
constexpr Choices<Adjustment, 3> kFieldNames = {
    "field.name.adjustment.mode",
    {{"none", Adjustment::kNone}, {"avro", Adjustment::kAvro}, {"avro_unicode", Adjustment::kAvroUnicode}}};

template <const auto& kChoices>
auto chosen(const Given& given) {
  static_assert(kChoices.is_complete(), "a choice of the table stands for nothing");
  return kChoices.find(given.value)->value;
}

void take_topic_prefix(const Given& given) {
  for (char c : given.value) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!fine) refuse_value(given.setting, "It may have letters, digits, '-', '.' and '_'.");
  }
  given.options.topic_prefix = given.value;
}

void take_skipped(const Given& given) {
  Options& options = given.options;
  options.skip_is_explicit = true;
  options.skip_create = options.skip_update = options.skip_delete = options.skip_truncate = false;
  std::string_view rest = given.setting.value;
  while (rest.data() != nullptr) {
    const std::string_view part = wire::trim(wire::take_part(rest, ','));
    if (part.empty() || wire::equal_ignoring_case(part, "none")) continue;
    if (wire::equal_ignoring_case(part, "c")) {
      options.skip_create = true;
    } else if (wire::equal_ignoring_case(part, "u")) {
      options.skip_update = true;
    } else if (wire::equal_ignoring_case(part, "d")) {
      options.skip_delete = true;
    } else if (wire::equal_ignoring_case(part, "t")) {
      options.skip_truncate = true;
    } else {
      refuse_value(given.setting, "It must be a list of c, u, d and t, or none.");
    }
  }
}

// <table pattern>:<column>,<column>;<table pattern>:…
void take_key_rules(const Given& given) {
  std::string_view rest = given.setting.value;
  while (rest.data() != nullptr) {
    const std::string_view rule = wire::trim(wire::take_part(rest, ';'));
    if (rule.empty()) continue;
    size_t colon = rule.size();
    while (colon > 0 && rule[colon - 1] != ':') --colon;
    if (colon <= 1 || colon == rule.size()) {
      refuse_value(given.setting, "It must be <table pattern>:<column>,<column>;<table pattern>:....");
    }
    const std::string_view table(rule.data(), colon - 1);
    std::string_view columns(rule.data() + colon, rule.size() - colon);
    while (columns.data() != nullptr) {
      const std::string_view column = wire::trim(wire::take_part(columns, ','));
      if (column.empty()) continue;
      const char* pattern = psprintf("%.*s.%.*s", length(table), table.data(), length(column), column.data());
      given.options.keys.add(Pattern::compile(pattern, given.setting.name, true));
    }
  }
}

void take_capture(const Given& given) {
  if (take_capture_option(given.options, given.setting)) return;
  elog(ERROR, "property \"%.*s\" has no place in the plugin", length(given.setting.name), given.setting.name.data());
}

void take_mapper(const Given& given) {
  take_mask(given.options.masks, given.setting);
}

void take_topic(const Given& given) {
  given.all.topics.add(given.setting);
}

void take_transform(const Given& given) {
  const bool is_class = given.option.type == wire::OptionType::kChoice;
  given.all.transform_settings.add({given.setting.name, to_utf8(is_class ? given.value : given.setting.value)});
}

template <Filter Options::*kFilter, Patterns Filter::*kList>
void take_patterns(const Given& given) {
  add_patterns(given.options.*kFilter.*kList, given.setting.value, given.setting.name);
}

uint64 count_of(const Given& given) {
  return parse_count({given.setting.name, given.value});
}

template <bool Options::*kFlag>
void take_flag(const Given& given) {
  given.options.*kFlag = is_true(given.value);
}

struct Consumer {
  std::string_view name;  // as in the table
  void (*take)(const Given&);
};

// In the order of the table.
constexpr Consumer kConsumers[] = {
    {"topic.prefix", take_topic_prefix},
    {"publication.name", take_capture},
    {"publication.autocreate.mode", take_capture},
    {"penstock.publication.missing", take_capture},
    {"publish.via.partition.root", take_capture},
    {"replica.identity.autoset.values", take_capture},
    {"xmin.fetch.interval.ms", take_capture},
    {"skip.messages.without.change", take_capture},
    {"snapshot.include.collection.list", take_capture},
    {"schema.include.list", take_patterns<&Options::schemas, &Filter::include>},
    {"schema.exclude.list", take_patterns<&Options::schemas, &Filter::exclude>},
    {"table.include.list", take_patterns<&Options::tables, &Filter::include>},
    {"table.exclude.list", take_patterns<&Options::tables, &Filter::exclude>},
    {"column.include.list", take_patterns<&Options::columns, &Filter::include>},
    {"column.exclude.list", take_patterns<&Options::columns, &Filter::exclude>},
    {"message.prefix.include.list", take_patterns<&Options::message_prefixes, &Filter::include>},
    {"message.prefix.exclude.list", take_patterns<&Options::message_prefixes, &Filter::exclude>},
    {"table.ignore.builtin", take_flag<&Options::ignore_builtin>},
    {"message.key.columns", take_key_rules},
    {"skipped.operations", take_skipped},
    {"tombstones.on.delete", take_flag<&Options::tombstones>},
    {"decimal.handling.mode", [](const Given& g) { g.values.decimal = chosen<kDecimals>(g); }},
    {"time.precision.mode", [](const Given& g) { g.values.time = chosen<kTimes>(g); }},
    {"binary.handling.mode", [](const Given& g) { g.values.binary = chosen<kBinaries>(g); }},
    {"hstore.handling.mode", [](const Given& g) { g.values.hstore = chosen<kHstores>(g); }},
    {"interval.handling.mode", [](const Given& g) { g.values.interval = chosen<kIntervals>(g); }},
    {"penstock.composite.handling.mode", [](const Given& g) { g.values.composite_struct = chosen<kComposites>(g); }},
    {"event.converting.failure.handling.mode", [](const Given& g) { g.values.on_failure = chosen<kFailures>(g); }},
    {"money.fraction.digits", [](const Given& g) { g.values.money_digits = static_cast<int>(count_of(g)); }},
    {"include.unknown.datatypes", [](const Given& g) { g.values.include_unknown = is_true(g.value); }},
    {"unavailable.value.placeholder", [](const Given& g) { g.values.unavailable = parse_placeholder(g.setting); }},
    {"column.truncate.to.*.chars", take_mapper},
    {"column.mask.with.*.chars", take_mapper},
    {"column.mask.hash.*", take_mapper},
    {"column.propagate.source.type", take_mapper},
    {"datatype.propagate.source.type", take_mapper},
    {"schema.name.adjustment.mode", [](const Given& g) { g.options.schema_names = chosen<kSchemaNames>(g); }},
    {"field.name.adjustment.mode", [](const Given& g) { g.values.field_names = chosen<kFieldNames>(g); }},
    {"sanitize.field.names",
     [](const Given& g) {
       if (is_true(g.value)) g.values.field_names = Adjustment::kAvro;
     }},
    {"provide.transaction.metadata", take_flag<&Options::transactions>},
    {"extended.headers.enabled", take_flag<&Options::context_headers>},
    {"topic.naming.strategy", take_topic},
    {"topic.regex", take_topic},
    {"topic.replacement", take_topic},
    {"topic.key.enforce.uniqueness", take_topic},
    {"topic.key.field.name", take_topic},
    {"topic.key.field.regex", take_topic},
    {"topic.key.field.replacement", take_topic},
    {"topic.creation.groups", take_topic},
    {"topic.creation.*.include", take_topic},
    {"topic.creation.*.exclude", take_topic},
    {"topic.delimiter", [](const Given& g) { g.options.topic_delimiter = to_utf8(g.value); }},
    {"topic.heartbeat.prefix", [](const Given& g) { g.options.heartbeat_prefix = to_utf8(g.value); }},
    {"topic.heartbeat.name", [](const Given& g) { g.options.heartbeat_name = to_utf8(g.value); }},
    {"topic.transaction", [](const Given& g) { g.options.transaction_name = to_utf8(g.value); }},
    {"heartbeat.interval.ms", [](const Given& g) { g.options.heartbeats = count_of(g) > 0; }},
    {"key.converter.schemas.enable", take_flag<&Options::key_schemas>},
    {"value.converter.schemas.enable", take_flag<&Options::value_schemas>},
    {"key.converter.decimal.format",
     [](const Given& g) { g.options.key_values.decimal_as_number = chosen<kKeyNumbers>(g); }},
    {"value.converter.decimal.format", [](const Given& g) { g.values.decimal_as_number = chosen<kValueNumbers>(g); }},
    {"key.converter.replace.null.with.default",
     [](const Given& g) { g.options.key_values.null_as_default = is_true(g.value); }},
    {"value.converter.replace.null.with.default", [](const Given& g) { g.values.null_as_default = is_true(g.value); }},
    {"transforms", [](const Given& g) { g.all.transforms = palloc_copy(g.value); }},
    {"predicates", [](const Given& g) { g.all.predicates = palloc_copy(g.value); }},
    {"transforms.*.table.field.event.type", take_transform},
    {"transforms.*.type", take_transform},
    {"transforms.*", take_transform},
    {"predicates.*.type", take_transform},
    {"predicates.*", take_transform},
    {"producer.override.max.request.size", [](const Given& g) { g.options.record_bytes_max = count_of(g); }},
    {"penstock.position.headers", take_flag<&Options::position_headers>},
    {"penstock.unavailable.header", take_flag<&Options::unavailable_header>},
    {"penstock.source.version", [](const Given& g) { g.options.source_version = to_utf8(g.value); }},
};

constexpr const Consumer* consumer_of(const wire::Option& option) {
  for (const Consumer& consumer : kConsumers) {
    if (consumer.name == option.name) return &consumer;
  }
  return nullptr;
}

constexpr bool all_are_taken() {
  for (const wire::Option& option : wire::kOptions) {
    if (wire::goes_to_plugin(option) && consumer_of(option) == nullptr) return false;
  }
  return true;
}
static_assert(all_are_taken(), "a property goes to the plugin, and nobody takes it");

constexpr bool all_are_in_the_table() {
  for (const Consumer& consumer : kConsumers) {
    bool found = false;
    for (const wire::Option& option : wire::kOptions) {
      found = found || (option.name == consumer.name && wire::goes_to_plugin(option));
    }
    if (!found) return false;
  }
  return true;
}
static_assert(all_are_in_the_table(), "somebody waits for a property that does not come");

}  // namespace

void take_property(GivenOptions& given, const wire::Option& option, const Setting& setting) {
  const bool is_choice = option.type == wire::OptionType::kChoice;
  const std::string_view value =
      is_choice ? wire::find_choice(option.choices, setting.value).value : wire::trim(setting.value);
  consumer_of(option)->take({given, given.options, given.options.values, option, setting, value});
}

}  // namespace penstock
