// Sends at once what librdkafka holds back for linger.ms. rd_kafka_flush() alone can do that, for as long as it runs,
// and it blocks: so it has a thread. Delivery reports go to their queue as always.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

struct rd_kafka_s;  // librdkafka's rd_kafka_t

namespace penstock {

class Flusher {
 public:
  // `client` outlives it.
  explicit Flusher(rd_kafka_s& client);
  // Waits for a flush that runs, some milliseconds at the longest.
  ~Flusher();
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;

  // What was produced before is sent soon. Returns at once; a thread that was asked already is not asked again.
  void flush();

 private:
  enum Request : uint32_t { kNone, kFlush, kEnd };

  void loop();

  rd_kafka_s& client_;
  std::atomic<uint32_t> request_{kNone};
  std::thread thread_;  // last: it uses the rest
};

}  // namespace penstock
