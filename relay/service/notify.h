// What systemd is told: READY, STATUS, WATCHDOG, RELOADING, STOPPING. Without systemd every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace penstock {

class Notify {
 public:
  Notify();

  void ready();
  void reloading();
  void stopping();
  // One line for `systemctl status`; repeats of the same are not sent.
  void status(const std::string& line);
  // Call every turn of the loop: pings at half of WatchdogSec, so that a loop that hangs is noticed.
  void watchdog(std::chrono::steady_clock::time_point now);
  // When watchdog() wants to be called at the latest.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;

 private:
  std::chrono::microseconds interval_{0};  // 0: no watchdog
  std::chrono::steady_clock::time_point next_{};
  std::string status_;
};

}  // namespace penstock
