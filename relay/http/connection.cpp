#include "relay/http/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace penstock {

namespace {

constexpr int kHeadTooLarge = 431;
constexpr size_t kReadBytes = 4096;
// Of one connection in a row; then the others have their turn.
constexpr int kReadsMax = 16;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

HttpConnection::HttpConnection(int fd, size_t listener, const HttpLimits& limits, Time now)
    : fd_(fd), listener_(listener), limits_(limits), since_(now) {}

HttpConnection::~HttpConnection() {
  close(fd_);
}

short HttpConnection::events() const {
  switch (phase_) {
    case Phase::kHead:
    case Phase::kBody:
    case Phase::kLinger:
      return POLLIN;
    case Phase::kAnswer:
      return POLLOUT;
    case Phase::kTaken:
      return 0;
  }
  return 0;
}

HttpConnection::Time HttpConnection::deadline() const {
  switch (phase_) {
    case Phase::kHead:
      return since_ + (idle_ ? limits_.idle : limits_.request);
    case Phase::kBody:
    case Phase::kTaken:
      return since_ + limits_.request;
    case Phase::kAnswer:
      return since_ + limits_.answer;
    case Phase::kLinger:
      return since_ + limits_.linger;
  }
  return since_;
}

bool HttpConnection::advance(Time now) {
  if (phase_ == Phase::kAnswer && !send(now)) return false;
  if (phase_ == Phase::kAnswer || phase_ == Phase::kTaken) return true;
  return receive(now);
}

void HttpConnection::reply(std::string bytes, bool close, Time now) {
  out_ = std::move(bytes);
  sent_ = 0;
  close_ = close;
  enter(Phase::kAnswer, now);
}

void HttpConnection::enter(Phase phase, Time now) {
  phase_ = phase;
  since_ = now;
}

bool HttpConnection::receive(Time now) {
  look_for_head();
  std::array<char, kReadBytes> buffer;
  for (int reads = 0; reads < kReadsMax && phase_ != Phase::kTaken; ++reads) {
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0) return would_block();
    if (size == 0) return false;  // half a request, or nothing more to wait for
    take_bytes({buffer.data(), static_cast<size_t>(size)}, now);
  }
  return true;
}

void HttpConnection::take_bytes(std::string_view bytes, Time now) {
  if (phase_ == Phase::kLinger) return;
  if (std::exchange(idle_, false)) since_ = now;
  in_ += bytes;
  look_for_head();
}

// Also the end of a body: what belongs to it goes, what follows it stays.
void HttpConnection::look_for_head() {
  if (phase_ == Phase::kHead) {
    const size_t size = head_size(in_);
    if (size == 0 && in_.size() <= limits_.head_bytes) return;
    if (size == 0 || size > limits_.head_bytes) {
      taken_ = kHeadTooLarge;
    } else {
      taken_ = parse_head(std::string_view(in_).substr(0, size), limits_.body_bytes);
      in_.erase(0, size);
    }
    const RequestHead* head = std::get_if<RequestHead>(&taken_);
    body_left_ = head == nullptr ? 0 : head->body_bytes;
    phase_ = Phase::kBody;
  }
  if (phase_ != Phase::kBody) return;
  const size_t gone = static_cast<size_t>(std::min<uint64_t>(body_left_, in_.size()));
  in_.erase(0, gone);
  body_left_ -= gone;
  if (body_left_ == 0) phase_ = Phase::kTaken;
}

bool HttpConnection::send(Time now) {
  while (sent_ < out_.size()) {
    const ssize_t size = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (size < 0) return would_block();
    sent_ += static_cast<size_t>(size);
  }
  out_ = {};
  sent_ = 0;
  idle_ = !close_;
  if (close_) {
    // Bytes that were not read when a socket is closed reset the connection, and the answer with it.
    shutdown(fd_, SHUT_WR);
    in_ = {};
  }
  enter(close_ ? Phase::kLinger : Phase::kHead, now);
  return true;
}

}  // namespace penstock
