#include "relay/core/stream_order.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

wire::Header whole_unit(wire::UnitKind kind, uint64_t commit_lsn, uint64_t end_lsn) {
  wire::Header header;
  header.kind = kind;
  header.flags = wire::kFirstOfUnit | wire::kLastOfUnit;
  header.commit_lsn = commit_lsn;
  header.end_lsn = end_lsn;
  header.after = {wire::AfterKind::kStream, end_lsn, 0, 0};
  return header;
}

TEST(StreamOrder, OfAMessageOnlyTheEndIsKnown) {
  StreamOrder order;
  EXPECT_EQ(order.check(whole_unit(wire::UnitKind::kMessage, 100, 100)), nullptr);
  EXPECT_EQ(order.check(whole_unit(wire::UnitKind::kTransaction, 120, 130)), nullptr);
  EXPECT_EQ(order.received(), Lsn{130});
}

TEST(StreamOrder, ATransactionEndsAfterItsCommitRecordBegins) {
  StreamOrder order;
  EXPECT_NE(order.check(whole_unit(wire::UnitKind::kTransaction, 100, 100)), nullptr);
  EXPECT_NE(order.check(whole_unit(wire::UnitKind::kTransaction, 0, 100)), nullptr);
}

TEST(StreamOrder, UnitsDoNotGoBack) {
  StreamOrder order;
  EXPECT_EQ(order.check(whole_unit(wire::UnitKind::kTransaction, 120, 130)), nullptr);
  EXPECT_NE(order.check(whole_unit(wire::UnitKind::kTransaction, 110, 130)), nullptr);
}

}  // namespace
}  // namespace penstock
