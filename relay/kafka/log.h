// Where lines of librdkafka go.
#pragma once

#include <functional>
#include <string_view>

namespace penstock {

// `level` is syslog's: 3 error, 4 warning, 6 info. Called by the thread that is inside a call of this room.
using KafkaLog = std::function<void(int level, std::string_view line)>;

}  // namespace penstock
