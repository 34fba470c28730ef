#include "relay/sim/frame_writer.h"

namespace penstock::sim {

std::string topic_of(uint32_t table) {
  return "shop.public.t" + std::to_string(table);
}

void FrameWriter::begin() {
  bytes_.assign(wire::kHeaderSize, '\0');
  count_ = 0;
}

void FrameWriter::define(uint32_t table) {
  const bool known = defined_[table] != 0;
  if (known && !random_.once_in(50)) return;
  if (known) coverage_.reach(Rare::kRelationRedefined);
  ++defined_[table];
  const std::string topic = topic_of(table);
  const std::string name = "t" + std::to_string(table);
  wire::Relation relation;
  relation.id = table;
  relation.oid = 16384 + table;
  relation.shape = defined_[table];
  relation.topic = topic;
  relation.schema = "public";
  relation.table = name;
  wire::write_relation(bytes_, relation);
  ++count_;
}

void FrameWriter::row(uint32_t table, uint32_t key, char op, wire::RecordKind kind, uint8_t part,
                      uint32_t ordinal_delta, const Identity& identity) {
  define(table);
  const std::string key_text(1, static_cast<char>('A' + key));
  const std::string value(kind == wire::RecordKind::kTombstone ? 0 : random_.between(1, 60), 'v');
  const wire::RowSizes sizes{static_cast<int32_t>(key_text.size()),
                             kind == wire::RecordKind::kTombstone ? -1 : static_cast<int32_t>(value.size())};
  char header[wire::kRecordHeaderSize + wire::kRowFixedSize];
  wire::write_row_header(header, kind, part, op, table, ordinal_delta, sizes, sizeof identity);
  bytes_.append(header, sizeof header);
  bytes_ += key_text;
  bytes_ += value;
  bytes_.append(reinterpret_cast<const char*>(&identity), sizeof identity);
  ++count_;
}

Frame FrameWriter::finish(wire::Header header) {
  header.record_count = count_;
  wire::write_header(bytes_.data(), header);
  Frame frame;
  frame.header = header;
  frame.bytes = std::move(bytes_);
  return frame;
}

}  // namespace penstock::sim
