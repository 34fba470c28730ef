#include "relay/postgres/replication_message.h"

namespace penstock {
namespace {

uint64_t get_u64(const char* from) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(from[i]);
  return value;
}

char* put_u64(char* to, uint64_t value) {
  for (int i = 0; i < 8; ++i) to[i] = static_cast<char>(value >> (56 - 8 * i));
  return to + 8;
}

}  // namespace

ReplicationMessage parse_replication_message(std::string_view message) {
  if (message.empty()) return Unreadable{};
  const char* at = message.data() + 1;
  switch (message.front()) {
    case 'w':
      if (message.size() < kWalDataHeaderSize) return Unreadable{};
      return WalData{
          {get_u64(at)}, {get_u64(at + 8)}, static_cast<int64_t>(get_u64(at + 16)), message.substr(kWalDataHeaderSize)};
    case 'k':
      if (message.size() < kKeepaliveSize) return Unreadable{};
      return Keepalive{{get_u64(at)}, static_cast<int64_t>(get_u64(at + 8)), at[16] != 0};
    default:
      return Unreadable{};
  }
}

std::array<char, kStandbyStatusSize> write_standby_status(const StandbyStatus& status, int64_t client_time_us) {
  std::array<char, kStandbyStatusSize> bytes;
  bytes[0] = 'r';
  char* to = put_u64(bytes.data() + 1, status.write.value);
  to = put_u64(to, status.flush.value);
  to = put_u64(to, status.flush.value);
  to = put_u64(to, static_cast<uint64_t>(client_time_us));
  *to = 0;  // we never ask for an answer: TCP tells of a dead peer
  return bytes;
}

}  // namespace penstock
