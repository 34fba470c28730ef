// What is asked of both sides, in order, between a verdict and the session that it wants. Each step changes something
// that the next probe would find, so that a plan can end anywhere.
#pragma once

#include <deque>

#include "relay/core/control.h"
#include "relay/core/judge.h"

namespace penstock {

// `verdict` is one of kCreate, kAdopt, kStream. `have_producer`: that of an earlier session goes on.
std::deque<Request> plan_of(const Verdict& verdict, bool have_producer);

}  // namespace penstock
