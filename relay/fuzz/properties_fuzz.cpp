// Files that people write: .properties and connector JSON.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "relay/config/properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t named = penstock::parse_properties(text).size();
  const auto json = penstock::parse_connector_json(text, "connector.json");
  if (json.is_ok()) named += json.value().size();
  return named > size * 2 + 1 ? 1 : 0;
}
