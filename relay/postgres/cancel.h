// Ends the blocking calls of this room from another thread.
#pragma once

namespace penstock {

// An eventfd that stays readable once cancel() was called. cancel() may be called on any thread and in a signal
// handler; everything else on the thread that waits. Outlives every call that was given it.
class Cancel {
 public:
  Cancel();
  ~Cancel();
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;

  void cancel();
  bool cancelled() const;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace penstock
