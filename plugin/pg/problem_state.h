// The SQLSTATE of an ERROR or WARNING that is a problem of its own to the relay (wire/problem_state.h).
#pragma once

#include "plugin/pg/pg.h"
#include "wire/problem_state.h"

namespace penstock {

// Of PENSTOCK-PG-<number>.
constexpr int problem_state(int number) {
  return MAKE_SQLSTATE(wire::kProblemState[0], wire::kProblemState[1], '0' + number / 100, '0' + number / 10 % 10,
                       '0' + number % 10);
}

inline constexpr int kPublicationGone = problem_state(32);
inline constexpr int kNotPublished = problem_state(33);

}  // namespace penstock
