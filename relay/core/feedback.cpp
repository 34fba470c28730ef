#include "relay/core/feedback.h"

#include <algorithm>

#include "relay/core/status.h"

namespace penstock {

namespace {

// A server that is not stopping asks again half a wal_sender_timeout after our last answer at the soonest; one that is
// stopping asks at once. So many requests soon after an answer tell the two apart.
constexpr int kStoppingRequests = 4;
constexpr Duration kSoon = std::chrono::milliseconds(500);

}  // namespace

Duration Feedback::interval_for(std::chrono::milliseconds wal_sender_timeout) {
  const Duration most = Settings().interval;
  if (wal_sender_timeout.count() <= 0) return most;
  return std::max<Duration>(std::min<Duration>(most, wal_sender_timeout / 3), std::chrono::milliseconds(10));
}

Feedback::Feedback(Settings settings, Lsn start, Time now)
    : settings_(settings), received_(start), sent_at_(now), asked_first_at_(now), advanced_at_(now) {}

void Feedback::received(Lsn end) {
  received_ = std::max(received_, end);
}

void Feedback::reply_requested(Lsn end, Time now) {
  received(end);
  const bool again = asked_end_ == end && now - sent_at_ < kSoon;
  asked_again_ = again ? asked_again_ + 1 : 0;
  if (!again) asked_first_at_ = now;
  asked_end_ = end;
  asked_ = true;
  if (asked_again_ >= kStoppingRequests && !stopping_since_) stopping_since_ = asked_first_at_;
}

void Feedback::server_stopping(Time now) {
  if (!stopping_since_) stopping_since_ = now;
}

void Feedback::confirm(Lsn durable, Time now) {
  CHECK(durable >= durable_);
  CHECK(durable <= received_);
  if (durable > durable_) advanced_at_ = now;
  durable_ = durable;
}

Time Feedback::send_at() const {
  if (!sent_any_ || (durable_ > sent_flush_ && !settings_.manual)) return Time::min();
  if (asked_) return sent_at_ + std::min(settings_.stale_reply_gap, settings_.interval);
  return sent_at_ + settings_.interval;
}

std::optional<StandbyStatus> Feedback::due(Time now) {
  if (now < send_at()) return std::nullopt;
  sent_any_ = true;
  sent_at_ = now;
  sent_flush_ = durable_;
  sent_write_ = received_;
  asked_ = false;
  return StandbyStatus{received_, settings_.manual ? Lsn{} : durable_};
}

Time Feedback::let_go_at() const {
  const Time since = *stopping_since_;
  return std::min(std::max(since, advanced_at_) + settings_.patience, since + 2 * settings_.patience);
}

bool Feedback::should_let_go(Time now) const {
  return stopping_since_ && now >= let_go_at();
}

Time Feedback::deadline() const {
  return stopping_since_ ? std::min(send_at(), let_go_at()) : send_at();
}

}  // namespace penstock
