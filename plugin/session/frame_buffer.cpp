#include "plugin/session/frame_buffer.h"

#include "plugin/text/encoding.h"

namespace penstock {

namespace {

wire::Notice notice_of(const Unconvertible::Item& item) {
  const std::string_view place = to_utf8(item.place);
  if (item.shortfall == Shortfall::kUnexpanded) {
    return {wire::NoticeReason::kDocumentAsText, 1, place,
            "a document is beyond the bounds of table.expand.json.payload, and stays text"};
  }
  const char* detail = item.nullable ? "a value of type %s has no form in records, and null is written for it"
                                     : "a value of type %s has no form in records, and null is written for it "
                                       "although the column is NOT NULL: a sink that checks schemas refuses such a "
                                       "record";
  return {wire::NoticeReason::kValueAsNull, 1, place, to_utf8(psprintf(detail, item.type))};
}

}  // namespace

void FrameBuffer::open(MemoryContext context, size_t record_bytes_max) {
  record_bytes_max_ = record_bytes_max;
  json_.open(context, wire::kFlushBytes * 2);
  json_.skip(wire::kHeaderSize);
  notices_.open(context);
}

void FrameBuffer::set_ordinal(uint64 ordinal) {
  ordinal_ = ordinal;
  if (empty()) first_ordinal_ = ordinal;
}

void FrameBuffer::start(wire::RecordKind kind, uint8 part, char op, Definition& definition,
                        const wire::Places& places) {
  if (definition.sent_epoch != epoch_ && !muted_) {
    json_.append(definition.record);
    definition.sent_epoch = epoch_;
    ++records_;
  }
  kind_ = kind;
  part_ = part;
  op_ = op;
  relation_ = definition.id;
  wrap_bytes_ = definition.wrap_bytes();
  places_ = places;
  record_start_ = json_.skip(wire::kRecordHeaderSize + wire::kRowFixedSize + wire::places_size(wire::bits_of(places)));
  key_start_ = json_.size();
  // Beyond this a long value is not written to its end: finish() refuses the record.
  if (record_bytes_max_ > 0) json_.set_limit(key_start_ + record_bytes_max_);
}

bool FrameBuffer::finish() {
  const size_t headers = json_.size() - headers_start_;
  wire::write_row_header(json_.data() + record_start_, kind_, part_, op_, relation_,
                         static_cast<uint32>(ordinal_ - first_ordinal_), sizes_, static_cast<uint32>(headers), places_);
  ++records_;
  return record_bytes_max_ == 0 || record_size() <= record_bytes_max_;
}

void FrameBuffer::tell(Unconvertible& unconvertible) {
  const std::span<const Unconvertible::Item> items = unconvertible.items();
  for (size_t i = 0; i < items.size() && !muted_; ++i) {
    const auto same = [&](const Unconvertible::Item& other) {
      return other.shortfall == items[i].shortfall && strcmp(other.place, items[i].place) == 0;
    };
    if (std::any_of(items.begin(), items.begin() + static_cast<ptrdiff_t>(i), same)) continue;  // in key and value
    tell(notice_of(items[i]));
  }
  unconvertible.clear();
}

void FrameBuffer::drop() {
  json_.truncate(record_start_);
  --records_;
}

void FrameBuffer::mute() {
  muted_ = true;
  muted_size_ = json_.size();
  muted_records_ = records_;
}

void FrameBuffer::unmute() {
  if (!muted_) return;
  muted_ = false;
  json_.truncate(muted_size_);
  records_ = muted_records_;
}

void FrameBuffer::close(wire::Header header) {
  records_ += notices_.write(json_);
  header.record_count = records_;
  header.first_ordinal = first_ordinal_;
  wire::write_header(json_.data(), header);
}

void FrameBuffer::clear(bool forget) {
  json_.truncate(wire::kHeaderSize);
  records_ = 0;
  if (forget) ++epoch_;
}

}  // namespace penstock
