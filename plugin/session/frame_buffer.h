// The bytes of one frame (wire/README.md) while it grows: reserved header, then records one by one. Knows sizes and
// order, not what the JSON says and not where frames go.
//
// A record is written straight into the buffer: start(), key, key_done() or no_key(), value, value_done() or
// no_value(), header(), finish(). It grows by one record at a time and is never split.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"
#include "plugin/record/record_output.h"
#include "plugin/session/notices.h"
#include "plugin/text/json_writer.h"
#include "wire/frame.h"

namespace penstock {

class FrameBuffer {
 public:
  // `record_bytes_max`: what Kafka's producer takes; 0: no bound.
  void open(MemoryContext context, size_t record_bytes_max);

  JsonWriter& json() { return json_; }
  bool empty() const { return records_ == 0 && notices_.empty(); }
  size_t size() const { return json_.size() + notices_.bytes(); }
  uint32 records() const { return records_; }
  std::string_view bytes() const { return json_.view(); }

  // Ordinal of the change whose records follow. The first one of a frame is what others count from.
  void set_ordinal(uint64 ordinal);
  uint64 first_ordinal() const { return first_ordinal_; }

  void start(wire::RecordKind kind, uint8 part, char op, Definition& definition, const wire::Places& places);
  size_t key_start() const { return key_start_; }
  void key_done() { sizes_.key = static_cast<int32>(json_.size() - key_start_), value_start_ = json_.size(); }
  void no_key() { sizes_.key = -1, value_start_ = json_.size(); }
  void value_done() { sizes_.value = static_cast<int32>(json_.size() - value_start_), headers_start_ = json_.size(); }
  void no_value() { sizes_.value = -1, headers_start_ = json_.size(); }
  void header(std::string_view name, std::string_view value) { wire::write_kafka_header(json_, {name, value}); }

  // False if the record is larger than the producer takes; it must then not be used, or taken back by drop().
  [[nodiscard]] bool finish();
  // Takes the record back that was finished last; the definition that it needed stays.
  void drop();
  size_t record_size() const { return json_.size() - key_start_ + wrap_bytes_; }

  // Tells the reader what records do not show (wire/notice.h). Not while muted: the reader has been told.
  void tell(const wire::Notice& notice) {
    if (!muted_) notices_.add(notice);
  }
  // Tells of the columns whose values could not be written as they are since the last call, and forgets them.
  void tell(Unconvertible& unconvertible);
  Notices& notices() { return notices_; }

  // Records from mute() to unmute() are made and forgotten: the reader has them, but they take part in counts.
  void mute();
  void unmute();
  bool muted() const { return muted_; }

  // Fills in the header; the frame is then bytes(), until clear().
  void close(wire::Header header);
  // The next frame. `forget` makes it define its relations again.
  void clear(bool forget);

 private:
  JsonWriter json_;
  Notices notices_;
  size_t record_bytes_max_ = 0;
  uint64 epoch_ = 1;
  uint64 first_ordinal_ = 0;
  uint64 ordinal_ = 0;
  uint32 records_ = 0;
  bool muted_ = false;
  size_t muted_size_ = 0;
  uint32 muted_records_ = 0;

  wire::RecordKind kind_ = wire::RecordKind::kRow;
  uint8 part_ = 0;
  char op_ = 0;
  uint32 relation_ = 0;
  size_t wrap_bytes_ = 0;  // that the reader puts around key and value
  wire::Places places_;
  size_t record_start_ = 0;
  size_t key_start_ = 0;
  size_t value_start_ = 0;
  size_t headers_start_ = 0;
  wire::RowSizes sizes_;
};

static_assert(JumpSafe<FrameBuffer>);

}  // namespace penstock
