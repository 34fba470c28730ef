#include "relay/service/worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "relay/core/status.h"

namespace penstock {

WakeUp::WakeUp() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(fd_ >= 0);
}

WakeUp::~WakeUp() {
  close(fd_);
}

void WakeUp::wake() {
  const uint64_t one = 1;
  // Full means that it is readable already.
  if (write(fd_, &one, sizeof one) != sizeof one) return;
}

void WakeUp::clear() {
  uint64_t count = 0;
  if (read(fd_, &count, sizeof count) != sizeof count) return;  // nothing was there
}

Worker::Worker() : thread_([this] { loop(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Worker::run(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void Worker::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace penstock
