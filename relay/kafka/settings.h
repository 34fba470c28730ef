// What the Kafka room needs to know, in librdkafka's words. java_names.h makes it of the names that people write.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/problem.h"

namespace penstock {

// One property of librdkafka, with the name that the user wrote, for messages.
struct ClientProperty {
  std::string name;  // librdkafka's
  std::string value;
  std::string origin;   // "producer.override.sasl.jaas.config"; empty: our own default
  bool secret = false;  // the value is never printed
};

// What topics of one group are made with.
struct TopicGroupSettings {
  int32_t partitions = -1;  // -1: the broker's default
  int32_t replication_factor = -1;
  std::map<std::string, std::string, std::less<>> config;  // cleanup.policy and the like
};

// How topics that are missing are made: topic.creation.default.*, and topic.creation.<group>.*, whose patterns are the
// plugin's to match.
struct TopicCreation : TopicGroupSettings {
  bool enabled = true;  // topic.creation.enable
  std::map<std::string, TopicGroupSettings, std::less<>> groups;
};

// Topic → group of topic.creation.groups; a topic that is not in it belongs to the default group.
using GroupOfTopic = std::map<std::string, std::string, std::less<>>;

struct KafkaSettings {
  std::string bootstrap_servers;         // host:port,host:port
  std::vector<ClientProperty> client;    // of every client: addresses, security, sockets
  std::vector<ClientProperty> producer;  // of producers besides, later ones go before earlier ones
  TopicCreation topic_creation;
  std::string position_topic;          // penstock.position.topic
  int64_t record_bytes_max = 1048576;  // max.request.size: key and value of one record
  bool truncate_everywhere = false;    // penstock.truncate.partitions=all
};

// The settings with what was wrong in them and what has no effect.
struct MappedSettings {
  KafkaSettings settings;
  std::vector<Problem> problems;   // any of another class than kWarn: the settings are not usable
  std::vector<std::string> notes;  // one line for each property that is accepted without effect
};

}  // namespace penstock
