// The HTTP server: Connect's REST, health and metrics on the property `listeners`. One thread of its own with poll(2),
// which nobody can hold up: no client is waited for, each request and each answer has a deadline, and of too many
// connections those go that have waited longest. Sees the relay only by the published picture and commands.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "relay/core/status.h"
#include "relay/http/connection.h"
#include "relay/http/picture.h"
#include "relay/http/reply.h"

namespace penstock {

// What it asks of and tells the relay; called on its thread.
struct HttpCallbacks {
  std::function<void(Command)> command;
  std::function<void(const Problem&)> note;  // why requests are refused: each code at most every ten seconds
};

class HttpServer {
 public:
  // `published` outlives the server.
  HttpServer(const Published& published, HttpCallbacks callbacks, HttpLimits limits = {});
  ~HttpServer();  // at once, whatever clients do
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Opens every listener and serves; once. One that cannot be opened is a problem; the others are served all the same.
  // `allowed_hosts` is the property penstock.http.allowed.hosts.
  Status listen(std::string_view listeners, std::string_view allowed_hosts = {});

 private:
  class Loop;
  const Published& published_;
  const HttpCallbacks callbacks_;
  const HttpLimits limits_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace penstock
