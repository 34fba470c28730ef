// The messages inside CopyBoth, as bytes: w and k of the server, r of ours. Pure; any bytes may be given.
// PostgreSQL documentation, "Streaming Replication Protocol": integers are big-endian, times are microseconds since
// 2000-01-01 UTC.
//
//   w := 'w' data_start:u64 wal_end:u64 send_time:i64 payload
//   k := 'k' wal_end:u64 send_time:i64 reply_requested:u8
//   r := 'r' write:u64 flush:u64 apply:u64 client_time:i64 reply_requested:u8
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "relay/core/feedback.h"
#include "relay/core/lsn.h"

namespace penstock {

inline constexpr size_t kWalDataHeaderSize = 25;
inline constexpr size_t kKeepaliveSize = 18;
inline constexpr size_t kStandbyStatusSize = 34;

struct WalData {
  Lsn data_start;
  Lsn wal_end;
  int64_t send_time_us = 0;
  std::string_view payload;  // view into what was parsed
};

struct Keepalive {
  Lsn wal_end;  // end of the last WAL record that the walsender is done with
  int64_t send_time_us = 0;
  bool reply_requested = false;
};

// A message of a kind that we do not know, or that is cut short.
struct Unreadable {};

using ReplicationMessage = std::variant<WalData, Keepalive, Unreadable>;

// `message` is the payload of one CopyData.
ReplicationMessage parse_replication_message(std::string_view message);

// `status.flush` alone moves the slot's confirmed_flush_lsn, and is given as `apply` too.
std::array<char, kStandbyStatusSize> write_standby_status(const StandbyStatus& status, int64_t client_time_us);

}  // namespace penstock
