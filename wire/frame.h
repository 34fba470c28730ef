// The layout of a frame: writer directly above its reader. Grammar and meaning: wire/README.md.
//
// Header-only and free of dependencies; used by the plugin (no exceptions, no libstdc++ symbols) and by the relay.
// The writer appends through a Sink, a type with `void append(const char* bytes, size_t size)`; the reader is a
// bounds-checked view that copies nothing, allocates nothing and accepts any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/places.h"

namespace penstock::wire {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the frame is written with the machine's byte order");

inline constexpr uint8_t kVersion = 1;
inline constexpr size_t kHeaderSize = 80;
inline constexpr size_t kRecordHeaderSize = 8;
inline constexpr size_t kRowFixedSize = 16;
// Frames are flushed at this size; measured: one Write per change costs twice the decoding (reliability notes, 1.5).
inline constexpr size_t kFlushBytes = 64 * 1024;

enum class UnitKind : uint8_t { kTransaction = 't', kMessage = 'm', kProgress = 'p', kSnapshot = 's' };
enum class AfterKind : uint8_t { kNone = 0, kStream = 1, kSnapshot = 2 };
enum class RecordKind : uint8_t {
  kRelation = 'R',
  kRow = 'r',
  kTombstone = 'd',
  kMessage = 'm',
  kTransaction = 'x',
  kVariant = 'v',
  kNotice = 'n',
};
enum class RelationKind : uint8_t { kTable = 't', kMessage = 'm', kTransaction = 'x' };

inline constexpr uint8_t kFirstOfUnit = 1;
inline constexpr uint8_t kLastOfUnit = 2;

// What may be stored once this frame and all before it are in Kafka. The three numbers mean
// {end, commit_lsn, ordinal} for kStream and {relation oid, range, done} for kSnapshot.
struct After {
  AfterKind kind = AfterKind::kNone;
  uint64_t end = 0;
  uint64_t commit_lsn = 0;
  uint64_t ordinal = 0;
};

struct Header {
  uint8_t version = kVersion;
  UnitKind kind = UnitKind::kTransaction;
  uint8_t flags = 0;
  uint32_t record_count = 0;
  uint64_t xid = 0;
  uint64_t commit_lsn = 0;
  uint64_t end_lsn = 0;
  int64_t commit_time_us = 0;
  uint64_t first_ordinal = 0;
  uint64_t sequence_lsn = 0;
  After after;

