#include "plugin/options.h"

#include "plugin/capture_options.h"
#include "plugin/encoding.h"
#include "plugin/mask_options.h"
#include "plugin/option_values.h"
#include "plugin/topic_options.h"
#include "wire/options.h"

namespace penstock {

namespace {

constexpr std::string_view kOwnOptions[] = {
    "config",
    "format",
    "wire",
    "stable",
    "cork",
    "start.end",
    "start.commit_lsn",
    "start.ordinal",
    "start.sequence",
    "start.run_id",
    "start.snapshot.lsn",
    "start.snapshot.first",
    "start.snapshot.range",
    "start.snapshot.xid",
};

// The names that change something here, for hints.
const char* known_options() {
  StringInfoData names;
  initStringInfo(&names);
  for (std::string_view name : kOwnOptions) {
    appendStringInfo(&names, "%s%.*s", names.len == 0 ? "" : ", ", length(name), name.data());
  }
  for (const wire::Option& option : wire::kOptions) {
    if (!wire::goes_to_plugin(option)) continue;
    appendStringInfo(&names, ", %.*s", length(option.name), option.name.data());
  }
  return names.data;
}

class Parser {
 public:
  explicit Parser(Options& options) : options_(options) {}

  void take(const Setting& setting) {
    if (setting.name == "config") return take_config(setting);
    // An empty string means not set, but for transforms, which can be told to add nothing.
    if (wire::trim(setting.value).empty() && !wire::name_matches("transforms.*", setting.name)) return;
    if (take_own(setting)) return;
    const wire::Option* option = wire::find_option(setting.name);
    if (option == nullptr) refuse_name(setting.name);
    if (option->destination == wire::Destination::kRenamed) {
      return take({option->choices, setting.value});
    }
    const bool for_us = wire::goes_to_plugin(*option) || option->destination == wire::Destination::kRefused;
    if (!for_us) return;  // a property of the relay's: a connector's file can be pasted as it is
    check_setting(*option, setting);
    if (option->destination == wire::Destination::kRefused) return;  // its default
    take_property(setting, *option);
  }

  void finish() {
    both("table.include.list", options_.tables);
    both("schema.include.list", options_.schemas);
    both("column.include.list", options_.columns);
    both("message.prefix.include.list", options_.message_prefixes);
    compile_topic_options(options_, {topic_settings_.begin(), topic_settings_.size()});
    order_masks(options_.masks);
    finish_key_values();
    const std::span<const Setting> settings(transform_settings_.begin(), transform_settings_.size());
    options_.chain = Chain::compile(transforms_, predicates_, settings, options_.value_schemas);
    if (options_.stable && options_.format != Options::Format::kJson) {
      refuse_value({"stable", "true"}, "It goes with format json only.");
    }
  }

 private:
  // Keys differ from values in what their converter decides.
  void finish_key_values() {
    ValueOptions keys = options_.values;
    keys.decimal_as_number = options_.key_values.decimal_as_number;
    keys.null_as_default = options_.key_values.null_as_default;
    options_.key_values = keys;
  }

  [[noreturn]] static void refuse_name(std::string_view name) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("unrecognized option \"%.*s\"", length(name), name.data()),
            errhint("Known options are: %s.", known_options()));
    pg_unreachable();
  }

