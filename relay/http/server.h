// The HTTP server: Connect's REST, health and metrics on the property `listeners`. Threads of its own; sees the relay
// only by the published picture and commands.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/status.h"
#include "relay/http/picture.h"
#include "relay/http/reply.h"

namespace penstock {

struct Listener {
  std::string host;  // empty: every interface
  int port = 8083;
};

// "http://127.0.0.1:8083,http://:8084"; the problem says what is wrong with which.
Result<std::vector<Listener>> parse_listeners(std::string_view listeners);

class HttpServer {
 public:
  // `published` outlives the server. `command` is called on its threads.
  HttpServer(const Published& published, std::function<void(Command)> command);
  ~HttpServer();  // ends the listeners and waits for their threads
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Opens every listener. A port that is taken is a problem; the other listeners are served all the same.
  Status listen(std::string_view listeners);

 private:
  class Endpoint;
  const Published& published_;
  std::function<void(Command)> command_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
};

// The answer to one request; what server.cpp puts behind every path.
HttpReply answer(const HttpRequest& request, const Picture& picture, const std::string& worker_id,
                 const std::function<void(Command)>& command);

}  // namespace penstock
