#include "relay/http/listeners.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace penstock {

namespace {

Problem bad_listener(std::string_view listener, const std::string& why) {
  return Problem{Code::kHttpListen, "listeners: " + std::string(listener) + ": " + why,
                 "set listeners to http://<host>:<port>, for instance http://127.0.0.1:8083"};
}

Problem not_opened(const Listener& listener, const std::string& why) {
  return Problem{
      Code::kHttpListen, "listeners: " + worker_id(listener) + " cannot be opened: " + why,
      "set listeners to a free port: ss -ltnp 'sport = :" + std::to_string(listener.port) + "' shows who has it"};
}

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return (ntohl(in.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
  }
  sockaddr_in6 in6{};
  std::memcpy(&in6, address, sizeof in6);
  return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

// -1 and errno if it cannot be.
int open_socket(const addrinfo& at) {
  const int fd = socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int yes = 1, no = 0;
  // Not SO_REUSEPORT: with it a second relay would share the port unnoticed.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  // "::" takes clients of IPv4 too.
  if (at.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (bind(fd, at.ai_addr, at.ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

}  // namespace

Result<std::vector<Listener>> parse_listeners(std::string_view listeners) {
  std::vector<Listener> parsed;
  while (!listeners.empty()) {
    const size_t comma = listeners.find(',');
    std::string_view text = listeners.substr(0, comma);
    listeners.remove_prefix(comma == std::string_view::npos ? listeners.size() : comma + 1);
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('/')) text.remove_suffix(1);
    const std::string_view whole = text;
    for (const std::string_view scheme : {"http://", "HTTP://"}) {
      if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
    }
    if (text.find("://") != std::string_view::npos) return bad_listener(whole, "only http is served");
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return bad_listener(whole, "no port");
    Listener listener;
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), listener.port);
    if (error != std::errc() || end != digits.data() + digits.size() || listener.port < 1 || listener.port > 65535) {
      return bad_listener(whole, "no port number");
    }
    listener.host = text.substr(0, colon);
    if (listener.host.starts_with('[') && listener.host.ends_with(']'))
      listener.host = listener.host.substr(1, listener.host.size() - 2);
    parsed.push_back(std::move(listener));
  }
  return parsed;
}

std::string worker_id(const Listener& listener) {
  const std::string host = listener.host.empty()                          ? "0.0.0.0"
                           : listener.host.find(':') != std::string::npos ? "[" + listener.host + "]"
                                                                          : listener.host;
  return host + ":" + std::to_string(listener.port);
}

Result<OpenListener> open_listener(const Listener& listener) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  // Every address: by one socket of IPv6 for both, unless the machine has none.
  const std::vector<const char*> hosts = listener.host.empty() ? std::vector<const char*>{"::", "0.0.0.0"}
                                                               : std::vector<const char*>{listener.host.c_str()};
  std::string why;
  for (const char* host : hosts) {
    addrinfo* list = nullptr;
    const int error = getaddrinfo(host, std::to_string(listener.port).c_str(), &hints, &list);
    if (error != 0) {
      why = gai_strerror(error);
      continue;
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(list, freeaddrinfo);
    for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
      const int fd = open_socket(*at);
      if (fd >= 0) return OpenListener{fd, is_loopback(at->ai_addr)};
      why = std::strerror(errno);
    }
  }
  return not_opened(listener, why);
}

}  // namespace penstock
