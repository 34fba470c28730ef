// How many records a second the producer hands to a broker: Debezium-shaped values of 690 bytes, four headers,
// acks=all.
//
//   penstock_kafka_bench host:port RECORDS [PARTITIONS] [NAME=VALUE ...]     NAME is librdkafka's; headers=0 leaves
//   them out
//
// Prints records and megabytes of values a second, CPU of this process a record, peak resident memory.
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "relay/kafka/kafka_control.h"

namespace penstock {
namespace {

constexpr size_t kDistinct = 4096;
constexpr size_t kValueBytes = 690;

struct Row {
  std::string key;
  std::string value;
};

// Values differ in ids, names, amounts and times, as the rows of a table do; lz4 makes a seventh of them.
std::vector<Row> make_rows() {
  std::vector<Row> rows;
  char text[1024];
  for (size_t i = 0; i < kDistinct; ++i) {
    const size_t id = 100000 + i * 7919 % 900000;
    std::snprintf(
        text, sizeof text,
        "{\"before\":null,\"after\":{\"id\":%zu,\"email\":\"user%zu@example.com\",\"full_name\":\"Name %zu Surname "
        "%zu\",\"city\":\"City "
        "%zu\",\"active\":%s,\"born\":%zu,\"balance\":\"%zu.%02zu\",\"created_at\":\"2026-11-22T20:%02zu:"
        "%02zu.%06zuZ\",\"updated_at\":\"2026-11-22T21:%02zu:%02zu.%06zuZ\"},\"source\":{\"version\":\"3.6.3.Final\","
        "\"connector\":"
        "\"postgresql\",\"name\":\"shop\",\"ts_ms\":17953823%05zu,\"snapshot\":\"false\",\"db\":\"shop\",\"sequence\":"
        "\"[\\\"%zu\\\","
        "\\\"%zu\\\"]\",\"ts_us\":17953823%05zu000,\"ts_ns\":17953823%05zu000000,\"schema\":\"public\",\"table\":"
        "\"customers\",\"txId\":"
        "%zu,\"lsn\":%zu,\"xmin\":null},\"transaction\":null,\"op\":\"c\",\"ts_ms\":17953823%05zu}",
        id, id, i, i * 31 % 977, i % 89, i % 3 != 0 ? "true" : "false", i % 20000, i * 13 % 99999, i % 100, i % 60,
        i * 7 % 60, i * 7919 % 1000000, i % 60, i * 11 % 60, i * 104729 % 1000000, i, 24023120 + i * 8,
        24023128 + i * 8, i, i, 700 + i / 10, 24023128 + i * 8, i + 3);
    Row row{"{\"id\":" + std::to_string(id) + "}", text};
    row.value.resize(kValueBytes, ' ');
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string four_headers() {
  struct Sink {
    std::string text;
    void append(const char* bytes, size_t size) { text.append(bytes, size); }
  } sink;
  wire::write_kafka_header(sink, {"__debezium.context.connectorLogicalName", "shop"});
  wire::write_kafka_header(sink, {"__debezium.context.taskId", "0"});
  wire::write_kafka_header(sink, {"__debezium.context.connectorName", "postgresql"});
  wire::write_kafka_header(sink, {"__debezium.context.runId", "0d7bb3a8-6a3f-4b0c-9a39-5b6d2f6c2d1e"});
  return sink.text;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

struct Run {
  double seconds = 0;
  double cpu = 0;
  uint64_t full = 0;
};

// The loop of the relay in small: offer until the queue is full, sleep until reports are there, take them.
Status run(KafkaProducer& producer, const std::vector<Row>& rows, const Route& route, uint64_t count, Run& result) {
  Record record;
  record.route = &route;
  std::vector<Producer::Report> reports;
  uint64_t offered = 0;
  uint64_t reported = 0;
  const double cpu = cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  while (reported < count) {
    for (bool room = true; room && offered < count;) {
      const Row& row = rows[offered % rows.size()];
      record.key = row.key;
      record.value = row.value;
      const Producer::Offer offer = producer.produce(record, offered);
      if (offer == Producer::Offer::kRefused) return producer.problem();
      room = offer == Producer::Offer::kTaken;
      offered += room;
      result.full += !room;
    }
    pollfd waiting{producer.descriptor(), POLLIN, 0};
    poll(&waiting, 1, 1000);
    reports.clear();
    TRY_STATUS(producer.poll(reports));
    reported += reports.size();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  result.cpu = cpu_seconds() - cpu;
  return Status::ok();
}

int fail(const Problem& problem) {
  std::fprintf(stderr, "%s\n", to_string(problem).c_str());
  return 1;
}

int main_of(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s host:port RECORDS [PARTITIONS] [NAME=VALUE ...]\n", argv[0]);
    return 2;
  }
  KafkaSettings settings;
  settings.client.push_back({"bootstrap.servers", argv[1], "", false});
  settings.topic_creation.partitions = 1;
  const uint64_t count = std::stoull(argv[2]);
  Route route;
  route.topic = "bench-" + std::to_string(getpid());
  route.headers = four_headers();
  for (int i = 3; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      settings.topic_creation.partitions = std::stoi(argument);
    } else if (argument == "headers=0") {
      route.headers.clear();
    } else {
      settings.producer.push_back({argument.substr(0, equals), argument.substr(equals + 1), "", false});
    }
  }
  const std::vector<Row> rows = make_rows();
  KafkaControl control(settings);
  if (const Status made = control.create_topics({route.topic}); !made.is_ok()) return fail(made.problem());
  auto producer = control.open_producer();
  if (!producer.is_ok()) return fail(producer.problem());
  Run warm;
  if (const Status status = run(*producer.value(), rows, route, 20000, warm); !status.is_ok())
    return fail(status.problem());
  Run timed;
  if (const Status status = run(*producer.value(), rows, route, count, timed); !status.is_ok())
    return fail(status.problem());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double records = static_cast<double>(count);
  std::printf("%.0f records/s  %.0f MB/s  %.2f us CPU/record  %.1f MB peak  %llu times full\n", records / timed.seconds,
              records * kValueBytes / timed.seconds / 1e6, timed.cpu / records * 1e6,
              static_cast<double>(usage.ru_maxrss) / 1024, static_cast<unsigned long long>(timed.full));
  return 0;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  return penstock::main_of(argc, argv);
}
