// GET /health: for people and probes. 200 while the relay does what it was asked or was told to rest, 503 while a
// problem keeps it from that. GET /health/live: 200 as long as the loop turns, whatever the other sides do.
#pragma once

#include <chrono>
#include <optional>

#include "relay/http/picture.h"
#include "relay/http/reply.h"

namespace penstock {

// nullopt: neither of the paths. `now` tells how old the picture is.
std::optional<HttpReply> health_reply(const HttpRequest& request, const Picture& picture,
                                      std::chrono::steady_clock::time_point now);

}  // namespace penstock
