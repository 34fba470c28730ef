// The log: one line an event, message first, then key=value. To standard error; under systemd with journald's level
// prefix and without a time, which the journal has. Never rows, never secrets. Any thread; it waits for no reader.
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
#include "relay/service/line_writer.h"

namespace spdlog {
class formatter;
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

  // Lines that nobody took, since the process started.
  uint64_t lines_lost() const { return writer_.lost(); }
  // Before the process ends without destructors: waits a moment for what is still to be written.
  void flush() { writer_.flush(std::chrono::milliseconds(500)); }

 private:
  std::string formatted(LogLevel level, std::string line);

  bool journald_;
  LogLevel least_;
  std::unique_ptr<spdlog::formatter> formatter_;
  mutable std::mutex mutex_;
  RepeatFilter repeats_;  // guarded, and so is this
  ProblemCounts problem_counts_{};
  std::mutex format_mutex_;  // guards formatter_
  LineWriter writer_;        // last: it uses the rest
};

}  // namespace penstock
