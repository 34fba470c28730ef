#include "relay/http/answer.h"

#include <chrono>

#include "relay/http/connect_rest.h"
#include "relay/http/health.h"
#include "relay/http/metrics.h"

namespace penstock {

HttpReply answer(const HttpRequest& request, const Picture& picture, const std::string& worker,
                 const std::function<void(Command)>& command) {
  if (request.path == "/metrics" && request.method == "GET") {
    return HttpReply{200, metrics_text(picture), "text/plain; version=0.0.4; charset=utf-8"};
  }
  if (const auto reply = health_reply(request, picture, std::chrono::steady_clock::now())) return *reply;
  if (const auto reply = connect_reply(request, picture, ConnectContext{worker, command})) return *reply;
  return error_reply(404, "HTTP 404 Not Found");
}

}  // namespace penstock
