// librdkafka's handles with owners, its configuration, and its errors as problems. Private to relay/kafka.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/status.h"
#include "relay/kafka/log.h"
#include "relay/kafka/settings.h"

namespace penstock {

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};
using ClientHandle = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using ConfHandle = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using QueueHandle = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using EventHandle = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using ResourceHandle = std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;
using MetadataHandle = std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;

enum class ClientKind : uint8_t {
  kProducer,  // of records: idempotent, gapless
  kReader,    // of the position topic: read_committed, from an offset, without a group
  kAdmin,     // metadata and admin requests
};

// A client whose log lines and errors arrive as events on its main queue. A problem: a property was refused.
Result<ClientHandle> open_client(const KafkaSettings& settings, ClientKind kind);

// What librdkafka says to each property, all of them at once.
std::vector<Problem> check_client_settings(const KafkaSettings& settings);

// Whether this librdkafka fetches OAUTHBEARER's tokens from an endpoint: 1.9 and later, where it was built with
// libcurl.
bool client_fetches_tokens();

// A problem with the code that core's table gives the error; an error that the table does not know is `otherwise`.
Problem kafka_problem(rd_kafka_resp_err_t error, std::string what, Code otherwise = Code::kKafkaFatal);

// The line of a log event.
void pass_log(rd_kafka_event_t& event, const KafkaLog& log);

}  // namespace penstock
