// The frame: what is written is read back, and no bytes at all make the reader read beyond them.
#include "wire/frame.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace penstock::wire {
namespace {

Header some_header() {
  Header header;
  header.kind = UnitKind::kTransaction;
  header.flags = kFirstOfUnit | kLastOfUnit;
  header.record_count = 3;
  header.xid = 0x1122334455667788;
  header.commit_lsn = 0x16B3748;
  header.end_lsn = 0x16B3778;
  header.commit_time_us = -1;
  header.first_ordinal = 7;
  header.sequence_lsn = 0x16B3700;
  header.after = {AfterKind::kStream, 0x16B3778, 0, 0};
  return header;
}

void append_row(std::string& frame, RecordKind kind, uint8_t part, std::string_view key, std::string_view value,
                std::string_view headers) {
  const RowSizes sizes{key.data() == nullptr ? -1 : static_cast<int32_t>(key.size()),
                       value.data() == nullptr ? -1 : static_cast<int32_t>(value.size())};
  char fixed[kRecordHeaderSize + kRowFixedSize];
  write_row_header(fixed, kind, part, 'u', 5, 2, sizes, static_cast<uint32_t>(headers.size()));
  frame.append(fixed, sizeof fixed);
  frame.append(key);
  frame.append(value);
  frame.append(headers);
}

// Relation, row with headers, tombstone.
std::string some_frame() {
  std::string frame(kHeaderSize, '\0');
  write_header(frame.data(), some_header());
  std::string headers;
  write_kafka_header(headers, {"op", "u"});
  write_kafka_header(headers, {"null", std::string_view()});
  Relation relation;
  relation.id = 5;
  relation.oid = 16385;
  relation.shape = 9;
  relation.topic = "shop.public.orders";
  relation.schema = "public";
  relation.table = "orders";
  relation.key_prefix = "{\"schema\":";
  relation.key_suffix = "}";
  relation.value_suffix = "]";
  relation.headers = headers;
  write_relation(frame, relation);
  append_row(frame, RecordKind::kRow, 0, "{\"id\":1}", "{\"after\":{}}", headers);
  append_row(frame, RecordKind::kTombstone, 1, "{\"id\":1}", std::string_view(), "");
  return frame;
}

// Reads everything that there is to read; what is read is touched, for sanitizers.
size_t read_all(std::string_view bytes) {
  Header header;
  if (!read_header(bytes, header)) return 0;
  size_t touched = 0;
  const auto touch = [&](std::string_view view) {
    for (char byte : view) touched += byte != 0;
  };
  const auto touch_headers = [&](std::string_view headers) {
    HeaderReader reader(headers);
    KafkaHeader kafka_header;
    while (reader.next(kafka_header)) {
      touch(kafka_header.name);
      touch(kafka_header.value);
    }
  };
  RecordReader reader(bytes);
  Record record;
  while (reader.next(record)) {
    Row row;
    if (read_row(record, row)) {
      touch(row.key);
      touch(row.value);
      touch_headers(row.headers);
    }
    Relation relation;
    if (read_relation(record.body, relation)) {
      for (std::string_view text : {relation.topic, relation.schema, relation.table, relation.key_prefix,
                                    relation.key_suffix, relation.value_prefix, relation.value_suffix}) {
        touch(text);
      }
      touch_headers(relation.headers);
    }
  }
  return touched;
}

// On the heap and of exactly this size, so that a read beyond it is seen by sanitizers.
size_t read_all_exactly(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  memcpy(copy.get(), bytes.data(), bytes.size());
  return read_all({copy.get(), bytes.size()});
}

TEST(Frame, HeaderRoundTrip) {
  char bytes[kHeaderSize];
  const Header written = some_header();
  write_header(bytes, written);
  Header read;
  ASSERT_TRUE(read_header({bytes, sizeof bytes}, read));
  EXPECT_EQ(read.version, kVersion);
  EXPECT_EQ(read.kind, written.kind);
  EXPECT_TRUE(read.first_of_unit());
  EXPECT_TRUE(read.last_of_unit());
  EXPECT_EQ(read.record_count, written.record_count);
  EXPECT_EQ(read.xid, written.xid);
  EXPECT_EQ(read.commit_lsn, written.commit_lsn);
  EXPECT_EQ(read.end_lsn, written.end_lsn);
  EXPECT_EQ(read.commit_time_us, written.commit_time_us);
  EXPECT_EQ(read.first_ordinal, written.first_ordinal);
  EXPECT_EQ(read.sequence_lsn, written.sequence_lsn);
  EXPECT_EQ(read.after.kind, written.after.kind);
  EXPECT_EQ(read.after.end, written.after.end);
  EXPECT_EQ(read.after.commit_lsn, written.after.commit_lsn);
  EXPECT_EQ(read.after.ordinal, written.after.ordinal);
}

TEST(Frame, RecordsRoundTrip) {
  const std::string frame = some_frame();
  RecordReader reader(frame);
  Record record;

  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.kind, RecordKind::kRelation);
  Relation relation;
  ASSERT_TRUE(read_relation(record.body, relation));
  EXPECT_EQ(relation.id, 5u);
  EXPECT_EQ(relation.oid, 16385u);
  EXPECT_EQ(relation.shape, 9u);
  EXPECT_EQ(relation.kind, RelationKind::kTable);
  EXPECT_EQ(relation.topic, "shop.public.orders");
  EXPECT_EQ(relation.schema, "public");
  EXPECT_EQ(relation.table, "orders");
  EXPECT_EQ(relation.key_prefix, "{\"schema\":");
  EXPECT_EQ(relation.key_suffix, "}");
  EXPECT_EQ(relation.value_prefix, "");
  EXPECT_EQ(relation.value_suffix, "]");

  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.kind, RecordKind::kRow);
  EXPECT_EQ(record.op, 'u');
  Row row;
  ASSERT_TRUE(read_row(record, row));
  EXPECT_EQ(row.relation, 5u);
  EXPECT_EQ(row.ordinal_delta, 2u);
  EXPECT_EQ(row.key, "{\"id\":1}");
  EXPECT_EQ(row.value, "{\"after\":{}}");
  EXPECT_EQ(row.headers, relation.headers);
  HeaderReader headers(row.headers);
  KafkaHeader header;
  ASSERT_TRUE(headers.next(header));
  EXPECT_EQ(header.name, "op");
  EXPECT_EQ(header.value, "u");
  ASSERT_TRUE(headers.next(header));
  EXPECT_EQ(header.name, "null");
  EXPECT_EQ(header.value.data(), nullptr);
  EXPECT_FALSE(headers.next(header));
  EXPECT_TRUE(headers.ok());

  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.kind, RecordKind::kTombstone);
  EXPECT_EQ(record.part, 1);
  ASSERT_TRUE(read_row(record, row));
  EXPECT_EQ(row.value.data(), nullptr);
  EXPECT_TRUE(row.headers.empty());

  EXPECT_FALSE(reader.next(record));
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.count(), 3u);
}

