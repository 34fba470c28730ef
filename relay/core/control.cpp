#include "relay/core/control.h"

#include "relay/core/overloaded.h"

namespace penstock {

std::string step_of(const Request& request) {
  return std::visit(Overloaded{
                        [](const Probe&) { return "asking both sides"; },
                        [](const WriteIntent&) { return "writing the intent record"; },
                        [](const WritePosition&) { return "writing the first position"; },
                        [](const WriteTargetState& target) {
                          return target.paused ? "storing the pause" : "storing the end of the pause";
                        },
                        [](const DropSlot&) { return "dropping the slot"; },
                        [](const CreateSlot&) { return "creating the slot"; },
                        [](const OpenSnapshot&) { return "opening the snapshot"; },
                        [](const CreateTopics&) { return "creating topics"; },
                        [](const OpenStream&) { return "starting replication"; },
                        [](const OpenProducer&) { return "opening the producer"; },
                        [](const Close&) { return "closing the session"; },
                    },
                    request);
}

}  // namespace penstock
