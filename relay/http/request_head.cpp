#include "relay/http/request_head.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace penstock {

namespace {

constexpr int kBadRequest = 400;
constexpr int kBodyTooLarge = 413;
constexpr int kVersion = 505;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
    return alphanumeric || (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  });
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Up to the line's end, which goes; clients of LF alone are understood too.
std::string_view take_line(std::string_view& bytes) {
  const size_t end = bytes.find('\n');
  std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char letter = lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// "a=1&b": names and values; '+' is a blank there. False: not decodable.
bool parse_query(std::string_view text, std::multimap<std::string, std::string>& query) {
  while (!text.empty()) {
    const size_t end = text.find('&');
    std::string item(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (item.empty()) continue;
    std::ranges::replace(item, '+', ' ');
    const size_t equals = std::min(item.find('='), item.size());
    const auto name = decode_percent(std::string_view(item).substr(0, equals));
    const auto value = decode_percent(std::string_view(item).substr(std::min(equals + 1, item.size())));
    if (!name || !value) return false;
    query.emplace(*name, *value);
  }
  return true;
}

// "/path?query", or with "http://host" before it as a client of a proxy writes it.
bool parse_target(std::string_view target, RequestHead& head) {
  constexpr std::string_view kScheme = "http://";
  if (target.size() > kScheme.size() && same(target.substr(0, kScheme.size()), kScheme)) {
    target.remove_prefix(kScheme.size());
    const size_t slash = std::min(target.find('/'), target.size());
    head.host = target.substr(0, slash);
    target.remove_prefix(slash);
    if (target.empty()) target = "/";
  }
  if (!target.starts_with('/')) return false;
  if (std::ranges::any_of(target, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }))
    return false;
  const size_t question = std::min(target.find('?'), target.size());
  head.request.path = target.substr(0, question);
  if (!decode_percent(head.request.path)) return false;
  return parse_query(target.substr(std::min(question + 1, target.size())), head.request.query);
}

// 0, or the status that refuses it.
int parse_request_line(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return kBadRequest;
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return version.starts_with("HTTP/") ? kVersion : kBadRequest;
  head.keep_alive = version == "HTTP/1.1";
  head.request.method = line.substr(0, first);
  if (!is_token(head.request.method)) return kBadRequest;
  return parse_target(line.substr(first + 1, last - first - 1), head) ? 0 : kBadRequest;
}

// What the lines of fields say together.
struct Fields {
  std::optional<std::string> host;
  std::optional<uint64_t> content_length;
  bool close = false;       // the client wants no second answer
  bool unmeasured = false;  // where the body ends is in the body, or depends on our answer
};

bool take_length(std::string_view value, Fields& fields) {
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc() || end != value.data() + value.size()) return false;
  if (fields.content_length && *fields.content_length != length) return false;
  fields.content_length = length;
  return true;
}

bool take_field(std::string_view name, std::string_view value, Fields& fields, RequestHead& head) {
  if (same(name, "Host")) {
    if (fields.host) return false;
    fields.host = value;
  } else if (same(name, "Origin")) {
    head.origin = value;
  } else if (same(name, "Content-Length")) {
    return take_length(value, fields);
  } else if (same(name, "Transfer-Encoding") || same(name, "Expect")) {
    fields.unmeasured = true;
  } else if (same(name, "Connection")) {
    while (!value.empty()) {
      const size_t comma = std::min(value.find(','), value.size());
      if (same(trimmed(value.substr(0, comma)), "close")) fields.close = true;
      value.remove_prefix(std::min(comma + 1, value.size()));
    }
  }
  return true;
}

bool parse_fields(std::string_view bytes, Fields& fields, RequestHead& head) {
  while (true) {
    const std::string_view line = take_line(bytes);
    if (line.empty()) return true;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (std::ranges::any_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }))
      return false;
    if (!take_field(line.substr(0, colon), value, fields, head)) return false;
  }
}

}  // namespace

size_t head_size(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size() && (bytes[at] == '\r' || bytes[at] == '\n')) ++at;
  while (true) {
    at = bytes.find('\n', at);
    if (at == std::string_view::npos) return 0;
    ++at;
    if (bytes.substr(at).starts_with('\n')) return at + 1;
    if (bytes.substr(at).starts_with("\r\n")) return at + 2;
  }
}

std::variant<RequestHead, int> parse_head(std::string_view head, uint64_t body_bytes_max) {
  head.remove_prefix(std::min(head.find_first_not_of("\r\n"), head.size()));
  RequestHead parsed;
  const int refused = parse_request_line(take_line(head), parsed);
  if (refused != 0) return refused;
  Fields fields;
  if (!parse_fields(head, fields, parsed)) return kBadRequest;
  // RFC 9112, 3.2, would have 400 for HTTP/1.1 without a Host. Probes of load balancers are written so; no browser is.
  if (fields.host && parsed.host.empty()) parsed.host = *fields.host;
  if (fields.content_length.value_or(0) > body_bytes_max) return kBodyTooLarge;
  parsed.keep_alive = parsed.keep_alive && !fields.close && !fields.unmeasured;
  // No answer depends on a body: one that is not measured is not waited for.
  parsed.body_bytes = fields.unmeasured ? 0 : fields.content_length.value_or(0);
  return parsed;
}

std::optional<std::string> decode_percent(std::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const int high = at + 1 < text.size() ? digit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return decoded;
}

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty()) parts.push_back(decode_percent(part).value_or(std::string(part)));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

}  // namespace penstock
