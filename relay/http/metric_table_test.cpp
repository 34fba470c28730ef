#include "relay/http/metric_table.h"

#include <gtest/gtest.h>

#include <set>

namespace penstock {
namespace {

// What promtool check metrics asks of names and help texts.
TEST(MetricTable, NamesFollowPrometheusConventions) {
  std::set<std::string_view> names;
  for (const MetricSection& section : metric_sections()) {
    for (const MetricInfo& metric : section.metrics) {
      EXPECT_TRUE(names.insert(metric.name).second) << metric.name << " twice";
      EXPECT_TRUE(metric.name.starts_with("penstock_")) << metric.name;
      EXPECT_EQ(metric.name.ends_with("_total"), metric.kind == MetricKind::kCounter) << metric.name;
      EXPECT_TRUE(metric.help.ends_with(".")) << metric.name;
      for (const char* unit : {"_ms", "_milliseconds", "_kb", "_mb", "_percent"})
        EXPECT_FALSE(metric.name.ends_with(unit)) << metric.name;
    }
  }
}

TEST(MetricTable, QueriesAskForMetricsThatExist) {
  for (const MetricSection& section : metric_sections()) {
    for (const MetricInfo& metric : section.metrics) {
      std::string_view rest = metric.ask;
      for (size_t at; (at = rest.find("penstock_")) != std::string_view::npos;) {
        rest.remove_prefix(at);
        std::string_view name = rest.substr(0, rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"));
        rest.remove_prefix(name.size());
        for (std::string_view part : {"_bucket", "_sum", "_count"})
          if (name.ends_with(part) && find_metric(name) == nullptr) name.remove_suffix(part.size());
        EXPECT_NE(find_metric(name), nullptr) << name << " in " << metric.ask;
      }
    }
  }
}

TEST(MetricTable, TheReferenceHasEveryMetric) {
  const std::string text = metrics_reference();
  for (const MetricSection& section : metric_sections()) {
    for (const MetricInfo& metric : section.metrics)
      EXPECT_NE(text.find("| `" + std::string(metric.name) + "` |"), std::string::npos) << metric.name;
  }
  EXPECT_EQ(find_metric("penstock_nonsense"), nullptr);
}

}  // namespace
}  // namespace penstock
