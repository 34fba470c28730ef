// GET /metrics in Prometheus' text format. Names are an interface: metrics_test.cpp pins them.
#pragma once

#include <string>

#include "relay/http/picture.h"

namespace penstock {

std::string metrics_text(const Picture& picture);

}  // namespace penstock
