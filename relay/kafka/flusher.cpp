#include "relay/kafka/flusher.h"

#include <librdkafka/rdkafka.h>

namespace penstock {

namespace {

// While it lasts, whatever is produced is sent at once; it ends earlier when everything is in Kafka. After so long a
// broker is busy, and batches are better.
constexpr int kLongestMs = 1;

}  // namespace

Flusher::Flusher(rd_kafka_s& client) : client_(client), thread_([this] { loop(); }) {}

Flusher::~Flusher() {
  request_.store(kEnd);
  request_.notify_one();
  thread_.join();
}

void Flusher::flush() {
  uint32_t none = kNone;
  if (request_.compare_exchange_strong(none, kFlush)) request_.notify_one();
}

void Flusher::loop() {
  while (true) {
    request_.wait(kNone);
    uint32_t asked = kFlush;
    if (!request_.compare_exchange_strong(asked, kNone)) return;
    rd_kafka_flush(&client_, kLongestMs);
  }
}

}  // namespace penstock
