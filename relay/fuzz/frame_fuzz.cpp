// Frames, as the pipeline takes them from the wire.
#include <cstddef>
#include <cstdint>
#include <deque>

#include "relay/core/pipeline.h"

namespace penstock {
namespace {

// Gives one frame.
class OneFrame final : public Source {
 public:
  explicit OneFrame(std::string_view bytes) : bytes_(bytes) {}
  Result<bool> receive(Frame& frame, Time) override {
    if (bytes_.empty() || !wire::read_header(bytes_, frame.header)) return false;
    frame.bytes = bytes_;
    bytes_ = {};
    return true;
  }
  Status confirm(Lsn, Time) override { return Status::ok(); }

 private:
  std::string_view bytes_;
};

// Takes every record and touches all of it.
class Touch final : public Publisher {
 public:
  uint64_t touched = 0;

  Result<Position> stored(Time) override { return Position{}; }
  Result<bool> offer(Frame&, const Record& record) override {
    for (std::string_view view : {record.key, record.value, std::string_view(record.route->topic)}) touch(view);
    for (std::string_view headers : {record.headers, std::string_view(record.route->headers)}) {
      wire::HeaderReader reader(headers);
      wire::KafkaHeader header;
      while (reader.next(header)) {
        touch(header.name);
        touch(header.value);
      }
    }
    return true;
  }
  void mark(Frame&) override {}
  uint64_t released() const override { return 0; }
  void hurry() override {}
  bool idle() const override { return false; }
  std::optional<Time> deadline() const override { return std::nullopt; }

 private:
  void touch(std::string_view view) {
    for (char byte : view) touched += byte != 0;
  }
};

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace penstock;
  OneFrame source({reinterpret_cast<const char*>(data), size});
  Touch publisher;
  Stats stats;
  Pipeline pipeline(source, publisher, stats, {});
  for (int turn = 0; turn < 2; ++turn) {
    if (!pipeline.turn(Time()).is_ok()) break;
    static_cast<void>(pipeline.take_missing_topics());
    pipeline.topics_created({});
  }
  return 0;
}
