#include "wire/notice.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock::wire {
namespace {

std::string frame_with(const Notice& notice) {
  std::string frame(kHeaderSize, '\0');
  write_notice(frame, notice);
  EXPECT_EQ(frame.size(), kHeaderSize + notice_size(notice));
  return frame;
}

TEST(Notice, WhatIsWrittenIsRead) {
  const std::string frame = frame_with({NoticeReason::kValueAsNull, 7, "public.t.c", "NaN"});
  RecordReader reader(frame);
  Record record;
  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.kind, RecordKind::kNotice);
  Notice notice;
  ASSERT_TRUE(read_notice(record, notice));
  EXPECT_EQ(notice.reason, NoticeReason::kValueAsNull);
  EXPECT_EQ(notice.count, 7u);
  EXPECT_EQ(notice.place, "public.t.c");
  EXPECT_EQ(notice.detail, "NaN");
  EXPECT_FALSE(reader.next(record));
  EXPECT_TRUE(reader.ok());
}

TEST(Notice, SizesThatDoNotAgreeAreRefused) {
  const std::string frame = frame_with({NoticeReason::kMessageLeftOut, 1, "prefix", "detail"});
  RecordReader reader(frame);
  Record record;
  ASSERT_TRUE(reader.next(record));
  const std::string_view whole = record.body;
  Notice notice;
  for (size_t size = 0; size < whole.size(); ++size) {
    record.body = whole.substr(0, size);
    EXPECT_FALSE(read_notice(record, notice)) << size;
  }
}

}  // namespace
}  // namespace penstock::wire
