// Signals as a descriptor: the handler does nothing, signalfd wakes the loop.
#pragma once

namespace penstock {

class Signals {
 public:
  // Blocks SIGTERM, SIGINT and SIGHUP in this thread and in those it starts: construct it before any thread. SIGPIPE is
  // ignored.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return fd_; }
  // The next signal that came, 0: none.
  int take();

 private:
  int fd_;
};

}  // namespace penstock
