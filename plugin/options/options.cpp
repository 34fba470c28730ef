#include "plugin/options/options.h"

#include "plugin/options/mask_options.h"
#include "plugin/options/option_consumers.h"
#include "plugin/options/option_values.h"
#include "plugin/options/topic_options.h"
#include "plugin/text/encoding.h"
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
  explicit Parser(Options& options) : options_(options), given_{options} {}

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
    take_property(given_, *option, setting);
  }

  void finish() {
    both("table.include.list", options_.tables);
    both("schema.include.list", options_.schemas);
    both("column.include.list", options_.columns);
    both("message.prefix.include.list", options_.message_prefixes);
    compile_topic_options(options_, {given_.topics.begin(), given_.topics.size()});
    order_masks(options_.masks);
    finish_key_values();
    const std::span<const Setting> settings(given_.transform_settings.begin(), given_.transform_settings.size());
    options_.chain = Chain::compile(given_.transforms, given_.predicates, settings, options_.value_schemas);
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

  Options& options_;
  GivenOptions given_;
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
