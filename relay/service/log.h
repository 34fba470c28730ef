// The log: one line an event, message first, then key=value. To standard error; under systemd with journald's level
// prefix and without a time, which the journal has. Never rows, never secrets. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "relay/core/problem.h"

namespace spdlog {
class logger;
}

namespace penstock {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError };

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

// "message key=value key=\"two words\"": quotes where a value is empty or has blanks, quotes or controls in it. All of
// it is printable(), since names and messages come from others.
std::string log_line(std::string_view message, LogFields fields);

// Repeats within a minute are counted, not printed.
class RepeatFilter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kQuiet{60};
  static constexpr size_t kLinesMax = 256;  // remembered at once; beyond it everything is forgotten

  // Whether to print `line` now; if so, `repeats` says how often it was held back since it was printed.
  bool admit(const std::string& line, Time now, uint64_t& repeats);
  // What follows is news again.
  void forget() { seen_.clear(); }

 private:
  struct Seen {
    Time printed;
    uint64_t held = 0;
  };
  std::map<std::string, Seen, std::less<>> seen_;
};

class Log {
 public:
  // `journald`: lines begin with <level>, as systemd reads them.
  Log(bool journald, LogLevel least);
  ~Log();

  // As standard error is a journal's stream or not.
  static bool under_journald();

  void write(LogLevel level, std::string_view message, LogFields fields = {});

  // Things went well again, or somebody has intervened: from now on nothing is a repeat.
  void forget_repeats();

  // The reason with its code, and the mend in a line of its own; the level by its class. It is counted.
  void problem(const Problem& problem);
  // A problem that was said already and still stands: a repeat, not counted again.
  void still(const Problem& problem);
  // How often each problem came since the process started.
  ProblemCounts problem_counts() const;

 private:
  bool journald_;
  std::shared_ptr<spdlog::logger> logger_;  // spdlog's own way to hold one
  mutable std::mutex mutex_;
  RepeatFilter repeats_;  // guarded, and so are these
  ProblemCounts problem_counts_{};
};

}  // namespace penstock
