#include "plugin/options/capture_options.h"

#include "plugin/options/identity_rules.h"
#include "plugin/options/option_values.h"

namespace penstock {

namespace {

// The connector's default, which counts here where a mode is set: then a publication is meant.
constexpr std::string_view kDefaultPublication = "dbz_publication";

void take_autocreate(Options& options, const Setting& setting) {
  const std::string_view mode = wire::trim(setting.value);
  options.publication_filtered = wire::equal_ignoring_case(mode, "filtered");
  options.publication_required =
      wire::equal_ignoring_case(mode, "disabled") || wire::equal_ignoring_case(mode, "no_tables");
  if (options.publication.empty()) options.publication = kDefaultPublication;
}

MissingPublication missing_of(std::string_view value) {
  if (wire::equal_ignoring_case(value, "nothing")) return MissingPublication::kNothing;
  if (wire::equal_ignoring_case(value, "everything")) return MissingPublication::kEverything;
  return MissingPublication::kStop;
}

}  // namespace

bool take_capture_option(Options& options, const Setting& setting) {
  const std::string_view name = setting.name;
  if (name == "publication.name") {
    options.publication = palloc_copy(wire::trim(setting.value));
  } else if (name == "publication.autocreate.mode") {
    take_autocreate(options, setting);
  } else if (name == "penstock.publication.missing") {
    options.publication_missing = missing_of(wire::trim(setting.value));
  } else if (name == "publish.via.partition.root") {
    options.via_root = is_true(setting.value);
  } else if (name == "skip.messages.without.change") {
    options.skip_unchanged = is_true(setting.value);
  } else if (name == "snapshot.include.collection.list") {
    add_patterns(options.snapshot_tables, setting.value, name);
  } else if (name == "xmin.fetch.interval.ms") {
    options.xmin_interval_ms = static_cast<int64>(parse_count({name, wire::trim(setting.value)}));
  } else if (name == "replica.identity.autoset.values") {
    add_identity_rules(options, setting);
  } else {
    return false;
  }
  return true;
}

}  // namespace penstock
