// Messages inside CopyBoth.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "relay/core/status.h"
#include "relay/postgres/replication_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace penstock;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const ReplicationMessage parsed = parse_replication_message(message);
  if (const auto* wal = std::get_if<WalData>(&parsed)) CHECK(wal->payload.size() + kWalDataHeaderSize == size);
  if (std::holds_alternative<Keepalive>(parsed)) CHECK(size >= kKeepaliveSize);
  return 0;
}
