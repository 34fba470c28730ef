// A thread that runs what blocks, one job after the other, and an event that wakes the loop's poll(2).
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace penstock {

// An eventfd: readable after wake() until clear(). wake() from any thread.
class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void wake();
  void clear();
  int descriptor() const { return fd_; }

 private:
  int fd_;
};

class Worker {
 public:
  Worker();
  // Waits for the jobs that were given.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void run(std::function<void()> job);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace penstock