TEST(Frame, EmptyKeyIsNotANullKey) {
  std::string frame(kHeaderSize, '\0');
  append_row(frame, RecordKind::kRow, 0, std::string_view("", 0), std::string_view(), "");
  RecordReader reader(frame);
  Record record;
  Row row;
  ASSERT_TRUE(reader.next(record));
  ASSERT_TRUE(read_row(record, row));
  EXPECT_NE(row.key.data(), nullptr);
  EXPECT_EQ(row.value.data(), nullptr);
}

TEST(Frame, AnotherVersionOrKindIsRefused) {
  const std::string frame = some_frame();
  Header header;
  for (const auto& [offset, byte] : {std::pair<size_t, char>{0, 0}, {0, 2}, {1, 'q'}, {3, 3}}) {
    std::string damaged = frame;
    damaged[offset] = byte;
    EXPECT_FALSE(read_header(damaged, header)) << offset;
  }
}

TEST(Frame, TruncationAtEveryByteIsNoticed) {
  const std::string frame = some_frame();
  for (size_t size = 0; size < frame.size(); ++size) {
    const auto copy = std::make_unique<char[]>(size);
    memcpy(copy.get(), frame.data(), size);
    const std::string_view cut(copy.get(), size);
    read_all(cut);
    Header header;
    if (!read_header(cut, header)) {
      EXPECT_LT(size, kHeaderSize);
      continue;
    }
    RecordReader reader(cut);
    Record record;
    while (reader.next(record)) {
    }
    // Cut between records the reader sees no damage, but the count in the header does not fit.
    EXPECT_TRUE(!reader.ok() || reader.count() < header.record_count) << size;
  }
}

TEST(Frame, RowCutAtEveryByteIsRefused) {
  const std::string frame = some_frame();
  RecordReader reader(frame);
  Record record;
  ASSERT_TRUE(reader.next(record));
  const std::string_view relation_body = record.body;
  ASSERT_TRUE(reader.next(record));
  Row row;
  ASSERT_TRUE(read_row(record, row));
  const size_t needed = kRowFixedSize + row.key.size() + row.value.size();
  for (size_t size = 0; size < needed; ++size) {
    Record cut = record;
    cut.body = record.body.substr(0, size);
    EXPECT_FALSE(read_row(cut, row)) << size;
  }
  Relation relation;
  ASSERT_TRUE(read_relation(relation_body, relation));
  const size_t text = relation_body.size() - relation.headers.size();
  for (size_t size = 0; size < text; ++size)
    EXPECT_FALSE(read_relation(relation_body.substr(0, size), relation)) << size;
}

TEST(Frame, HostileSizesAreRefused) {
  const std::string frame = some_frame();
  for (size_t offset = kHeaderSize; offset + 4 <= frame.size(); ++offset) {
    for (const uint32_t size :
         {0xFFFFFFFFu, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFEu, static_cast<uint32_t>(frame.size())}) {
      std::string damaged = frame;
      memcpy(damaged.data() + offset, &size, sizeof size);
      read_all_exactly(damaged);
    }
  }
}

TEST(Frame, RandomDamageIsNeverReadBeyond) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string frame = some_frame();
  size_t touched = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = frame.substr(0, random() % 4 == 0 ? random() % (frame.size() + 1) : frame.size());
    for (uint64_t hits = random() % 8; hits > 0 && !damaged.empty(); --hits) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    touched += read_all_exactly(damaged);
  }
  EXPECT_GT(touched, 0u);
}

}  // namespace
}  // namespace penstock::wire
