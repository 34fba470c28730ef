#include "relay/http/metric_families.h"

#include <prometheus/text_serializer.h>

#include <limits>

#include "relay/core/status.h"
#include "relay/http/metric_table.h"

namespace penstock {

namespace {

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::kCounter:
      return prometheus::MetricType::Counter;
    case MetricKind::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

void Families::put(std::string_view name, double value) {
  begin(name);
  add(value);
}

void Families::begin(std::string_view name) {
  const MetricInfo* row = find_metric(name);
  CHECK(row != nullptr);
  families_.push_back({std::string(row->name), std::string(row->help), type_of(row->kind), {}});
}

void Families::add(double value, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (families_.back().type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  families_.back().metric.push_back(std::move(metric));
}

void Families::add(const LatencyHistogram& histogram, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  uint64_t count = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    count += histogram.counts[i];
    const bool last = i >= LatencyHistogram::kBoundsUs.size();
    metric.histogram.bucket.push_back(
        {count, last ? std::numeric_limits<double>::infinity() : seconds(LatencyHistogram::kBoundsUs[i])});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = static_cast<double>(histogram.sum_us) / 1e6;
  families_.back().metric.push_back(std::move(metric));
}

std::string Families::text() const {
  return prometheus::TextSerializer().Serialize(families_);
}

}  // namespace penstock
