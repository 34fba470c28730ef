#include "relay/http/health.h"

#include <nlohmann/json.hpp>

#include "relay/core/printable.h"

namespace penstock {

namespace {

using Json = nlohmann::ordered_json;

// The loop publishes at least each second: beyond this it hangs.
constexpr std::chrono::seconds kStale{10};

Json problem_json(const Problem& problem) {
  const ProblemInfo& row = info(problem.code);
  return {{"code", row.name},
          {"class", name(row.klass)},
          {"what", printable(problem.what)},
          {"mend", printable(problem.mend.empty() ? row.mend : std::string_view(problem.mend))}};
}

bool well(State state) {
  switch (state) {
    case State::kStarting:
    case State::kSnapshot:
    case State::kStreaming:
    case State::kPaused:
    case State::kCompleted:
    case State::kStopping:
    case State::kStopped:
      return true;
    case State::kWaiting:
    case State::kFailed:
      return false;
  }
  return false;
}

}  // namespace

std::optional<HttpReply> health_reply(const HttpRequest& request, const Picture& picture,
                                      std::chrono::steady_clock::time_point now) {
  const bool live_only = request.path == "/health/live";
  if (request.method != "GET" || (request.path != "/health" && !live_only)) return std::nullopt;
  const bool live = now - picture.at < kStale;
  const bool healthy = live && (live_only || well(picture.view.state));
  const View& view = picture.view;
  Json json;
  json["status"] = healthy ? "healthy" : "unhealthy";
  json["message"] =
      live ? "The connector is " + std::string(name(view.state)) + (view.step.empty() ? "." : ": " + view.step + ".")
           : "The loop does not turn.";
  json["state"] = name(view.state);
  if (view.paused_unix_ms != 0) json["paused_since"] = utc_text(view.paused_unix_ms);
  json["connector"] = picture.connector.name;
  json["version"] = PENSTOCK_VERSION;
  json["problems"] = Json::array();
  for (const Problem& problem : view.problems) json["problems"].push_back(problem_json(problem));
  for (const Problem& problem : picture.standing) json["problems"].push_back(problem_json(problem));
  for (const Problem& problem : picture.reload) json["problems"].push_back(problem_json(problem));
  if (view.retry_at) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*view.retry_at - now).count();
    json["retry_in_ms"] = left < 0 ? 0 : left;
  }
  json["positions"] = {{"stored", to_string(view.stored.end)},
                       {"received", to_string(view.received)},
                       {"server_end", to_string(view.server_end)},
                       {"slot", view.identity.slot},
                       {"epoch", view.epoch}};
  json["sessions"] = view.sessions;
  json["records"] = picture.stats.records;
  json["in_flight_bytes"] = picture.stats.in_flight_bytes;
  return HttpReply{healthy ? 200 : 503, json.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json"};
}

}  // namespace penstock
