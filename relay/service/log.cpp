#include "relay/service/log.h"

#include <spdlog/pattern_formatter.h>
#include <unistd.h>

#include <cstdlib>

#include "relay/core/printable.h"

namespace penstock {

namespace {

// journald's levels: 3 error, 4 warning, 6 info, 7 debug.
char journal_level(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return '3';
    case LogLevel::kWarn:
      return '4';
    case LogLevel::kInfo:
      return '6';
    case LogLevel::kDebug:
      return '7';
  }
  return '6';
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kDebug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

LogLevel level_of(ProblemClass klass) {
  return klass == ProblemClass::kWarn ? LogLevel::kWarn : LogLevel::kError;
}

void append_value(std::string& line, std::string_view text) {
  const std::string value = printable(text);
  const bool plain = text == value && !value.empty() && value.find_first_of(" \"=\\\n\r\t") == std::string_view::npos;
  if (plain) {
    line += value;
    return;
  }
  line += '"';
  for (char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

std::string log_line(std::string_view message, LogFields fields) {
  std::string line = printable(message);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    append_value(line, value);
  }
  return line;
}

bool RepeatFilter::admit(const std::string& line, Time now, uint64_t& repeats) {
  const auto found = seen_.find(line);
  if (found != seen_.end() && now - found->second.printed < kQuiet) {
    ++found->second.held;
    return false;
  }
  repeats = found == seen_.end() ? 0 : found->second.held;
  if (seen_.size() >= kLinesMax) seen_.clear();
  seen_[line] = Seen{now, 0};
  return true;
}

bool Log::under_journald() {
  return std::getenv("JOURNAL_STREAM") != nullptr;
}

// Without a journal: 2026-11-22T20:45:17.123Z info message key=value
Log::Log(bool journald, LogLevel least)
    : journald_(journald),
      least_(least),
      formatter_(std::make_unique<spdlog::pattern_formatter>(journald ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                             spdlog::pattern_time_type::utc)),
      writer_(STDERR_FILENO, [this](uint64_t lost) {
        return formatted(LogLevel::kWarn,
                         log_line("standard error took no lines for a while", {{"lost", std::to_string(lost)}}));
      }) {}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view message, LogFields fields) {
  if (level < least_) return;
  std::string line = log_line(message, fields);
  uint64_t repeats = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!repeats_.admit(line, std::chrono::steady_clock::now(), repeats)) return;
  }
  if (repeats > 0) line += " repeated=" + std::to_string(repeats);
  writer_.write(formatted(level, std::move(line)));
}

std::string Log::formatted(LogLevel level, std::string line) {
  if (journald_) line = std::string("<") + journal_level(level) + ">" + line;
  spdlog::memory_buf_t text;
  const std::lock_guard lock(format_mutex_);
  formatter_->format(spdlog::details::log_msg("penstock", spdlog_level(level), line), text);
  return {text.data(), text.size()};
}

void Log::forget_repeats() {
  const std::lock_guard lock(mutex_);
  repeats_.forget();
}

void Log::problem(const Problem& problem) {
  {
    const std::lock_guard lock(mutex_);
    ++problem_counts_[static_cast<size_t>(problem.code)];
  }
  still(problem);
}

void Log::still(const Problem& problem) {
  const ProblemInfo& row = info(problem.code);
  const LogLevel level = level_of(row.klass);
  write(level, std::string(row.name) + ": " + problem.what, {});
  const std::string_view mend = problem.mend.empty() ? row.mend : std::string_view(problem.mend);
  if (!mend.empty()) write(level, std::string("  mend: ") + std::string(mend), {});
}

ProblemCounts Log::problem_counts() const {
  const std::lock_guard lock(mutex_);
  return problem_counts_;
}

}  // namespace penstock
