#include "relay/config/reference.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "wire/options.h"

namespace penstock {
namespace {

TEST(Reference, NamesEveryProperty) {
  const std::string text = configuration_reference();
  for (const wire::Option& option : wire::kOptions) {
    EXPECT_NE(text.find("| `" + std::string(option.name) + "` |"), std::string::npos) << option.name;
  }
}

TEST(OptionTable, IsConsistent) {
  std::set<std::string_view> names;
  for (const wire::Option& option : wire::kOptions) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name << " twice";
    EXPECT_FALSE(option.help.empty()) << option.name;
    if (option.destination == wire::Destination::kRenamed) {
      const wire::Option* target = wire::find_option(option.choices);
      ASSERT_NE(target, nullptr) << option.name;
      EXPECT_NE(target->destination, wire::Destination::kRenamed) << option.name;
    } else if (!option.initial.empty()) {
      EXPECT_EQ(wire::check_value(option, option.initial), wire::ValueFault::kNone) << option.name;
    }
    EXPECT_EQ(option.type == wire::OptionType::kChoice,
              !option.choices.empty() && option.destination != wire::Destination::kRenamed)
        << option.name;
  }
}

TEST(OptionTable, FindsExactNamesBeforeWildcards) {
  EXPECT_EQ(wire::find_option("producer.override.max.request.size")->destination, wire::Destination::kBoth);
  EXPECT_EQ(wire::find_option("producer.override.acks")->name, "producer.override.*");
  EXPECT_EQ(wire::find_option("column.mask.with.5.chars")->name, "column.mask.with.*.chars");
  EXPECT_EQ(wire::find_option("column.mask.with..chars"), nullptr);
  EXPECT_EQ(wire::find_option("transforms.route.regex")->destination, wire::Destination::kPlugin);
}

TEST(OptionTable, ChecksValues) {
  const auto check = [](std::string_view name, std::string_view value) {
    return wire::check_value(*wire::find_option(name), value);
  };
  EXPECT_EQ(check("status.update.interval.ms", "0"), wire::ValueFault::kOutOfBounds);
  EXPECT_EQ(check("status.update.interval.ms", "1x"), wire::ValueFault::kNotInteger);
  EXPECT_EQ(check("status.update.interval.ms", "99999999999999999999"), wire::ValueFault::kNotInteger);
  EXPECT_EQ(check("tombstones.on.delete", "TRUE"), wire::ValueFault::kNone);
  EXPECT_EQ(check("tombstones.on.delete", "yes"), wire::ValueFault::kNotBoolean);
  EXPECT_EQ(check("decimal.handling.mode", "String"), wire::ValueFault::kNone);
  EXPECT_EQ(check("time.precision.mode", "structured"), wire::ValueFault::kLater);
  EXPECT_EQ(check("decimal.handling.mode", "exact"), wire::ValueFault::kNotChoice);
  EXPECT_EQ(check("openlineage.integration.enabled", "false"), wire::ValueFault::kNone);
  EXPECT_EQ(check("openlineage.integration.enabled", "true"), wire::ValueFault::kRefused);
  EXPECT_EQ(wire::find_choice("initial|never=no_data", "NEVER").value, "no_data");
}

}  // namespace
}  // namespace penstock
