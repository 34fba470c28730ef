#include "relay/kafka/position_log.h"

#include <optional>

#include "relay/core/position_record.h"

namespace penstock {

namespace {

using MessageHandle = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;

constexpr int32_t kPartition = 0;

Problem reading_problem(rd_kafka_resp_err_t error, const std::string& topic) {
  if (error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
    return {Code::kPosChanging, "records of " + topic + " went away while it was read", ""};
  return kafka_problem(error, "reading " + topic + ": " + rd_kafka_err2str(error), Code::kKafkaUnreachable);
}

std::string_view bytes(const void* data, size_t size) {
  return {static_cast<const char*>(data), size};
}

struct Bounds {
  int64_t first = 0;  // 0 unless records were deleted
  int64_t end = 0;    // after the last record of any kind, transactions that are open included
};

Result<Bounds> bounds_of_topic(rd_kafka_t& client, const std::string& topic, const Patience& patience) {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  for (int most_ms = 500; !patience.over(); most_ms = std::min(2 * most_ms, 4000)) {
    Bounds bounds;
    error = rd_kafka_query_watermark_offsets(&client, topic.c_str(), kPartition, &bounds.first, &bounds.end,
                                             patience.slice_ms(most_ms));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return bounds;
    const bool passing = error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT ||
                         error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
                         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    if (!passing) break;
  }
  return reading_problem(error, topic);
}

// A partition that is being consumed with librdkafka's simple interface, which needs no group.
class PartitionReader {
 public:
  PartitionReader(rd_kafka_t& client, const std::string& topic)
      : topic_(rd_kafka_topic_new(&client, topic.c_str(), nullptr)), queue_(rd_kafka_queue_get_main(&client)) {
    started_ = topic_ && rd_kafka_consume_start(topic_.get(), kPartition, RD_KAFKA_OFFSET_BEGINNING) == 0;
  }
  PartitionReader(const PartitionReader&) = delete;
  PartitionReader& operator=(const PartitionReader&) = delete;
  ~PartitionReader() {
    if (started_) rd_kafka_consume_stop(topic_.get(), kPartition);
  }

  bool started() const { return started_; }
  MessageHandle next(int timeout_ms) { return MessageHandle(rd_kafka_consume(topic_.get(), kPartition, timeout_ms)); }
  // Log lines, and errors of connections, which end by themselves or with the patience.
  void serve(const KafkaLog& log) {
    while (EventHandle event{rd_kafka_queue_poll(queue_.get(), 0)}) {
      if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_LOG) pass_log(*event, log);
    }
  }

 private:
  TopicHandle topic_;
  QueueHandle queue_;
  bool started_ = false;
};

bool passing(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
         error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

}  // namespace

Result<PositionLog> read_positions(rd_kafka_t& client, const KafkaSettings& settings, const KafkaLog& log,
                                   const Patience& patience) {
  const std::string& topic = settings.position_topic;
  const Bounds bounds = TRY(bounds_of_topic(client, topic, patience));
  const ClientHandle handle = TRY(open_client(settings, ClientKind::kReader));
  PartitionReader reader(*handle, topic);
  if (!reader.started()) return reading_problem(rd_kafka_last_error(), topic);
  PositionTopic positions;
  std::optional<int64_t> stable_end;
  while (!patience.over()) {
    const MessageHandle message = reader.next(patience.slice_ms());
    reader.serve(log);
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      stable_end = message->offset;
      if (*stable_end >= bounds.end) return PositionLog{positions.entries(), positions.paused(), bounds.first > 0};
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      TRY_STATUS(positions.add(bytes(message->key, message->key_len), bytes(message->payload, message->len)));
    } else if (!passing(message->err)) {
      return reading_problem(message->err, topic);
    }
  }
  if (!stable_end) return Problem{Code::kKafkaUnreachable, "reading " + topic + " took too long", ""};
  return Problem{Code::kKafkaUnreachable,
                 "an open transaction of another writer hides the end of " + topic + " (from offset " +
                     std::to_string(*stable_end) + ")",
                 "stop the other writer; the broker ends its transaction by itself after transaction.timeout.ms"};
}

}  // namespace penstock
