#include "relay/http/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <thread>

#include "relay/http/connect_rest.h"
#include "relay/http/health.h"
#include "relay/http/metrics.h"

namespace penstock {

namespace {

// An idle connection holds a thread for kIdle; enough of them that a liveness probe is answered beside forty such.
constexpr size_t kThreads = 64;
constexpr auto kIdle = std::chrono::seconds(1);
constexpr size_t kBodyBytesMax = 1 << 20;

std::string worker_id(const Listener& listener) {
  return (listener.host.empty() ? "0.0.0.0" : listener.host) + ":" + std::to_string(listener.port);
}

Problem bad_listener(std::string_view listener, const std::string& why) {
  return Problem{Code::kHttpListen, "listeners: " + std::string(listener) + ": " + why,
                 "set listeners to http://<host>:<port>, for instance http://127.0.0.1:8083"};
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

HttpReply answer(const HttpRequest& request, const Picture& picture, const std::string& worker,
                 const std::function<void(Command)>& command) {
  if (request.path == "/metrics" && request.method == "GET") {
    return HttpReply{200, metrics_text(picture), "text/plain; version=0.0.4; charset=utf-8"};
  }
  if (const auto reply = health_reply(request, picture, std::chrono::steady_clock::now())) return *reply;
  if (const auto reply = connect_reply(request, picture, ConnectContext{worker, command})) return *reply;
  return error_reply(404, "HTTP 404 Not Found");
}

class HttpServer::Endpoint {
 public:
  Endpoint(const HttpServer& owner, const Listener& listener) : worker_id_(penstock::worker_id(listener)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };  // the library takes it
    // Not SO_REUSEPORT, the library's own choice: with it a second relay would share the port unnoticed.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_payload_max_length(kBodyBytesMax);
    server_.set_read_timeout(kIdle);
    server_.set_write_timeout(std::chrono::seconds(5));
    server_.set_keep_alive_timeout(kIdle.count());
    const auto handler = [this, &owner](const httplib::Request& from, httplib::Response& to) {
      const HttpReply reply = answer(HttpRequest{from.method, from.path, {from.params.begin(), from.params.end()}},
                                     owner.published_.copy(), worker_id_, owner.command_);
      to.status = reply.status;
      if (!reply.body.empty()) to.set_content(reply.body, reply.content_type.c_str());
    };
    server_.Get(".*", handler).Post(".*", handler).Put(".*", handler).Delete(".*", handler).Patch(".*", handler);
    // Of a PUT or POST without a length the library would read a body until the connection ends; Connect's clients send
    // none with pause, resume and restart.
    server_.set_pre_routing_handler([handler](const httplib::Request& from, httplib::Response& to) {
      if (from.has_header("Content-Length") || from.has_header("Transfer-Encoding"))
        return httplib::Server::HandlerResponse::Unhandled;
      handler(from, to);
      return httplib::Server::HandlerResponse::Handled;
    });
  }
  ~Endpoint() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  bool listen(const Listener& listener) {
    if (!server_.bind_to_port(listener.host.empty() ? "0.0.0.0" : listener.host.c_str(), listener.port)) return false;
    thread_ = std::thread([this] {
      server_.listen_after_bind();
      ended_ = true;
    });
    // stop() before the library has begun would be lost.
    while (!server_.is_running() && !ended_) std::this_thread::yield();
    return true;
  }

 private:
  httplib::Server server_;
  std::string worker_id_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

HttpServer::HttpServer(const Published& published, std::function<void(Command)> command)
    : published_(published), command_(std::move(command)) {}

HttpServer::~HttpServer() = default;

Status HttpServer::listen(std::string_view listeners) {
  endpoints_.clear();
  const std::vector<Listener> parsed = TRY(parse_listeners(listeners));
  Status status;
  for (const Listener& listener : parsed) {
    auto endpoint = std::make_unique<Endpoint>(*this, listener);
    if (endpoint->listen(listener)) {
      endpoints_.push_back(std::move(endpoint));
    } else {
      status = Problem{
          Code::kHttpListen,
          "listeners: " + worker_id(listener) +
              " cannot be opened: the port is taken, or the host is not this machine's",
          "set listeners to a free port: ss -ltnp 'sport = :" + std::to_string(listener.port) + "' shows who has it"};
    }
  }
  return status;
}

}  // namespace penstock
