// Who takes each property of the table (wire/options.h) that goes to the plugin.
#pragma once

#include <string_view>

#include "plugin/options/options.h"
#include "wire/option.h"

namespace penstock {

// Options while they are read; what needs several of them is compiled when all are there.
struct GivenOptions {
  Options& options;
  std::string_view transforms{};
  std::string_view predicates{};
  Array<Setting> transform_settings{};  // choices in the table's spelling
  Array<Setting> topics{};              // of is_topic_option()
};

// Takes a setting that fits `option`, its row of the table. A row that goes to the plugin and that nobody takes, and a
// choice that stands for nothing, do not compile.
void take_property(GivenOptions& given, const wire::Option& option, const Setting& setting);

}  // namespace penstock
