// The answer to one request, whatever its path: Connect's REST, health, metrics.
#pragma once

#include <functional>
#include <string>

#include "relay/http/picture.h"
#include "relay/http/reply.h"

namespace penstock {

// `worker` is host:port. `command` hands a command to the loop.
HttpReply answer(const HttpRequest& request, const Picture& picture, const std::string& worker,
                 const std::function<void(Command)>& command);

}  // namespace penstock
