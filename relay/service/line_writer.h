// Lines to a descriptor whose reader may have stopped: a thread writes, so that who has something to say never waits.
// What does not fit into the queue is lost, counted, and told as soon as lines are taken again. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace penstock {

class LineWriter {
 public:
  static constexpr size_t kBytesMax = 1 << 20;  // waiting to be written

  // The line that says how many were lost; called under the writer's lock.
  using TellLost = std::function<std::string(uint64_t)>;

  // The descriptor stays the caller's, and open as long as the process if a write to it may hang.
  LineWriter(int descriptor, TellLost tell_lost);
  // Waits for flush(kLastWait), then leaves the thread to its write.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  void write(std::string line);
  // Whether all lines were written within `most`.
  bool flush(std::chrono::milliseconds most);
  uint64_t lost() const;

 private:
  static constexpr std::chrono::milliseconds kLastWait{500};
  struct Queue;
  std::shared_ptr<Queue> queue_;  // the thread's as well: it may outlive the writer
};

}  // namespace penstock
