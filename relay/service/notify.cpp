#include "relay/service/notify.h"

#include <systemd/sd-daemon.h>

#include <ctime>

namespace penstock {

Notify::Notify() {
  uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) > 0) interval_ = std::chrono::microseconds(usec / 2);
}

void Notify::ready() {
  sd_notify(0, "READY=1");
}

void Notify::reloading() {
  // systemd 253 and later want to know when the reload began.
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
             static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

void Notify::stopping() {
  sd_notify(0, "STOPPING=1");
}

void Notify::status(const std::string& line) {
  if (line == status_) return;
  status_ = line;
  sd_notifyf(0, "STATUS=%s", line.c_str());
}

void Notify::watchdog(std::chrono::steady_clock::time_point now) {
  if (interval_.count() == 0 || now < next_) return;
  sd_notify(0, "WATCHDOG=1");
  next_ = now + interval_;
}

std::optional<std::chrono::steady_clock::time_point> Notify::deadline() const {
  if (interval_.count() == 0) return std::nullopt;
  return next_;
}

}  // namespace penstock
