#include "relay/http/connect_rest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "relay/http/listeners.h"
#include "relay/http/request_head.h"

namespace penstock {

namespace {

using Json = nlohmann::ordered_json;

// The REST interface is that of this version of Kafka Connect; tools ask for it to know which paths exist.
constexpr const char* kConnectVersion = "4.3.1";
constexpr const char* kConnectorClass = "io.debezium.connector.postgresql.PostgresConnector";

HttpReply json_reply(const Json& json, int status = 200) {
  return HttpReply{status, json.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json"};
}

bool paused(const Picture& picture) {
  return picture.view.state == State::kPaused;
}

// What keeps the task from its work, also while it waits for somebody to mend it; warnings are in /health.
std::string trace_of(const Picture& picture) {
  std::string trace;
  for (const std::vector<Problem>* problems : {&picture.view.problems, &picture.standing}) {
    for (const Problem& problem : *problems) {
      if (info(problem.code).klass != ProblemClass::kWarn) trace += to_string(problem) + "\n";
    }
  }
  return trace;
}

Json task_status(const Picture& picture, const ConnectContext& context) {
  Json task = {{"id", 0},
               {"state", connect_name(picture.view.state)},
               {"worker_id", context.worker_id},
               {"version", picture.connector.contract_version}};
  const std::string trace = trace_of(picture);
  if (!trace.empty()) task["trace"] = trace;
  return task;
}

// As in Connect a task that failed leaves its connector running.
Json status(const Picture& picture, const ConnectContext& context) {
  return {{"name", picture.connector.name},
          {"connector",
           {{"state", paused(picture) ? "PAUSED" : "RUNNING"},
            {"worker_id", context.worker_id},
            {"version", picture.connector.contract_version}}},
          {"tasks", Json::array({task_status(picture, context)})},
          {"type", "source"}};
}

Json task_id(const Picture& picture) {
  return {{"connector", picture.connector.name}, {"task", 0}};
}

Json connector_info(const Picture& picture) {
  return {{"name", picture.connector.name},
          {"config", picture.connector.config},
          {"tasks", Json::array({task_id(picture)})},
          {"type", "source"}};
}

Json tasks(const Picture& picture) {
  Json config = picture.connector.config;
  config["task.class"] = "io.debezium.connector.postgresql.PostgresConnectorTask";
  return Json::array({{{"id", task_id(picture)}, {"config", config}}});
}

Json topics(const Picture& picture) {
  Json names = Json::array();
  for (const TableStats& table : picture.stats.tables) {
    const uint64_t records =
        table.create + table.update + table.remove + table.read + table.truncate + table.tombstone + table.other;
    if (records > 0) names.push_back(table.topic);
  }
  return {{picture.connector.name, {{"topics", names}}}};
}

Json expanded(const HttpRequest& request, const Picture& picture, const ConnectContext& context) {
  Json entry = Json::object();
  const auto [begin, end] = request.query.equal_range("expand");
  for (auto at = begin; at != end; ++at) {
    if (at->second == "status") entry["status"] = status(picture, context);
    if (at->second == "info") entry["info"] = connector_info(picture);
  }
  if (entry.empty()) return Json::array({picture.connector.name});
  return {{picture.connector.name, entry}};
}

HttpReply method_refused(const HttpRequest& request) {
  return error_reply(405,
                     request.method + " " + request.path +
                         " is not offered: the connector's file is its configuration; edit it and reload (SIGHUP), or "
                         "pause, resume and restart here");
}

bool is_true(const HttpRequest& request, const char* name) {
  const auto found = request.query.find(name);
  return found != request.query.end() &&
         std::ranges::equal(found->second, std::string_view("true"),
                            [](char c, char t) { return c == t || c == t - 'a' + 'A'; });
}

HttpReply stopping() {
  return error_reply(409, "The process is ending: what was read is delivered, then it stops");
}

bool is_stopping(const Picture& picture) {
  return picture.view.state == State::kStopping || picture.view.state == State::kStopped;
}

// Connector and task are one here, so that includeTasks adds nothing to what begins anew; it asks, as onlyFailed does,
// for the status in the answer. As in Connect the connector itself never has failed, only its task.
HttpReply restart(const HttpRequest& request, const Picture& picture, const ConnectContext& context) {
  if (is_stopping(picture)) return stopping();
  const bool only_failed = is_true(request, "onlyFailed");
  const bool begins = !only_failed || picture.view.state == State::kFailed;
  if (begins) context.command(Command::kRestart);
  if (!is_true(request, "includeTasks") && !only_failed) return HttpReply{204, "", "application/json"};
  Json body = status(picture, context);
  if (!only_failed) body["connector"]["state"] = "RESTARTING";
  if (begins) {
    body["tasks"][0]["state"] = "RESTARTING";
    body["tasks"][0].erase("trace");
  }
  return json_reply(body, 202);
}

// After the connector's name.
using Rest = std::vector<std::string>;

std::optional<HttpReply> read(const Rest& rest, const Picture& picture, const ConnectContext& context) {
  if (rest.empty()) return json_reply(connector_info(picture));
  if (rest == Rest{"config"}) return json_reply(Json(picture.connector.config));
  if (rest == Rest{"status"}) return json_reply(status(picture, context));
  if (rest == Rest{"tasks"}) return json_reply(tasks(picture));
  if (rest == Rest{"tasks", "0", "status"}) return json_reply(task_status(picture, context));
  if (rest == Rest{"topics"}) return json_reply(topics(picture));
  return std::nullopt;
}

std::optional<HttpReply> command(const HttpRequest& request, const Rest& rest, const Picture& picture,
                                 const ConnectContext& context) {
  const bool put = request.method == "PUT", post = request.method == "POST";
  if (put && (rest == Rest{"pause"} || rest == Rest{"resume"})) {
    if (is_stopping(picture)) return stopping();
    context.command(rest.front() == "pause" ? Command::kPause : Command::kResume);
    return HttpReply{202, "", "application/json"};
  }
  if (post && rest == Rest{"restart"}) return restart(request, picture, context);
  if (post && rest == Rest{"tasks", "0", "restart"}) {
    if (is_stopping(picture)) return stopping();
    context.command(Command::kRestart);
    return HttpReply{204, "", "application/json"};
  }
  return std::nullopt;
}

HttpReply connector_reply(const HttpRequest& request, const std::vector<std::string>& parts, const Picture& picture,
                          const ConnectContext& context) {
  const std::string& name = parts[1];
  if (name != picture.connector.name) return error_reply(404, "Connector " + name + " not found");
  const Rest rest(parts.begin() + 2, parts.end());
  const bool get = request.method == "GET";
  if (const auto reply = get ? read(rest, picture, context) : command(request, rest, picture, context)) return *reply;
  const bool of_task = rest.size() > 1 && rest[0] == "tasks";
  if (get && !of_task) return error_reply(404, "HTTP 404 Not Found");
  if (of_task && rest[1] != "0") return error_reply(404, "Unknown task: " + name + "-" + rest[1]);
  return method_refused(request);
}

}  // namespace

HttpReply error_reply(int status, const std::string& message) {
  return json_reply(Json{{"error_code", status}, {"message", message}}, status);
}

std::string resume_command(std::string_view listeners, std::string_view connector) {
  const Result<std::vector<Listener>> parsed = parse_listeners(listeners);
  Listener listener;
  if (parsed.is_ok() && !parsed.value().empty()) listener = parsed.value().front();
  if (listener.host.empty() || listener.host == "0.0.0.0" || listener.host == "::") listener.host = "localhost";
  std::string path;
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : connector) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    path += plain ? std::string(1, c) : std::string{'%', kDigits[byte / 16], kDigits[byte % 16]};
  }
  return "curl -X PUT http://" + worker_id(listener) + "/connectors/" + path + "/resume";
}

std::optional<HttpReply> connect_reply(const HttpRequest& request, const Picture& picture,
                                       const ConnectContext& context) {
  const std::vector<std::string> parts = path_parts(request.path);
  const bool get = request.method == "GET";
  if (parts.empty()) {
    if (!get) return method_refused(request);
    return json_reply(Json{{"version", kConnectVersion},
                           {"commit", std::string("penstock-") + PENSTOCK_VERSION},
                           {"kafka_cluster_id", picture.kafka ? picture.kafka->cluster_id : ""}});
  }
  if (parts[0] == "connectors") {
    if (parts.size() >= 2) return connector_reply(request, parts, picture, context);
    if (!get) return method_refused(request);
    return json_reply(expanded(request, picture, context));
  }
  if (parts[0] == "connector-plugins") {
    if (!get || parts.size() > 1) return method_refused(request);
    return json_reply(Json::array(
        {{{"class", kConnectorClass}, {"type", "source"}, {"version", picture.connector.contract_version}}}));
  }
  return std::nullopt;
}

}  // namespace penstock
