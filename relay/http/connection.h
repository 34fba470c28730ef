// One client's connection. Takes bytes until a request has come whole, gives the bytes of an answer back, never blocks,
// and says until when it may live: a deadline is for a whole request or a whole answer, not for the next byte of it.
// One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "relay/http/request_head.h"

namespace penstock {

struct HttpLimits {
  size_t connections = 256;  // at once; one more ends the one that has waited longest
  size_t head_bytes = 16 << 10;
  uint64_t body_bytes = 1 << 20;              // are read and thrown away: no answer depends on them
  size_t unsent_bytes = 16 << 20;             // answers of all connections that clients have not taken yet
  std::chrono::milliseconds request{10'000};  // from its first byte, or the connection's start, to its last
  std::chrono::milliseconds answer{30'000};   // until the client has taken it
  std::chrono::milliseconds idle{60'000};     // between two requests
  std::chrono::milliseconds linger{2'000};    // to read what is still on its way when we have said that we close
};

class HttpConnection {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Takes `fd`, which does not block. `limits` outlives it.
  HttpConnection(int fd, size_t listener, const HttpLimits& limits, Time now);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  int descriptor() const { return fd_; }
  size_t listener() const { return listener_; }  // number of the one that it came to
  short events() const;                          // for poll(2)
  Time deadline() const;
  Time since() const { return since_; }  // its client has been waited for
  bool answering() const { return phase_ == Phase::kAnswer; }
  size_t unsent_bytes() const { return out_.size() - sent_; }

  // Reads and sends what can be without waiting. False: it is over, for the client has gone or has got all.
  bool advance(Time now);
  // Whether take() has something: a request that has come whole, or the status that refuses what came instead.
  bool ready() const { return phase_ == Phase::kTaken; }
  // Once each; reply() follows.
  std::variant<RequestHead, int> take() { return std::move(taken_); }
  // The answer in full, with its head. `close`: it is the last.
  void reply(std::string bytes, bool close, Time now);

 private:
  enum class Phase : uint8_t { kHead, kBody, kTaken, kAnswer, kLinger };
  bool receive(Time now);
  bool send(Time now);
  void take_bytes(std::string_view bytes, Time now);
  void look_for_head();
  void enter(Phase phase, Time now);

  int fd_;
  size_t listener_;
  const HttpLimits& limits_;
  Phase phase_ = Phase::kHead;
  Time since_;         // of the phase; of a head, from its first byte on
  bool idle_ = false;  // an answer has gone, and nothing has come after it
  bool close_ = false;
  std::string in_;
  uint64_t body_left_ = 0;
  std::variant<RequestHead, int> taken_;
  std::string out_;
  size_t sent_ = 0;
};

}  // namespace penstock
