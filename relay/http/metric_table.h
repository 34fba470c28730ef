// Every metric of the relay: what /metrics says of it, and docs/metrics.md. Names and labels are an interface.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace penstock {

enum class MetricKind : uint8_t { kGauge, kCounter, kHistogram };

struct MetricInfo {
  std::string_view name;
  MetricKind kind;
  std::string_view labels;  // "topic, schema, table"; empty: none
  std::string_view help;    // one sentence, or two
  std::string_view ask;     // PromQL that people want it for; empty: none
};

// What belongs together, in the order of the document.
struct MetricSection {
  std::string_view title;
  std::span<const MetricInfo> metrics;
};
std::span<const MetricSection> metric_sections();

// nullptr: no such metric.
const MetricInfo* find_metric(std::string_view name);

// docs/metrics.md.
std::string metrics_reference();

}  // namespace penstock
