#include "relay/http/access.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace penstock {

namespace {

// Of what a client sent, as much as a line of the log may hold; the rest of the bytes of a name are letters.
constexpr size_t kShownMax = 100;

// Names that no public name server gives to anybody: RFC 6761, ICANN's list of reserved names, Kubernetes' defaults.
constexpr std::string_view kPrivate[] = {".localhost", ".internal", ".svc", ".cluster.local"};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// "Relay.example.com.:8083" is "relay.example.com", "[::1]:8083" is "::1".
std::string name_of(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = std::min(host.find(']'), host.size() - 1);
    const std::string_view rest = host.substr(end + 1);
    return std::string(rest.empty() || rest.starts_with(':') ? host.substr(1, end - 1) : host);
  }
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return lower_case(host);
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

bool is_private(std::string_view name) {
  return name.find('.') == std::string_view::npos ||
         std::ranges::any_of(kPrivate, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool matches(std::string_view name, const std::string& listed) {
  if (listed.starts_with("*.")) return name.ends_with(std::string_view(listed).substr(1));
  return name == listed;
}

bool is_listed(std::string_view name, const AllowedHosts& hosts) {
  return std::ranges::any_of(hosts.listed, [&](const std::string& listed) { return matches(name, listed); });
}

bool is_allowed(const std::string& name, const AllowedHosts& hosts) {
  return is_address(name) || is_private(name) || std::ranges::find(hosts.own, name) != hosts.own.end() ||
         std::ranges::find(hosts.listed, "*") != hosts.listed.end() || is_listed(name, hosts);
}

// "https://connect.example.com:8443"; "null" and others without a host are nobody's.
bool is_listed_origin(std::string_view origin, const AllowedHosts& hosts) {
  const size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && is_listed(name_of(origin.substr(scheme + 3)), hosts);
}

bool is_change(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD";
}

bool is_scrape_or_probe(const HttpRequest& request) {
  return !is_change(request) &&
         (request.path == "/metrics" || request.path == "/health" || request.path == "/health/live");
}

std::string shown(std::string_view sent) {
  std::string text(sent.substr(0, kShownMax));
  std::ranges::replace_if(
      text, [](char c) { return c <= ' ' || c > '~' || c == '"'; }, '?');
  return text;
}

}  // namespace

AllowedHosts allowed_hosts(const std::vector<Listener>& listeners, std::string_view listed) {
  AllowedHosts hosts;
  std::array<char, 256> machine{};
  if (gethostname(machine.data(), machine.size() - 1) == 0) hosts.own.push_back(name_of(machine.data()));
  for (const Listener& listener : listeners) hosts.own.push_back(lower_case(listener.host));
  while (!listed.empty()) {
    const size_t comma = std::min(listed.find(','), listed.size());
    std::string name = lower_case(listed.substr(0, comma));
    std::erase(name, ' ');
    if (!name.empty()) hosts.listed.push_back(std::move(name));
    listed.remove_prefix(std::min(comma + 1, listed.size()));
  }
  return hosts;
}

std::optional<Problem> refusal(const RequestHead& head, const AllowedHosts& hosts, bool loopback) {
  const bool open = !loopback && is_scrape_or_probe(head.request);
  if (!open && !is_allowed(name_of(head.host), hosts)) {
    return Problem{Code::kHttpHost, "a request for the host " + shown(head.host) + " was refused", ""};
  }
  if (is_change(head.request) && head.origin && !is_listed_origin(*head.origin, hosts)) {
    return Problem{Code::kHttpOrigin, "a change that a page of " + shown(*head.origin) + " sent was refused", ""};
  }
  return std::nullopt;
}

}  // namespace penstock
