// Java's client properties, as workers and connectors of Kafka Connect have them, to librdkafka's names and values.
#pragma once

#include <map>
#include <string>

#include "relay/kafka/settings.h"

namespace penstock {

// `values` holds the whole configuration with values that are resolved; what is not Kafka's is left alone. Read are,
// each going before the ones named earlier: bootstrap.servers, client.id, security.*, sasl.*, ssl.*; producer.*;
// producer.override.*; and topic.creation.*, penstock.position.topic, slot.name.
//
// A property that would weaken what the relay promises keeps the stronger value, with a note. One that cannot be met is
// a problem that names it, and so is one that Java's producer does not have. Secrets stand in no problem and in no
// note.
MappedSettings kafka_settings(const std::map<std::string, std::string, std::less<>>& values);

}  // namespace penstock
