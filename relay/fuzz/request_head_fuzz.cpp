// What clients send to REST.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "relay/core/status.h"
#include "relay/http/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kBodyMax = 1 << 20;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t head = penstock::head_size(bytes);
  CHECK(head <= size);
  if (head == 0) return 0;
  const auto parsed = penstock::parse_head(bytes.substr(0, head), kBodyMax);
  if (const auto* taken = std::get_if<penstock::RequestHead>(&parsed)) {
    CHECK(taken->request.path.starts_with('/') && taken->body_bytes <= kBodyMax);
    CHECK(penstock::path_parts(taken->request.path).size() <= head);
  }
  return 0;
}
