// Metrics on their way into Prometheus' text format: values for rows of the table of metrics.
#pragma once

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/histogram.h"

namespace penstock {

using Labels = std::vector<prometheus::ClientMetric::Label>;

class Families {
 public:
  // Of a metric without labels.
  void put(std::string_view name, double value);
  // Begins a metric, which must be in the table and not be begun yet. One without values is shown by its name only.
  void begin(std::string_view name);
  // To the metric that was begun last.
  void add(double value, Labels labels = {});
  void add(const LatencyHistogram& histogram, Labels labels = {});

  std::string text() const;

 private:
  std::vector<prometheus::MetricFamily> families_;
};

// A label's values that a user's database decides are bounded: beyond the first ones all are one.
inline constexpr size_t kTablesMax = 200;

inline double number(uint64_t value) {
  return static_cast<double>(value);
}
inline double seconds(int64_t microseconds) {
  return static_cast<double>(microseconds) / 1e6;
}

}  // namespace penstock
