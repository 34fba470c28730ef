#include "relay/core/slot_watch.h"

#include <algorithm>
#include <limits>

namespace penstock {

namespace {

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void SlotForecast::add(const SlotLook& look) {
  lost_ = look.exists && look.wal_status == "lost";
  idle_seconds_left_ = look.idle_seconds_left;
  if (!look.exists || !look.safe_bytes) {
    points_.clear();
    return;
  }
  points_.push_back({look.at, static_cast<double>(*look.safe_bytes)});
  while (points_.front().at < look.at - kWindow) points_.pop_front();
}

double SlotForecast::seconds_left() const {
  const double log = log_seconds_left();
  return idle_seconds_left_ ? std::min(log, static_cast<double>(*idle_seconds_left_)) : log;
}

double SlotForecast::log_seconds_left() const {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  if (lost_) return 0;
  if (points_.empty()) return kNever;
  if (points_.back().safe_bytes <= 0) return 0;
  if (points_.size() < kLooksMin) return kNever;
  double mean_at = 0, mean_bytes = 0;
  const Time from = points_.front().at;
  for (const Point& point : points_) {
    mean_at += seconds_of(point.at - from);
    mean_bytes += point.safe_bytes;
  }
  mean_at /= static_cast<double>(points_.size());
  mean_bytes /= static_cast<double>(points_.size());
  double covariance = 0, variance = 0;
  for (const Point& point : points_) {
    const double at = seconds_of(point.at - from) - mean_at;
    covariance += at * (point.safe_bytes - mean_bytes);
    variance += at * at;
  }
  if (variance <= 0 || covariance >= 0) return kNever;
  return points_.back().safe_bytes * variance / -covariance;
}

}  // namespace penstock
