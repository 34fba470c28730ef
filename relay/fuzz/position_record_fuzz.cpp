// Records of the position topic: anybody with the right to write there may have written anything. What is read must be
// what is written back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "relay/core/position_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace penstock;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t cut = text.find('\n');
  const std::string_view key = text.substr(0, cut);
  const std::string_view value = cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1);
  PositionTopic topic;
  if (!topic.add(key, value).is_ok() || topic.entries().empty()) return 0;
  const StoredPosition& stored = topic.entries()[0].stored;
  PositionTopic again;
  CHECK(again.add(encode_position_key({"1", 1, "s"}, stored.epoch), encode_position_value(stored)).is_ok());
  CHECK(again.entries()[0].stored.position == stored.position);
  CHECK(again.entries()[0].stored.intent == stored.intent);
  return 0;
}
