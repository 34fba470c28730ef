// Kafka Connect's REST answers for the one connector that this process runs: same paths, same members in the same
// order. What Connect does by storing configurations is refused: the file is the truth.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

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

// The command that ends a pause, for a shell on this machine: curl -X PUT http://localhost:8083/connectors/shop/resume.
// By the first of `listeners`, as the property.
std::string resume_command(std::string_view listeners, std::string_view connector);

// {"error_code":404,"message":…}
HttpReply error_reply(int status, const std::string& message);

}  // namespace penstock
