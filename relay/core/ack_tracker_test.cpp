#include "relay/core/ack_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace penstock {
namespace {

class AckTrackerTest : public testing::Test {
 protected:
  Frame& frame(wire::UnitKind kind, wire::After after, uint32_t records) {
    frames_.push_back(std::make_unique<Frame>());
    Frame& made = *frames_.back();
    made.header.kind = kind;
    made.header.after = after;
    made.header.record_count = records;
    for (uint32_t record = 0; record < records; ++record) tracker_.handed(made);
    tracker_.mark(made);
    return made;
  }
  Frame& unit(uint64_t end, uint32_t records = 1) {
    return frame(wire::UnitKind::kTransaction, {wire::AfterKind::kStream, end, 0, 0}, records);
  }
  Frame& half(uint64_t end_before, uint64_t commit_lsn, uint64_t ordinal, uint32_t records = 1) {
    return frame(wire::UnitKind::kTransaction, {wire::AfterKind::kStream, end_before, commit_lsn, ordinal}, records);
  }
  Frame& keepalive(uint64_t end) { return frame(wire::UnitKind::kProgress, {wire::AfterKind::kStream, end, 0, 0}, 0); }
  uint64_t number_of(const Frame& frame) const {
    const auto found = std::ranges::find_if(frames_, [&](const auto& made) { return made.get() == &frame; });
    return static_cast<uint64_t>(found - frames_.begin());
  }
  void deliver(Frame& delivered) {
    while (delivered.outstanding > 0) tracker_.delivered(number_of(delivered));
  }
  Position position() {
    tracker_.advance();
    return tracker_.watermark().position;
  }

  std::vector<std::unique_ptr<Frame>> frames_;
  AckTracker tracker_{Watermark{{Lsn{100}, {}, 0}, Lsn{90}}};
};

TEST_F(AckTrackerTest, WaitsForEveryRecordOfAFrame) {
  Frame& transaction = unit(200, 2);
  tracker_.delivered(number_of(transaction));
  EXPECT_EQ(position().end, Lsn{100});
  tracker_.delivered(number_of(transaction));
  EXPECT_EQ(position().end, Lsn{200});
  EXPECT_EQ(tracker_.released(), 1u);
}

TEST_F(AckTrackerTest, WaitsForEarlierFrames) {
  Frame& first = unit(200);
  Frame& second = unit(300);
  deliver(second);
  EXPECT_EQ(position().end, Lsn{100});
  deliver(first);
  EXPECT_EQ(position().end, Lsn{300});
}

TEST_F(AckTrackerTest, KeepaliveWaitsForTheRecordsBeforeIt) {
  Frame& transaction = unit(200);
  keepalive(250);
  EXPECT_EQ(position().end, Lsn{100});
  deliver(transaction);
  EXPECT_EQ(position().end, Lsn{250});
}

TEST_F(AckTrackerTest, HalfAUnitMovesTheOrdinalOnly) {
  deliver(half(100, 300, 7));
  EXPECT_EQ(position(), (Position{Lsn{100}, Lsn{300}, 7}));
  deliver(unit(320));
  EXPECT_EQ(position(), (Position{Lsn{320}, {}, 0}));
}

TEST_F(AckTrackerTest, KeepaliveBetweenFramesOfAUnitKeepsTheOrdinal) {
  deliver(half(100, 300, 7));
  keepalive(250);
  EXPECT_EQ(position(), (Position{Lsn{250}, Lsn{300}, 7}));
  deliver(half(100, 300, 9));
  EXPECT_EQ(position(), (Position{Lsn{250}, Lsn{300}, 9}));
}

TEST_F(AckTrackerTest, KeepaliveBetweenFramesOfAUnitNeverPassesItsCommit) {
  deliver(half(100, 300, 7));
  keepalive(5000);
  EXPECT_EQ(position(), (Position{Lsn{300}, Lsn{300}, 7}));
}

TEST_F(AckTrackerTest, KeepaliveBeyondTheUnitThatWeResumedInLeavesIt) {
  tracker_ = AckTracker(Watermark{{Lsn{100}, Lsn{300}, 7}, {}});
  keepalive(300);
  EXPECT_EQ(position(), (Position{Lsn{300}, Lsn{300}, 7}));
  keepalive(320);
  EXPECT_EQ(position(), (Position{Lsn{320}, {}, 0}));
}

TEST_F(AckTrackerTest, KeepaliveBehindTheStartChangesNothing) {
  keepalive(50);
  EXPECT_EQ(position(), (Position{Lsn{100}, {}, 0}));
}

TEST_F(AckTrackerTest, SnapshotFramesMoveNothing) {
  deliver(frame(wire::UnitKind::kSnapshot, {wire::AfterKind::kSnapshot, 16384, 1, 1}, 3));
  EXPECT_EQ(position(), (Position{Lsn{100}, {}, 0}));
  EXPECT_EQ(tracker_.released(), 1u);
}

TEST_F(AckTrackerTest, SequenceIsTheEndOfTheLastUnit) {
  deliver(half(100, 300, 7));
  tracker_.advance();
  EXPECT_EQ(tracker_.watermark().sequence_lsn, Lsn{90});
  deliver(unit(320));
  keepalive(400);
  tracker_.advance();
  EXPECT_EQ(tracker_.watermark().sequence_lsn, Lsn{320});
}

TEST_F(AckTrackerTest, ReportForARecordThatWasNotHandedOverIsOurMistake) {
  Frame& transaction = unit(200, 0);
  EXPECT_DEATH(tracker_.delivered(number_of(transaction)), "CHECK failed");
}

}  // namespace
}  // namespace penstock
