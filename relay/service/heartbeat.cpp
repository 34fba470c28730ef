#include "relay/service/heartbeat.h"

#include <algorithm>

namespace penstock {

namespace {

// No frame has this number: publishers count frames from below.
constexpr uint64_t kHeartbeatOpaque = UINT64_MAX - 1;

}  // namespace

HeartbeatProducer::HeartbeatProducer(std::unique_ptr<Producer> inner, Heartbeat& heartbeat, Clocks clocks)
    : inner_(std::move(inner)), heartbeat_(&heartbeat), clocks_(clocks) {
  heartbeat_->outstanding = false;  // what one before had on its way is gone with it
}

Producer::Offer HeartbeatProducer::produce(const Record& record, uint64_t opaque) {
  return inner_->produce(record, opaque);
}

Producer::Offer HeartbeatProducer::produce_service(std::string_view topic, int32_t partition, std::string_view key,
                                                   std::string_view value, uint64_t opaque) {
  return inner_->produce_service(topic, partition, key, value, opaque);
}

Status HeartbeatProducer::poll(std::vector<Report>& reports) {
  const size_t before = reports.size();
  Status status = inner_->poll(reports);
  const auto ours = std::remove_if(reports.begin() + static_cast<std::ptrdiff_t>(before), reports.end(),
                                   [this](const Report& report) {
                                     if (report.opaque != kHeartbeatOpaque) return false;
                                     heartbeat_->outstanding = false;
                                     if (report.delivered) ++heartbeat_->written;
                                     return true;
                                   });
  reports.erase(ours, reports.end());
  if (!status.is_ok()) return status;
  return beat();
}

// True if a heartbeat is due and what comes before it is done.
Result<bool> HeartbeatProducer::act(Time now) {
  if (heartbeat_->action == nullptr) return now >= heartbeat_->next;
  if (!heartbeat_->acting) {
    if (now < heartbeat_->next) return false;
    heartbeat_->action->start();
    heartbeat_->acting = true;
  }
  const std::optional<Status> done = heartbeat_->action->take();
  if (!done) return false;
  heartbeat_->acting = false;
  if (done->is_ok()) return true;
  // Whether the server is away the stream knows best.
  if (info(done->problem().code).klass == ProblemClass::kStop) return done->problem();
  if (heartbeat_->note) heartbeat_->note(done->problem());
  return true;
}

Status HeartbeatProducer::beat() {
  const Time now = clocks_.now();
  // While Kafka is away one waits; the others would say nothing more.
  if (!heartbeat_->active() || heartbeat_->outstanding) return Status::ok();
  if (!TRY(act(now))) return Status::ok();
  const std::string ms = std::to_string(clocks_.unix_ms());
  std::string value;
  for (size_t i = 0; i < heartbeat_->value.size(); ++i) value.append(i == 0 ? "" : ms).append(heartbeat_->value[i]);
  switch (inner_->produce_service(heartbeat_->topic, 0, heartbeat_->key, value, kHeartbeatOpaque)) {
    case Offer::kTaken:
      heartbeat_->outstanding = true;
      break;
    case Offer::kFull:
      break;
    case Offer::kRefused:
      return inner_->problem();
  }
  heartbeat_->next = now + heartbeat_->interval;
  return Status::ok();
}

}  // namespace penstock
