#include "relay/http/server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "relay/http/access.h"
#include "relay/http/answer.h"
#include "relay/http/connect_rest.h"
#include "relay/http/listeners.h"

namespace penstock {

namespace {

using Time = HttpConnection::Time;

constexpr std::chrono::seconds kNoteInterval{10};
// At a time, and fewer than there may be connections: each has its turn before it can be the one that must go.
constexpr int kAcceptsMax = 64;
// Without a descriptor for one more client, and none to take one from.
constexpr std::chrono::seconds kDeaf{1};

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return text.data();
}

// Head and body as they go over the wire.
std::string wire_form(const HttpReply& reply, bool close, bool without_body) {
  std::string text =
      "HTTP/1.1 " + std::to_string(reply.status) + " " + std::string(reason(reply.status)) + "\r\nDate: " + http_date();
  if (!reply.body.empty()) text += "\r\nContent-Type: " + reply.content_type;
  if (reply.status != 204) text += "\r\nContent-Length: " + std::to_string(reply.body.size());
  text += close ? "\r\nConnection: close\r\n\r\n" : "\r\nConnection: keep-alive\r\n\r\n";
  return without_body ? text : text + reply.body;
}

int milliseconds_until(Time deadline, Time now) {
  if (deadline <= now) return 0;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count());
}

}  // namespace

class HttpServer::Loop {
 public:
  Loop(const HttpServer& owner, AllowedHosts hosts) : owner_(owner), hosts_(std::move(hosts)) { CHECK(wake_ >= 0); }
  ~Loop() {
    const uint64_t one = 1;
    CHECK(write(wake_, &one, sizeof one) == sizeof one);
    if (thread_.joinable()) thread_.join();
    for (const Place& place : places_) close(place.listener.fd);
    close(wake_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void add(OpenListener listener, std::string worker) { places_.push_back({listener, std::move(worker)}); }
  void start() {
    thread_ = std::thread([this] { run(); });
  }

 private:
  struct Place {
    OpenListener listener;
    std::string worker;
  };
  using Connections = std::list<HttpConnection>;

  // Descriptors in this order: wake-up, listeners, connections.
  void run() {
    std::vector<pollfd> fds;
    while (true) {
      const int timeout = describe(fds, std::chrono::steady_clock::now());
      if (poll(fds.data(), fds.size(), timeout) < 0) CHECK(errno == EINTR);
      if ((fds[0].revents & POLLIN) != 0) return;
      const Time now = std::chrono::steady_clock::now();
      size_t at = 1 + places_.size();
      for (auto connection = connections_.begin(); connection != connections_.end(); ++at) {
        const bool called = fds[at].revents != 0 || connection->ready();
        const bool lives = (!called || serve(*connection, now)) && now < connection->deadline();
        connection = lives ? std::next(connection) : connections_.erase(connection);
      }
      while (owes_too_much()) end_longest_waiting(true);
      for (size_t place = 0; place < places_.size(); ++place) {
        if ((fds[1 + place].revents & POLLIN) != 0) accept_some(place, now);
      }
    }
  }

  // What poll(2) waits for; gives its time-out.
  int describe(std::vector<pollfd>& fds, Time now) const {
    fds.clear();
    fds.push_back({wake_, POLLIN, 0});
    const bool deaf = now < deaf_until_;
    for (const Place& place : places_) fds.push_back({deaf ? -1 : place.listener.fd, POLLIN, 0});
    int timeout = deaf ? milliseconds_until(deaf_until_, now) : -1;
    for (const HttpConnection& connection : connections_) {
      fds.push_back({connection.descriptor(), connection.events(), 0});
      const int left = connection.ready() ? 0 : milliseconds_until(connection.deadline(), now);
      timeout = timeout < 0 ? left : std::min(timeout, left);
    }
    return timeout;
  }

  // One request at the most: the next connection is not to wait for this one's. False: the connection is over.
  bool serve(HttpConnection& connection, Time now) {
    if (!connection.advance(now)) return false;
    if (!connection.ready()) return true;
    const std::variant<RequestHead, int> taken = connection.take();
    if (const int* refused = std::get_if<int>(&taken)) {
      const std::string text = "HTTP " + std::to_string(*refused) + " " + std::string(reason(*refused));
      connection.reply(wire_form(error_reply(*refused, text), true, false), true, now);
    } else {
      const RequestHead& head = std::get<RequestHead>(taken);
      const HttpReply reply = reply_to(head, places_[connection.listener()]);
      connection.reply(wire_form(reply, !head.keep_alive, head.request.method == "HEAD"), !head.keep_alive, now);
    }
    return connection.advance(now);
  }

  HttpReply reply_to(const RequestHead& head, const Place& place) {
    if (const auto problem = refusal(head, hosts_, place.listener.loopback)) {
      note(*problem);
      return error_reply(403, to_string(*problem));
    }
    HttpRequest request = head.request;
    if (request.method == "HEAD") request.method = "GET";
    return answer(request, owner_.published_.copy(), place.worker, owner_.callbacks_.command);
  }

  void note(const Problem& problem) {
    const Time now = std::chrono::steady_clock::now();
    const auto [last, first] = noted_.try_emplace(problem.code, now);
    if (!first && now - last->second < kNoteInterval) return;
    last->second = now;
    owner_.callbacks_.note(problem);
  }

  void accept_some(size_t place, Time now) {
    for (int i = 0; i < kAcceptsMax; ++i) {
      const int fd = accept4(places_[place].listener.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
        if (connections_.empty()) deaf_until_ = now + kDeaf;
        if (connections_.empty()) return;
        end_longest_waiting(false);
        continue;
      }
      while (connections_.size() >= owner_.limits_.connections) end_longest_waiting(false);
      connections_.emplace_back(fd, place, owner_.limits_, now);
    }
  }

  // A single answer may be as large as it is.
  bool owes_too_much() const {
    size_t bytes = 0, clients = 0;
    for (const HttpConnection& connection : connections_) {
      bytes += connection.unsent_bytes();
      if (connection.answering()) ++clients;
    }
    return clients > 1 && bytes > owner_.limits_.unsent_bytes;
  }

  // The one whose client has been waited for longest; with `answering` among those that owe us the taking of an answer.
  void end_longest_waiting(bool answering) {
    const auto waited_longer = [&](const HttpConnection& a, const HttpConnection& b) {
      if (answering && a.answering() != b.answering()) return a.answering();
      return a.since() < b.since();
    };
    connections_.erase(std::min_element(connections_.begin(), connections_.end(), waited_longer));
  }

  const HttpServer& owner_;
  const AllowedHosts hosts_;
  const int wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::vector<Place> places_;
  Connections connections_;
  std::map<Code, Time> noted_;
  Time deaf_until_{};
  std::thread thread_;  // last: it uses the rest
};

HttpServer::HttpServer(const Published& published, HttpCallbacks callbacks, HttpLimits limits)
    : published_(published), callbacks_(std::move(callbacks)), limits_(limits) {}

HttpServer::~HttpServer() = default;

Status HttpServer::listen(std::string_view listeners, std::string_view allowed) {
  const std::vector<Listener> parsed = TRY(parse_listeners(listeners));
  auto loop = std::make_unique<Loop>(*this, allowed_hosts(parsed, allowed));
  Status status;
  for (const Listener& listener : parsed) {
    Result<OpenListener> opened = open_listener(listener);
    if (opened.is_ok()) {
      loop->add(opened.value(), worker_id(listener));
    } else {
      status = opened.problem();
    }
  }
  loop->start();
  loop_ = std::move(loop);
  return status;
}

}  // namespace penstock
