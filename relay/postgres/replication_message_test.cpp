#include "relay/postgres/replication_message.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

using namespace std::string_literals;

// As PostgreSQL 15 sent it: position 0/1538C80, time of the year 2026.
const std::string kKeepaliveBytes = "k\x00\x00\x00\x00\x01\x53\x8c\x80\x00\x03\x03\x9a\x11\x22\x33\x44\x01"s;
const std::string kWalDataBytes =
    "w\x00\x00\x00\x01\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x07payload"s;

TEST(ReplicationMessage, ReadsKeepalive) {
  const auto message = std::get<Keepalive>(parse_replication_message(kKeepaliveBytes));
  EXPECT_EQ(to_string(message.wal_end), "0/1538C80");
  EXPECT_EQ(message.send_time_us, 0x0003039a11223344);
  EXPECT_TRUE(message.reply_requested);
}

TEST(ReplicationMessage, ReadsWalData) {
  const auto message = std::get<WalData>(parse_replication_message(kWalDataBytes));
  EXPECT_EQ(to_string(message.data_start), "1/10");
  EXPECT_EQ(to_string(message.wal_end), "1/20");
  EXPECT_EQ(message.send_time_us, 7);
  EXPECT_EQ(message.payload, "payload");
}

TEST(ReplicationMessage, RefusesEveryTruncation) {
  for (size_t size = 0; size < kKeepaliveSize; ++size) {
    const std::string copy = kKeepaliveBytes.substr(0, size);  // so that a sanitizer sees a read behind the end
    EXPECT_TRUE(std::holds_alternative<Unreadable>(parse_replication_message(copy))) << size;
  }
  for (size_t size = 0; size < kWalDataHeaderSize; ++size) {
    const std::string copy = kWalDataBytes.substr(0, size);
    EXPECT_TRUE(std::holds_alternative<Unreadable>(parse_replication_message(copy))) << size;
  }
}

TEST(ReplicationMessage, ReadsWalDataWithoutPayload) {
  const std::string copy = kWalDataBytes.substr(0, kWalDataHeaderSize);
  EXPECT_TRUE(std::get<WalData>(parse_replication_message(copy)).payload.empty());
}

TEST(ReplicationMessage, RefusesOtherKinds) {
  for (int kind = 0; kind < 256; ++kind) {
    if (kind == 'w' || kind == 'k') continue;
    std::string copy = kWalDataBytes;
    copy[0] = static_cast<char>(kind);
    EXPECT_TRUE(std::holds_alternative<Unreadable>(parse_replication_message(copy))) << kind;
  }
}

TEST(ReplicationMessage, WritesStandbyStatus) {
  const auto bytes = write_standby_status({{0x100000020}, {0x100000010}}, 7);
  const std::string expected =
      "r\x00\x00\x00\x01\x00\x00\x00\x20\x00\x00\x00\x01\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00\x00\x10"
      "\x00\x00\x00\x00\x00\x00\x00\x07\x00"s;
  EXPECT_EQ(std::string(bytes.data(), bytes.size()), expected);
}

}  // namespace
}  // namespace penstock
