// A notice: what happened to data of a unit that its records do not show. Grammar: wire/README.md.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/frame.h"

namespace penstock::wire {

// Why there is a notice; a reader that does not know the reason still has place and detail.
enum class NoticeReason : uint8_t {
  kMessageLeftOut = 'm',  // a logical message has no record
  kValueAsNull = 'v',     // a value has no form in its column's schema, and null stands in its place
  kRowLeftOut = 'f',      // a row filter fails on a row, and the row does not pass
  kDocumentAsText = 'd',  // a JSON document is too large to be expanded, and its text stands in its place
  kTopicTaken = 't',      // a change of a table has no record, as its topic belongs to another table
  kPlaceUnfit = 'p',      // Kafka has no place for the partition or the timestamp that a row asks for
  kTableRewritten = 'w',  // ALTER TABLE changed rows of the table without a change of any of them
};

// `count` of the same kind. Place and detail are UTF-8 of at most kNoticeTextMax bytes and hold no data of a row.
struct Notice {
  NoticeReason reason = NoticeReason::kMessageLeftOut;
  uint64_t count = 1;
  std::string_view place;   // what it happened to: schema.table, schema.table.column, the prefix of a message
  std::string_view detail;  // a clause in English that says what happened; the same for all of one place
};

inline constexpr size_t kNoticeTextMax = 1024;
inline constexpr size_t kNoticeFixedSize = sizeof(uint64_t) + 2 * sizeof(uint16_t);

constexpr size_t notice_size(const Notice& notice) {
  return kRecordHeaderSize + kNoticeFixedSize + notice.place.size() + notice.detail.size();
}

template <typename Sink>
void write_notice(Sink& sink, const Notice& notice) {
  using detail::put;
  char fixed[kRecordHeaderSize + kNoticeFixedSize];
  char* to = fixed;
  to = put(to, RecordKind::kNotice);
  to = put(to, uint8_t{0});
  to = put(to, notice.reason);
  to = put(to, uint8_t{0});
  to = put(to, static_cast<uint32_t>(notice_size(notice) - kRecordHeaderSize));
  to = put(to, notice.count);
  to = put(to, static_cast<uint16_t>(notice.place.size()));
  put(to, static_cast<uint16_t>(notice.detail.size()));
  sink.append(fixed, sizeof fixed);
  sink.append(notice.place.data(), notice.place.size());
  sink.append(notice.detail.data(), notice.detail.size());
}

// False if sizes and body do not agree.
[[nodiscard]] inline bool read_notice(const Record& record, Notice& notice) {
  using detail::get;
  const std::string_view body = record.body;
  if (body.size() < kNoticeFixedSize) return false;
  notice.reason = static_cast<NoticeReason>(record.op);
  notice.count = get<uint64_t>(body.data());
  const size_t place = get<uint16_t>(body.data() + sizeof(uint64_t));
  const size_t detail = get<uint16_t>(body.data() + sizeof(uint64_t) + sizeof(uint16_t));
  if (body.size() != kNoticeFixedSize + place + detail) return false;
  notice.place = body.substr(kNoticeFixedSize, place);
  notice.detail = body.substr(kNoticeFixedSize + place);
  return true;
}

}  // namespace penstock::wire