  bool first_of_unit() const { return (flags & kFirstOfUnit) != 0; }
  bool last_of_unit() const { return (flags & kLastOfUnit) != 0; }
};

namespace detail {

template <typename T>
char* put(char* to, T value) {
  memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

template <typename T>
T get(const char* from) {
  T value;
  memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace detail

// Writes exactly kHeaderSize bytes. The plugin reserves them when a frame opens and writes them when it closes.
inline void write_header(char* to, const Header& header) {
  using detail::put;
  to = put(to, header.version);
  to = put(to, header.kind);
  to = put(to, header.flags);
  to = put(to, header.after.kind);
  to = put(to, header.record_count);
  to = put(to, header.xid);
  to = put(to, header.commit_lsn);
  to = put(to, header.end_lsn);
  to = put(to, header.commit_time_us);
  to = put(to, header.first_ordinal);
  to = put(to, header.sequence_lsn);
  to = put(to, header.after.end);
  to = put(to, header.after.commit_lsn);
  put(to, header.after.ordinal);
}

// False if the bytes are too short, of another version, or of an unknown kind.
[[nodiscard]] inline bool read_header(std::string_view frame, Header& header) {
  using detail::get;
  if (frame.size() < kHeaderSize) return false;
  const char* from = frame.data();
  header.version = get<uint8_t>(from);
  header.kind = get<UnitKind>(from + 1);
  header.flags = get<uint8_t>(from + 2);
  header.after.kind = get<AfterKind>(from + 3);
  header.record_count = get<uint32_t>(from + 4);
  header.xid = get<uint64_t>(from + 8);
  header.commit_lsn = get<uint64_t>(from + 16);
  header.end_lsn = get<uint64_t>(from + 24);
  header.commit_time_us = get<int64_t>(from + 32);
  header.first_ordinal = get<uint64_t>(from + 40);
  header.sequence_lsn = get<uint64_t>(from + 48);
  header.after.end = get<uint64_t>(from + 56);
  header.after.commit_lsn = get<uint64_t>(from + 64);
  header.after.ordinal = get<uint64_t>(from + 72);
  if (header.version != kVersion) return false;
  if (header.after.kind > AfterKind::kSnapshot) return false;
  switch (header.kind) {
    case UnitKind::kTransaction:
    case UnitKind::kMessage:
    case UnitKind::kProgress:
    case UnitKind::kSnapshot:
      return true;
  }
  return false;
}

// A null key or value has size -1 on the wire; in views it is a string_view with a null data pointer.
struct RowSizes {
  int32_t key = -1;
  int32_t value = -1;
};

// Writes the record header, the fixed part of a row and its places: kRecordHeaderSize + kRowFixedSize +
// places_size() bytes. Key, value and headers follow it; `headers_size` counts the latter. The plugin reserves these
// bytes before it knows the sizes.
inline void write_row_header(char* to, RecordKind kind, uint8_t part, char op, uint32_t relation,
                             uint32_t ordinal_delta, RowSizes sizes, uint32_t headers_size, const Places& places = {}) {
  using detail::put;
  const uint8_t bits = bits_of(places);
  const uint32_t key_bytes = sizes.key < 0 ? 0 : static_cast<uint32_t>(sizes.key);
  const uint32_t value_bytes = sizes.value < 0 ? 0 : static_cast<uint32_t>(sizes.value);
  to = put(to, kind);
  to = put(to, part);
  to = put(to, op);
  to = put(to, bits);
  to = put(to, static_cast<uint32_t>(kRowFixedSize + places_size(bits)) + key_bytes + value_bytes + headers_size);
  to = put(to, relation);
  to = put(to, ordinal_delta);
  to = put(to, sizes.key);
  to = put(to, sizes.value);
  if ((bits & kHasTimestamp) != 0) to = put(to, places.timestamp_ms);
  if ((bits & kHasPartition) != 0) put(to, places.partition);
}

struct Row {
  uint32_t relation = 0;
  uint32_t ordinal_delta = 0;
  std::string_view key;      // data() is null for a null key
  std::string_view value;    // data() is null for a null value
  std::string_view headers;  // read with HeaderReader
  Places places;
};

// A record of any kind; `body` is the bytes that its size counts.
struct Record {
  RecordKind kind = RecordKind::kRow;
  uint8_t part = 0;
  char op = 0;
  uint8_t bits = 0;  // of a row: which places it has
  std::string_view body;
};

// False if sizes and body do not agree.
[[nodiscard]] inline bool read_row(const Record& record, Row& row) {
  using detail::get;
  const std::string_view body = record.body;
  if (body.size() < kRowFixedSize) return false;
  row.relation = get<uint32_t>(body.data());
  row.ordinal_delta = get<uint32_t>(body.data() + 4);
  const int32_t key_size = get<int32_t>(body.data() + 8);
  const int32_t value_size = get<int32_t>(body.data() + 12);
  if (key_size < -1 || value_size < -1) return false;
  const char* at = body.data() + kRowFixedSize;
  size_t left = body.size() - kRowFixedSize;
  if (left < places_size(record.bits)) return false;
  left -= places_size(record.bits);
  row.places = Places();
  if ((record.bits & kHasTimestamp) != 0) {
    row.places.timestamp_ms = get<int64_t>(at);
    at += sizeof(int64_t);
  }
  if ((record.bits & kHasPartition) != 0) {
    row.places.partition = get<int32_t>(at);
    at += sizeof(int32_t);
  }
  const size_t key_bytes = key_size < 0 ? 0 : static_cast<size_t>(key_size);
  const size_t value_bytes = value_size < 0 ? 0 : static_cast<size_t>(value_size);
  if (key_bytes > left || value_bytes > left - key_bytes) return false;
  row.key = key_size < 0 ? std::string_view() : std::string_view(at, key_bytes);
  row.value = value_size < 0 ? std::string_view() : std::string_view(at + key_bytes, value_bytes);
  left -= key_bytes + value_bytes;
  row.headers = std::string_view(at + key_bytes + value_bytes, left);
  return true;
}

// One Kafka header. A value with a null data pointer is null. `name` must be shorter than 64 KiB.
struct KafkaHeader {
  std::string_view name;
  std::string_view value;
};

template <typename Sink>
void write_kafka_header(Sink& sink, KafkaHeader header) {
  char name_size[2];
  detail::put(name_size, static_cast<uint16_t>(header.name.size()));
  sink.append(name_size, sizeof name_size);
  sink.append(header.name.data(), header.name.size());
  char value_size[4];
  detail::put(value_size, header.value.data() == nullptr ? int32_t{-1} : static_cast<int32_t>(header.value.size()));
  sink.append(value_size, sizeof value_size);
  if (header.value.data() != nullptr) sink.append(header.value.data(), header.value.size());
}

// Walks the headers of a row or relation: next() until it returns false, then ok() tells end from damage.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view headers) : left_(headers) {}

  bool next(KafkaHeader& header) {
    if (left_.empty()) return false;
    uint16_t name_size = 0;
    if (!take_number(name_size)) return fail();
    if (!take(name_size, header.name)) return fail();
    int32_t value_size = 0;
    if (!take_number(value_size) || value_size < -1) return fail();
    header.value = std::string_view();
    if (value_size >= 0 && !take(static_cast<size_t>(value_size), header.value)) return fail();
    return true;
  }
  bool ok() const { return ok_; }

 private:
  template <typename T>
  bool take_number(T& number) {
    std::string_view bytes;
    if (!take(sizeof number, bytes)) return false;
    number = detail::get<T>(bytes.data());
    return true;
  }
  bool take(size_t size, std::string_view& bytes) {
    if (size > left_.size()) return false;
    bytes = std::string_view(left_.data(), size);
    left_.remove_prefix(size);
    return true;
  }
  bool fail() {
    ok_ = false;
    return false;
  }

  std::string_view left_;
  bool ok_ = true;
};

// Topic and constant parts of the records of one table, or of a service topic.
struct Relation {
  uint32_t id = 0;     // of this connection; rows refer to it
  uint32_t oid = 0;    // of pg_class, 0 for service topics
  uint32_t shape = 0;  // changes whenever the columns of the record change
  RelationKind kind = RelationKind::kTable;
  std::string_view topic;
  std::string_view schema;
  std::string_view table;
  std::string_view key_prefix;
  std::string_view key_suffix;
  std::string_view value_prefix;
  std::string_view value_suffix;
  std::string_view headers;  // constant headers, encoded as in a row
};

template <typename Sink>
void write_relation(Sink& sink, const Relation& relation) {
  using detail::put;
  const size_t text16 = relation.topic.size() + relation.schema.size() + relation.table.size() + 3 * 2;
  const size_t text32 = relation.key_prefix.size() + relation.key_suffix.size() + relation.value_prefix.size() +
                        relation.value_suffix.size() + 4 * 4;
  char fixed[kRecordHeaderSize + 13];
  char* to = fixed;
  to = put(to, RecordKind::kRelation);
  to = put(to, uint8_t{0});
  to = put(to, uint8_t{0});
  to = put(to, uint8_t{0});
  to = put(to, static_cast<uint32_t>(13 + text16 + text32 + relation.headers.size()));
  to = put(to, relation.id);
  to = put(to, relation.oid);
  to = put(to, relation.shape);
  put(to, relation.kind);
  sink.append(fixed, sizeof fixed);
  for (std::string_view text : {relation.topic, relation.schema, relation.table}) {
    char size[2];
    put(size, static_cast<uint16_t>(text.size()));
    sink.append(size, sizeof size);
    sink.append(text.data(), text.size());
  }
  for (std::string_view text :
       {relation.key_prefix, relation.key_suffix, relation.value_prefix, relation.value_suffix}) {
    char size[4];
    put(size, static_cast<uint32_t>(text.size()));
    sink.append(size, sizeof size);
    sink.append(text.data(), text.size());
  }
  sink.append(relation.headers.data(), relation.headers.size());
}

[[nodiscard]] inline bool read_relation(std::string_view body, Relation& relation) {
  using detail::get;
  if (body.size() < 13) return false;
  relation.id = get<uint32_t>(body.data());
  relation.oid = get<uint32_t>(body.data() + 4);
  relation.shape = get<uint32_t>(body.data() + 8);
  relation.kind = get<RelationKind>(body.data() + 12);
  body.remove_prefix(13);
  for (std::string_view* text : {&relation.topic, &relation.schema, &relation.table}) {
    if (body.size() < 2) return false;
    const size_t size = get<uint16_t>(body.data());
    body.remove_prefix(2);
    if (size > body.size()) return false;
    *text = std::string_view(body.data(), size);
    body.remove_prefix(size);
  }
  for (std::string_view* text :
       {&relation.key_prefix, &relation.key_suffix, &relation.value_prefix, &relation.value_suffix}) {
    if (body.size() < 4) return false;
    const size_t size = get<uint32_t>(body.data());
    body.remove_prefix(4);
    if (size > body.size()) return false;
    *text = std::string_view(body.data(), size);
    body.remove_prefix(size);
  }
  relation.headers = body;
  return true;
}

// Walks the records of a frame whose header was read: next() until it returns false, then ok() tells end from damage.
class RecordReader {
 public:
  // `frame` is the whole frame, header included, and must outlive the reader and every view it gives.
  explicit RecordReader(std::string_view frame) : left_(frame) { left_.remove_prefix(kHeaderSize); }
  RecordReader() = default;

  bool next(Record& record) {
    using detail::get;
    if (left_.empty()) return false;
    if (left_.size() < kRecordHeaderSize) return fail();
    record.kind = get<RecordKind>(left_.data());
    record.part = get<uint8_t>(left_.data() + 1);
    record.op = get<char>(left_.data() + 2);
    record.bits = get<uint8_t>(left_.data() + 3);
    const size_t size = get<uint32_t>(left_.data() + 4);
    left_.remove_prefix(kRecordHeaderSize);
    if (size > left_.size()) return fail();
    record.body = std::string_view(left_.data(), size);
    left_.remove_prefix(size);
    ++count_;
    return true;
  }
  bool ok() const { return ok_; }
  uint32_t count() const { return count_; }

 private:
  bool fail() {
    ok_ = false;
    return false;
  }

  std::string_view left_;
  uint32_t count_ = 0;
  bool ok_ = true;
};

}  // namespace penstock::wire
