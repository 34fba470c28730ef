// Errors as values. What the world does is a Status; what we did wrong is a CHECK, kept in release builds.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "relay/core/problem.h"

namespace penstock {

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Problem problem) : problem_(std::move(problem)) {}  // NOLINT(google-explicit-constructor): return problem;
  static Status ok() { return Status(); }

  bool is_ok() const { return !problem_; }
  const Problem& problem() const { return *problem_; }

 private:
  std::optional<Problem> problem_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}            // NOLINT(google-explicit-constructor): return value;
  Result(Problem problem) : value_(std::move(problem)) {}  // NOLINT(google-explicit-constructor): return problem;

  bool is_ok() const { return value_.index() == 0; }
  const Problem& problem() const { return std::get<1>(value_); }
  T& value() { return std::get<0>(value_); }
  const T& value() const { return std::get<0>(value_); }
  Status status() const { return is_ok() ? Status() : Status(problem()); }

 private:
  std::variant<T, Problem> value_;
};

}  // namespace penstock

// Gives the value of a Result, or returns its problem from the enclosing function. GNU statement expression: both
// compilers that we build with have it.
#define TRY(...)                                          \
  __extension__({                                         \
    auto try_result = (__VA_ARGS__);                      \
    if (!try_result.is_ok()) return try_result.problem(); \
    std::move(try_result.value());                        \
  })

// The same for a Status.
#define TRY_STATUS(...)                                   \
  do {                                                    \
    auto try_status = (__VA_ARGS__);                      \
    if (!try_status.is_ok()) return try_status.problem(); \
  } while (false)

// What cannot be unless we are wrong. Ends the process: crash-only is safe at any instant (DESIGN.md section 5).
#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
