#include "relay/http/connect_rest.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace penstock {

namespace {

using Json = nlohmann::ordered_json;

// The REST interface is that of this version of Kafka Connect; tools ask for it to know which paths exist.
constexpr const char* kConnectVersion = "4.3.1";
constexpr const char* kConnectorClass = "io.debezium.connector.postgresql.PostgresConnector";

HttpReply json_reply(const Json& json, int status = 200) {
  return HttpReply{status, json.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json"};
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const size_t end = path.find('/');
    if (end != 0) parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
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

HttpReply restart(const HttpRequest& request, const Picture& picture, const ConnectContext& context) {
  context.command(Command::kRestart);
  const auto is_true = [&](const char* name) {
    const auto found = request.query.find(name);
    return found != request.query.end() && found->second == "true";
  };
  if (!is_true("includeTasks") && !is_true("onlyFailed")) return HttpReply{204, "", "application/json"};
  Json body = status(picture, context);
  body["connector"]["state"] = "RESTARTING";
  body["tasks"][0]["state"] = "RESTARTING";
  body["tasks"][0].erase("trace");
  return json_reply(body, 202);
}

HttpReply connector_reply(const HttpRequest& request, const std::vector<std::string>& parts, const Picture& picture,
                          const ConnectContext& context) {
  const std::string& name = parts[1];
  if (name != picture.connector.name) return error_reply(404, "Connector " + name + " not found");
  const std::string rest = request.path.substr(request.path.find(name) + name.size());
  const std::string what = rest.ends_with('/') ? rest.substr(0, rest.size() - 1) : rest;
  const bool get = request.method == "GET";
  if (get && what.empty()) return json_reply(connector_info(picture));
  if (get && what == "/config") return json_reply(Json(picture.connector.config));
  if (get && what == "/status") return json_reply(status(picture, context));
  if (get && what == "/tasks") return json_reply(tasks(picture));
  if (get && what == "/tasks/0/status") return json_reply(task_status(picture, context));
  if (get && what == "/topics") return json_reply(topics(picture));
  if (request.method == "PUT" && what == "/pause") {
    context.command(Command::kPause);
    return HttpReply{202, "", "application/json"};
  }
  if (request.method == "PUT" && what == "/resume") {
    context.command(Command::kResume);
    return HttpReply{202, "", "application/json"};
  }
  if (request.method == "POST" && what == "/restart") return restart(request, picture, context);
  if (request.method == "POST" && what == "/tasks/0/restart") {
    context.command(Command::kRestart);
    return HttpReply{204, "", "application/json"};
  }
  if (get && (what == "/offsets" || !what.starts_with("/tasks/"))) return error_reply(404, "HTTP 404 Not Found");
  if (what.starts_with("/tasks/") && !what.starts_with("/tasks/0")) {
    return error_reply(404, "Unknown task: " + name + "-" + what.substr(7, what.find('/', 7) - 7));
  }
  return method_refused(request);
}

}  // namespace

HttpReply error_reply(int status, const std::string& message) {
  return json_reply(Json{{"error_code", status}, {"message", message}}, status);
}

std::optional<HttpReply> connect_reply(const HttpRequest& request, const Picture& picture,
                                       const ConnectContext& context) {
  const std::vector<std::string> parts = split_path(request.path);
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
