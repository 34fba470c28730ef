// A request and its answer without HTTP's wire: the rooms' own types, so that every answer is a pure function of the
// published picture.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace penstock {

enum class Command : uint8_t { kPause, kResume, kRestart };

struct HttpRequest {
  std::string method;                                  // "GET"
  std::string path;                                    // as it was sent, so percent-encoded; without the query
  std::multimap<std::string, std::string> query = {};  // decoded
};

struct HttpReply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

}  // namespace penstock
