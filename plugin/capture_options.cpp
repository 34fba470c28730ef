#include "plugin/capture_options.h"

#include "plugin/identity_rules.h"
#include "plugin/option_values.h"

namespace penstock {

bool take_capture_option(Options& options, const Setting& setting) {
  const std::string_view name = setting.name;
  if (name == "publish.via.partition.root") {
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
