// Kafka Connect's REST answers for the one connector that this process runs: same paths, same members in the same
// order. What Connect does by storing configurations is refused: the file is the truth.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "relay/http/picture.h"
#include "relay/http/reply.h"

namespace penstock {

struct ConnectContext {
  std::string worker_id;                 // host:port
  std::function<void(Command)> command;  // hands it to the loop
};

// nullopt: not one of Connect's paths.
std::optional<HttpReply> connect_reply(const HttpRequest& request, const Picture& picture,
                                       const ConnectContext& context);

// {"error_code":404,"message":…}
HttpReply error_reply(int status, const std::string& message);

}  // namespace penstock
