#include "relay/postgres/cancel.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "relay/core/status.h"

namespace penstock {

Cancel::Cancel() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK(fd_ >= 0);
}

Cancel::~Cancel() {
  close(fd_);
}

void Cancel::cancel() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the descriptor is readable all the more.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);
}

bool Cancel::cancelled() const {
  pollfd wait{fd_, POLLIN, 0};
  return poll(&wait, 1, 0) == 1;
}

}  // namespace penstock
