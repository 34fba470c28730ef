// The addresses of the property `listeners`, and sockets on them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/core/status.h"

namespace penstock {

struct Listener {
  std::string host;  // empty: every address
  int port = 8083;
};

// "http://127.0.0.1:8083,http://:8084"; the problem says what is wrong with which.
Result<std::vector<Listener>> parse_listeners(std::string_view listeners);

// "host:port", as Kafka Connect names a worker.
std::string worker_id(const Listener& listener);

struct OpenListener {
  int fd;         // listens, does not block; the caller's
  bool loopback;  // only programs of this machine can reach it
};

// May ask the resolver. The problem names the address and the system's reason.
Result<OpenListener> open_listener(const Listener& listener);

}  // namespace penstock
