// Which requests are answered. REST has no users; two kinds of request come from somebody who could not reach it
// himself and lets a browser do it, and those are refused:
//   - one that calls us by a name that its sender may have made up. A web page may let its own name lead here (DNS
//     rebinding), and the browser then lets it read the answers;
//   - a change that a web page sends. Browsers send it first and ask afterwards; they say from which page it comes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/problem.h"
#include "relay/http/listeners.h"
#include "relay/http/request_head.h"

namespace penstock {

// Names in lower case. Nobody's page can have one of these: addresses, localhost, names without a dot, names under
// .localhost, .internal, .svc and .cluster.local. They need not be listed.
struct AllowedHosts {
  std::vector<std::string> own;     // of this machine and of the listeners
  std::vector<std::string> listed;  // penstock.http.allowed.hosts: names, "*.suffix", "*"
};

// `listed` as the property has it, "a, *.b".
AllowedHosts allowed_hosts(const std::vector<Listener>& listeners, std::string_view listed);

// Why `head` is refused. `loopback`: it came to an address that only this machine's programs reach, where a request by
// a foreign name can only be rebound; elsewhere scrapes and probes by whatever name (/metrics, /health, /health/live)
// are answered.
std::optional<Problem> refusal(const RequestHead& head, const AllowedHosts& hosts, bool loopback);

}  // namespace penstock
