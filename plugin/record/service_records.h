// Records that belong to no table: logical messages, transaction markers, heartbeats.
#pragma once

#include "plugin/plan/plan.h"

namespace penstock {

enum class ServiceRecord : uint8_t { kMessage, kMessageOutside, kBegin, kEnd, kHeartbeat };
static_assert(static_cast<size_t>(ServiceRecord::kHeartbeat) < Outputs::kKinds);

// Their outputs, by ServiceRecord. In CurrentMemoryContext, where they also grow; the arguments outlive them.
Outputs* service_outputs(const Options& options, const Naming& naming, uint32* next_id);

// The heartbeat's key and value, for the relay, whose clock they show: pieces between which the milliseconds stand.
// False if a transform drops heartbeats.
struct HeartbeatTemplate {
  std::string_view topic;
  std::string_view key;           // data() null: no key
  Array<std::string_view> value;  // empty: no value
};
bool heartbeat_template(Outputs& outputs, HeartbeatTemplate& heartbeat);

}  // namespace penstock
