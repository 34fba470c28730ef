#include "relay/config/properties.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace penstock {

namespace {

// Far more than any connector or secret has.
constexpr size_t kFileBytesMax = size_t{16} << 20;

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  const int number;
};

Problem unreadable(const std::string& path) {
  return {Code::kConfigFile, path + ": cannot be read: " + std::strerror(errno),
          "check the path and that the relay's user may read it: ls -l " + path};
}

// One logical line: comments and blank lines left out, continuations joined, escapes still in place.
class LogicalLines {
 public:
  explicit LogicalLines(std::string_view text) : left_(text) {}

  bool next(std::string& line) {
    while (!left_.empty()) {
      std::string_view part = take_line();
      if (part.empty() || part.front() == '#' || part.front() == '!') continue;
      line.clear();
      while (ends_with_odd_backslashes(part)) {
        line.append(part.substr(0, part.size() - 1));
        part = take_line();
      }
      line.append(part);
      return true;
    }
    return false;
  }

 private:
  std::string_view take_line() {
    const size_t end = left_.find_first_of("\r\n");
    std::string_view line = left_.substr(0, end);
    left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t\f"), line.size()));
    return line;
  }
  static bool ends_with_odd_backslashes(std::string_view line) {
    const size_t last = line.find_last_not_of('\\');
    return (line.size() - (last == std::string_view::npos ? 0 : last + 1)) % 2 == 1;
  }

  std::string_view left_;
};

void append_utf8(std::string& to, uint32_t code) {
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xC0 | (code >> 6));
    to += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    to += static_cast<char>(0xE0 | (code >> 12));
    to += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    to += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::string unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    const char escaped = text[++i];
    switch (escaped) {
      case 't':
        plain += '\t';
        break;
      case 'n':
        plain += '\n';
        break;
      case 'r':
        plain += '\r';
        break;
      case 'f':
        plain += '\f';
        break;
      case 'u': {
        const std::string digits(text.substr(i + 1, 4));
        if (digits.size() == 4 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
          append_utf8(plain, static_cast<uint32_t>(std::stoul(digits, nullptr, 16)));
          i += 4;
        } else {
          plain += 'u';
        }
        break;
      }
      default:
        plain += escaped;
    }
  }
  return plain;
}

size_t end_of_name(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (std::string_view("=: \t\f").find(line[i]) != std::string_view::npos) {
      return i;
    }
  }
  return line.size();
}

Result<NamedValues> settings_of(const nlohmann::json& object, std::string_view where) {
  NamedValues values;
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    if (value.is_structured()) {
      return Problem{Code::kConfigFile, std::string(where) + ": the value of " + name + " is not text",
                     "write it as one text, as Kafka Connect does: \"" + name + "\": \"…\""};
    }
    values.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return values;
}

}  // namespace

NamedValues parse_properties(std::string_view text) {
  NamedValues values;
  LogicalLines lines(text);
  std::string line;
  while (lines.next(line)) {
    const std::string_view whole = line;
    const size_t end = end_of_name(whole);
    std::string_view value = whole.substr(end);
    const auto skip_blanks = [&value] {
      value.remove_prefix(std::min(value.find_first_not_of(" \t\f"), value.size()));
    };
    skip_blanks();
    if (!value.empty() && (value.front() == '=' || value.front() == ':')) value.remove_prefix(1);
    skip_blanks();
    values.emplace_back(unescape(whole.substr(0, end)), unescape(value));
  }
  return values;
}

Result<NamedValues> parse_connector_json(std::string_view text, std::string_view where) {
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(text, nullptr, true, /*ignore_comments=*/true);
  } catch (const nlohmann::json::parse_error& error) {
    return Problem{Code::kConfigFile, std::string(where) + ": not JSON: byte " + std::to_string(error.byte),
                   "mend the JSON there, or name the file *.properties if it is one"};
  } catch (const nlohmann::json::out_of_range&) {  // what the parser throws for a number like 1E999
    return Problem{Code::kConfigFile, std::string(where) + ": a number is too large",
                   "write it as one text, as Kafka Connect does"};
  }
  if (!json.is_object()) return Problem{Code::kConfigFile, std::string(where) + ": not a JSON object", ""};
  if (!json.contains("config")) return settings_of(json, where);
  if (!json["config"].is_object())
    return Problem{Code::kConfigFile, std::string(where) + ": config is not an object", ""};
  NamedValues values = TRY(settings_of(json["config"], where));
  if (json.contains("name") && json["name"].is_string()) values.emplace_back("name", json["name"].get<std::string>());
  return values;
}

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat status = {};
  if (file.number < 0 || fstat(file.number, &status) != 0) return unreadable(path);
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    return Problem{Code::kConfigFile, path + ": is no regular file, and would be waited for at each reload",
                   "write what it gives into a file, and name that"};
  }
  std::string text;
  char part[16384];
  while (text.size() <= kFileBytesMax) {
    const ssize_t size = read(file.number, part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return unreadable(path);
    if (size == 0) return text;
    text.append(part, static_cast<size_t>(size));
  }
  return Problem{Code::kConfigFile, path + ": has more than " + std::to_string(kFileBytesMax >> 20) + " MiB",
                 "see what wrote it: ls -l " + path};
}

}  // namespace penstock