  static void both(const char* name, const Filter& filter) {
    if (filter.include.empty() || filter.exclude.empty()) return;
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("option \"%s\" cannot go together with the exclude list of its kind", name),
            errhint("Set one of the two."));
  }

  // A JSON object of strings, numbers and booleans. The server's own parser reads it; no catalog is touched.
  void take_config(const Setting& setting) {
    const std::string_view text = palloc_copy(setting.value);
    Jsonb* json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data())));
    if (!JB_ROOT_IS_OBJECT(json)) refuse_value({"config", "..."}, "It must be a JSON object.");
    JsonbIterator* iterator = JsonbIteratorInit(&json->root);
    JsonbValue item;
    JsonbIteratorToken token;
    std::string_view name;
    while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE) {
      if (token == WJB_KEY) {
        name = {item.val.string.val, static_cast<size_t>(item.val.string.len)};
      } else if (token == WJB_VALUE) {
        if (name == "config") refuse_name(name);
        take({name, text_of(name, item)});
      }
    }
  }

  static std::string_view text_of(std::string_view name, const JsonbValue& item) {
    if (item.type == jbvString) return palloc_copy({item.val.string.val, static_cast<size_t>(item.val.string.len)});
    if (item.type == jbvBool) return item.val.boolean ? "true" : "false";
    if (item.type == jbvNumeric) {
      return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(item.val.numeric)));
    }
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("invalid value for \"%.*s\" in option \"config\"", length(name), name.data()),
            errhint("It must be a JSON string, number or boolean."));
    pg_unreachable();
  }

  bool take_own(const Setting& setting) {
    const std::string_view name = setting.name;
    const std::string_view value = wire::trim(setting.value);
    if (name == "format") {
      if (value != "json" && value != "frames") refuse_value(setting, "It must be json or frames.");
      options_.format = value == "frames" ? Options::Format::kFrames : Options::Format::kJson;
    } else if (name == "wire") {
      check_wire(setting);
    } else if (name == "stable") {
      if (wire::parse_boolean(value) == wire::Boolean::kNeither) refuse_value(setting, "It must be true or false.");
      options_.stable = is_true(value);
    } else if (name == "cork") {
      if (wire::parse_boolean(value) == wire::Boolean::kNeither) refuse_value(setting, "It must be true or false.");
      options_.cork = is_true(value);
    } else if (name == "start.end") {
      options_.start.end = parse_lsn(setting);
    } else if (name == "start.commit_lsn") {
      options_.start.commit_lsn = parse_lsn(setting);
    } else if (name == "start.ordinal") {
      options_.start.ordinal = parse_count(setting);
    } else if (name == "start.sequence") {
      options_.start_sequence = parse_lsn(setting);
    } else if (name == "start.run_id") {
      options_.run_id = to_utf8(value);
    } else if (name == "start.snapshot.lsn") {
      options_.snapshot_lsn = parse_lsn(setting);
    } else if (name == "start.snapshot.range") {
      options_.snapshot_range = parse_count(setting);
    } else if (name == "start.snapshot.xid") {
      options_.snapshot_xid = parse_count(setting);
    } else if (name == "start.snapshot.first") {
      take_snapshot_first(setting);
    } else {
      return false;
    }
    return true;
  }

  void take_snapshot_first(const Setting& setting) {
    using First = Options::SnapshotFirst;
    if (setting.value == "all") {
      options_.snapshot_first = First::kAll;
    } else if (setting.value == "table") {
      options_.snapshot_first = First::kTable;
    } else if (setting.value == "none") {
      options_.snapshot_first = First::kNone;
    } else {
      refuse_value(setting, "It must be all, table or none.");
    }
  }

  void take_property(const Setting& setting, const wire::Option& option) {
    if (wire::name_matches("transforms.*", setting.name) || wire::name_matches("predicates.*", setting.name)) {
      const bool is_type = option.type == wire::OptionType::kChoice;
      const std::string_view value = is_type ? wire::find_choice(option.choices, setting.value).value : setting.value;
      transform_settings_.add({setting.name, to_utf8(value)});
      return;
    }
    if (setting.name.starts_with("column.mask.") || setting.name.starts_with("column.truncate.") ||
        setting.name.ends_with("propagate.source.type")) {
      return take_mask(options_.masks, setting);
    }
    if (take_capture_option(options_, setting)) return;
    if (is_topic_option(setting.name)) return topic_settings_.add(setting);
    if (option.type == wire::OptionType::kPatterns) return take_patterns(setting);
    if (option.type == wire::OptionType::kBoolean) return take_flag(setting);
    if (option.type == wire::OptionType::kChoice) return take_choice(setting, option);
    const std::string_view name = setting.name;
    const std::string_view value = wire::trim(setting.value);
    if (name == "topic.prefix") {
      check_topic_prefix(setting, value);
      options_.topic_prefix = value;
    } else if (name == "topic.delimiter") {
      options_.topic_delimiter = to_utf8(value);
    } else if (name == "topic.heartbeat.prefix") {
      options_.heartbeat_prefix = to_utf8(value);
    } else if (name == "topic.heartbeat.name") {
      options_.heartbeat_name = to_utf8(value);
    } else if (name == "topic.transaction") {
      options_.transaction_name = to_utf8(value);
    } else if (name == "message.key.columns") {
      take_key_rules(setting);
    } else if (name == "money.fraction.digits") {
      options_.values.money_digits = static_cast<int>(parse_count({name, value}));
    } else if (name == "skipped.operations") {
      take_skipped(setting);
    } else if (name == "unavailable.value.placeholder") {
      options_.values.unavailable = parse_placeholder(setting);
    } else if (name == "penstock.source.version") {
      options_.source_version = to_utf8(value);
    } else if (name == "heartbeat.interval.ms") {
      options_.heartbeats = parse_count({name, value}) > 0;
    } else if (name == "producer.override.max.request.size") {
      options_.record_bytes_max = parse_count({name, value});
    } else if (name == "transforms") {
      transforms_ = palloc_copy(value);
    } else if (name == "predicates") {
      predicates_ = palloc_copy(value);
    } else {
      elog(ERROR, "property \"%.*s\" has no place in the plugin", length(name), name.data());
    }
  }

  static void check_topic_prefix(const Setting& setting, std::string_view value) {
    for (char c : value) {
      const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                        c == '.' || c == '_';
      if (!fine) refuse_value(setting, "It may have letters, digits, '-', '.' and '_'.");
    }
  }

  void take_patterns(const Setting& setting) {
    const std::string_view name = setting.name;
    Filter* filter = name.starts_with("schema.")   ? &options_.schemas
                     : name.starts_with("table.")  ? &options_.tables
                     : name.starts_with("column.") ? &options_.columns
                                                   : &options_.message_prefixes;
    add_patterns(name.ends_with(".exclude.list") ? filter->exclude : filter->include, setting.value, name);
  }

  void take_flag(const Setting& setting) {
    const bool value = is_true(setting.value);
    const std::string_view name = setting.name;
    if (name == "table.ignore.builtin") {
      options_.ignore_builtin = value;
    } else if (name == "tombstones.on.delete") {
      options_.tombstones = value;
    } else if (name == "provide.transaction.metadata") {
      options_.transactions = value;
    } else if (name == "extended.headers.enabled") {
      options_.context_headers = value;
    } else if (name == "include.unknown.datatypes") {
      options_.values.include_unknown = value;
    } else if (name == "key.converter.schemas.enable") {
      options_.key_schemas = value;
    } else if (name == "value.converter.schemas.enable") {
      options_.value_schemas = value;
    } else if (name == "sanitize.field.names") {
      if (value) options_.values.field_names = NameAdjustment::kAvro;
    } else if (name == "penstock.position.headers") {
      options_.position_headers = value;
    } else if (name == "penstock.unavailable.header") {
      options_.unavailable_header = value;
    } else if (name == "value.converter.replace.null.with.default") {
      options_.values.null_as_default = value;
    } else if (name == "key.converter.replace.null.with.default") {
      options_.key_values.null_as_default = value;
    } else {
      elog(ERROR, "property \"%.*s\" has no place in the plugin", length(name), name.data());
    }
  }

  static NameAdjustment adjustment_of(std::string_view value) {
    return value == "avro"           ? NameAdjustment::kAvro
           : value == "avro_unicode" ? NameAdjustment::kAvroUnicode
                                     : NameAdjustment::kNone;
  }

  void take_choice(const Setting& setting, const wire::Option& option) {
    const std::string_view value = wire::find_choice(option.choices, setting.value).value;
    const std::string_view name = setting.name;
    ValueOptions& values = options_.values;
    if (name == "decimal.handling.mode") {
      values.decimal = value == "precise"  ? ValueOptions::Decimal::kPrecise
                       : value == "double" ? ValueOptions::Decimal::kDouble
                                           : ValueOptions::Decimal::kString;
    } else if (name == "time.precision.mode") {
      values.time = value == "adaptive"                     ? ValueOptions::Time::kAdaptive
                    : value == "adaptive_time_microseconds" ? ValueOptions::Time::kAdaptiveTimeMicroseconds
                    : value == "connect"                    ? ValueOptions::Time::kConnect
                    : value == "isostring"                  ? ValueOptions::Time::kIsostring
                    : value == "microseconds"               ? ValueOptions::Time::kMicroseconds
                                                            : ValueOptions::Time::kNanoseconds;
    } else if (name == "binary.handling.mode") {
      values.binary = value == "bytes"    ? ValueOptions::Binary::kBytes
                      : value == "base64" ? ValueOptions::Binary::kBase64
                      : value == "hex"    ? ValueOptions::Binary::kHex
                                          : ValueOptions::Binary::kBase64UrlSafe;
    } else if (name == "hstore.handling.mode") {
      values.hstore = value == "json" ? ValueOptions::Hstore::kJson : ValueOptions::Hstore::kMap;
    } else if (name == "interval.handling.mode") {
      values.interval = value == "numeric" ? ValueOptions::Interval::kNumeric : ValueOptions::Interval::kString;
    } else if (name == "penstock.composite.handling.mode") {
      values.composite_struct = value == "struct";
    } else if (name == "value.converter.decimal.format") {
      values.decimal_as_number = value == "NUMERIC";
    } else if (name == "key.converter.decimal.format") {
      options_.key_values.decimal_as_number = value == "NUMERIC";
    } else if (name == "event.converting.failure.handling.mode") {
      values.on_failure = value == "warn"   ? ValueOptions::OnFailure::kWarn
                          : value == "skip" ? ValueOptions::OnFailure::kSkip
                                            : ValueOptions::OnFailure::kFail;
    } else if (name == "schema.name.adjustment.mode") {
      options_.schema_names = adjustment_of(value);
    } else if (name == "field.name.adjustment.mode") {
      values.field_names = adjustment_of(value);
    }  // the other choices have one value
  }

  void take_skipped(const Setting& setting) {
    options_.skip_is_explicit = true;
    options_.skip_create = options_.skip_update = options_.skip_delete = options_.skip_truncate = false;
    std::string_view rest = setting.value;
    while (rest.data() != nullptr) {
      const std::string_view part = wire::trim(wire::take_part(rest, ','));
      if (part.empty() || wire::equal_ignoring_case(part, "none")) continue;
      if (wire::equal_ignoring_case(part, "c")) {
        options_.skip_create = true;
      } else if (wire::equal_ignoring_case(part, "u")) {
        options_.skip_update = true;
      } else if (wire::equal_ignoring_case(part, "d")) {
        options_.skip_delete = true;
      } else if (wire::equal_ignoring_case(part, "t")) {
        options_.skip_truncate = true;
      } else {
        refuse_value(setting, "It must be a list of c, u, d and t, or none.");
      }
    }
  }

  // <table pattern>:<column>,<column>;<table pattern>:…
  void take_key_rules(const Setting& setting) {
    std::string_view rest = setting.value;
    while (rest.data() != nullptr) {
      const std::string_view rule = wire::trim(wire::take_part(rest, ';'));
      if (rule.empty()) continue;
      size_t colon = rule.size();
      while (colon > 0 && rule[colon - 1] != ':') --colon;
      if (colon <= 1 || colon == rule.size()) {
        refuse_value(setting, "It must be <table pattern>:<column>,<column>;<table pattern>:....");
      }
      const std::string_view table(rule.data(), colon - 1);
      std::string_view columns(rule.data() + colon, rule.size() - colon);
      while (columns.data() != nullptr) {
        const std::string_view column = wire::trim(wire::take_part(columns, ','));
        if (column.empty()) continue;
        const char* pattern = psprintf("%.*s.%.*s", length(table), table.data(), length(column), column.data());
        options_.keys.add(Pattern::compile(pattern, setting.name, true));
      }
    }
  }

  Options& options_;
  std::string_view transforms_;
  std::string_view predicates_;
  Array<Setting> transform_settings_;
  Array<Setting> topic_settings_;
};

}  // namespace

Options* parse_options(std::span<const Setting> settings) {
  Options* options = palloc_one<Options>();
  options->values.unconvertible = palloc_one<Unconvertible>();
  options->source_version = wire::find_option("penstock.source.version")->initial;
  static_cast<void>(wire::parse_integer(wire::find_option("producer.override.max.request.size")->initial,
                                        reinterpret_cast<int64_t&>(options->record_bytes_max)));
  Parser parser(*options);
  for (const Setting& setting : settings) parser.take(setting);
  parser.finish();
  // As a string it has escapes, and it may have spaces that no record shows.
  options->values.document_bytes_max = options->key_values.document_bytes_max = 4 * options->record_bytes_max;
  return options;
}

}  // namespace penstock
