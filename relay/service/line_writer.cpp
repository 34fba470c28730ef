#include "relay/service/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace penstock {

struct LineWriter::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  size_t bytes = 0;
  uint64_t lost = 0;
  uint64_t untold = 0;  // lost and not told of yet
  bool writing = false;
  bool ending = false;
  TellLost tell_lost;

  void push(std::string line) {
    bytes += line.size();
    lines.push_back(std::move(line));
  }
  void tell() {
    if (untold > 0) push(tell_lost(std::exchange(untold, 0)));
  }
  bool idle() const { return lines.empty() && untold == 0 && !writing; }
};

namespace {

// False: nobody can read it any more.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {  // others who share it may have set O_NONBLOCK
      pollfd room{descriptor, POLLOUT, 0};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

LineWriter::LineWriter(int descriptor, TellLost tell_lost) : queue_(std::make_shared<Queue>()) {
  queue_->tell_lost = std::move(tell_lost);
  // Signals are for the loop.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([queue = queue_, descriptor] {
    std::unique_lock lock(queue->mutex);
    while (true) {
      queue->changed.wait(lock, [&queue] { return !queue->lines.empty() || queue->ending; });
      if (queue->lines.empty()) return;
      const std::string line = std::move(queue->lines.front());
      queue->lines.pop_front();
      queue->bytes -= line.size();
      queue->writing = true;
      lock.unlock();
      const bool written = write_all(descriptor, line);
      lock.lock();
      queue->writing = false;
      if (!written) ++queue->lost;
      if (queue->lines.empty()) queue->tell();
      queue->changed.notify_all();
    }
  }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineWriter::~LineWriter() {
  flush(kLastWait);
  const std::lock_guard lock(queue_->mutex);
  queue_->tell_lost = [](uint64_t) { return std::string(); };  // what it uses may be gone
  queue_->ending = true;
  queue_->changed.notify_all();
}

void LineWriter::write(std::string line) {
  const std::lock_guard lock(queue_->mutex);
  if (queue_->bytes + line.size() > kBytesMax) {
    ++queue_->lost;
    ++queue_->untold;
    return;
  }
  queue_->tell();
  queue_->push(std::move(line));
  queue_->changed.notify_all();
}

bool LineWriter::flush(std::chrono::milliseconds most) {
  std::unique_lock lock(queue_->mutex);
  return queue_->changed.wait_for(lock, most, [this] { return queue_->idle(); });
}

uint64_t LineWriter::lost() const {
  const std::lock_guard lock(queue_->mutex);
  return queue_->lost;
}

}  // namespace penstock
