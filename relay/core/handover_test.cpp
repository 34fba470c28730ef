#include "relay/core/handover.h"

#include <gtest/gtest.h>

#include "relay/core/test_doubles.h"

namespace penstock {
namespace {

class HandoverTest : public testing::Test {
 protected:
  HandoverTest() {
    auto source = std::make_unique<HandSource>();
    source_ = source.get();
    handover_ = std::make_unique<Handover>(std::move(source), Lsn{500});
  }
  void range(uint64_t relation, bool last = true) {
    source_->frames.push_back(FrameBuilder().relation(1, "t").row("k", "v").range(relation, last));
  }
  void empty_range(uint64_t relation) { source_->frames.push_back(FrameBuilder().relation(1, "t").range(relation)); }
  // Everything that can be had now: relation and variant of frames with rows, "end" for the last frame.
  std::string drain() {
    std::string seen;
    while (true) {
      Frame frame;
      const Result<bool> received = handover_->receive(frame, Time());
      EXPECT_TRUE(received.is_ok());
      if (!received.is_ok() || !received.value()) return seen;
      if (frame.header.kind == wire::UnitKind::kProgress) {
        EXPECT_EQ(frame.header.after.end, 500u);
        EXPECT_TRUE(frame.reply_requested);
        seen += "end";
      } else if (frame.header.record_count > 1) {
        seen += std::to_string(frame.header.after.end) + ":" + std::to_string(frame.variant) + " ";
      }
    }
  }

  HandSource* source_;
  std::unique_ptr<Handover> handover_;
};

// It looks after who waits for its locks, also while nothing is read.
TEST_F(HandoverTest, TellsTheSnapshotEachTurn) {
  EXPECT_TRUE(handover_->confirm(Lsn{7}, Time()).is_ok());
  EXPECT_EQ(source_->confirmed, Lsn{7});
}

TEST_F(HandoverTest, HoldsTheFinalRowUntilItIsKnownWhatFollows) {
  range(1);
  EXPECT_EQ(drain(), "");
  range(1);
  EXPECT_EQ(drain(), "1:0 ");
  range(2);
  EXPECT_EQ(drain(), "1:1 ");
  source_->at_end = true;
  EXPECT_EQ(drain(), "2:2 end");
  EXPECT_TRUE(handover_->finished());
}

TEST_F(HandoverTest, FramesInsideARangeGoThrough) {
  range(1, false);
  range(1, false);
  EXPECT_EQ(drain(), "1:0 1:0 ");
  range(1);
  source_->at_end = true;
  EXPECT_EQ(drain(), "1:2 end");
}

TEST_F(HandoverTest, EmptyTablesDoNotTakeTheMarkOfTheLastRow) {
  range(1);
  empty_range(2);
  empty_range(3);
  source_->at_end = true;
  EXPECT_EQ(drain(), "1:2 end");
}

TEST_F(HandoverTest, SnapshotWithoutRowsStillEnds) {
  source_->at_end = true;
  EXPECT_FALSE(handover_->finished());
  EXPECT_EQ(drain(), "end");
  EXPECT_TRUE(handover_->finished());
  EXPECT_EQ(drain(), "");
}

TEST_F(HandoverTest, ProblemOfTheSnapshotEndsIt) {
  range(1);
  drain();
  source_->broken = Problem{Code::kPgUnreachable, "gone", ""};
  Frame frame;
  EXPECT_FALSE(handover_->receive(frame, Time()).is_ok());
}

}  // namespace
}  // namespace penstock
