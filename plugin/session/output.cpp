#include "plugin/session/output.h"

namespace penstock {

namespace {

// What surrounds the bytes in the server's buffer is far below this.
constexpr size_t kRoomOfServer = 1024;

void write_bytes(LogicalDecodingContext* ctx, std::string_view bytes) {
  if (bytes.size() > MaxAllocSize - kRoomOfServer) {
    ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
            errmsg("a record of %zu bytes is larger than the server can send", bytes.size()),
            errdetail("PostgreSQL sends at most %zu bytes at once.", static_cast<size_t>(MaxAllocSize) - kRoomOfServer),
            errhint("Leave the table or its large column out with table.exclude.list or column.exclude.list."));
  }
  OutputPluginPrepareWrite(ctx, true);
  appendBinaryStringInfo(ctx->out, bytes.data(), static_cast<int>(bytes.size()));
  OutputPluginWrite(ctx, true);
}

// The lines of one frame. In this format every frame defines the relations that it uses.
class Lines {
 public:
  explicit Lines(const Options& options) {
    line_.open(CurrentMemoryContext, 4096);
    set_encoding(options);
  }

  void write(LogicalDecodingContext* ctx, std::string_view frame) {
    wire::RecordReader reader(frame);
    wire::Record record;
    while (reader.next(record)) {
      if (record.kind == wire::RecordKind::kRelation) {
        wire::Relation relation;
        if (wire::read_relation(record.body, relation)) relations_.add(relation);
        continue;
      }
      wire::Row row;
      if (!wire::read_row(record, row)) continue;
      line_.clear();
      add_line(row);
      write_bytes(ctx, line_.view());
    }
  }

 private:
  void set_encoding(const Options& options) {
    line_.set_ascii(options.format == Options::Format::kJson && GetDatabaseEncoding() != PG_UTF8);
  }

  void add_json(std::string_view prefix, std::string_view text, std::string_view suffix) {
    if (text.data() == nullptr) return line_.append("null");
    line_.append_json(prefix);
    line_.append_json(text);
    line_.append_json(suffix);
  }

  void add_places(const wire::Places& places) {
    if (places.partition != wire::Places::kByKey) {
      line_.append(",\"partition\":");
      line_.append_int(places.partition);
    }
    if (places.timestamp_ms != wire::Places::kNow) {
      line_.append(",\"timestamp\":");
      line_.append_int(places.timestamp_ms);
    }
  }

  void add_line(const wire::Row& row) {
    wire::Relation relation;
    for (const wire::Relation& known : relations_) {
      if (known.id == row.relation) relation = known;
    }
    line_.append("{\"topic\":");
    line_.append_string(relation.topic);
    line_.append(",\"key\":");
    add_json(relation.key_prefix, row.key, relation.key_suffix);
    line_.append(",\"value\":");
    add_json(relation.value_prefix, row.value, relation.value_suffix);
    add_places(row.places);
    line_.append(",\"headers\":{");
    bool first = true;
    for (std::string_view headers : {row.headers, relation.headers}) {
      wire::HeaderReader reader(headers);
      wire::KafkaHeader header;
      while (reader.next(header)) {
        if (!first) line_.append(',');
        first = false;
        line_.append_string(header.name);
        line_.append(':');
        if (header.value.data() == nullptr) {
          line_.append("null");
        } else {
          line_.append_string(header.value);
        }
      }
    }
    line_.append("}}");
  }

  JsonWriter line_;
  Array<wire::Relation> relations_;
};

}  // namespace

void write_frame(LogicalDecodingContext* ctx, FrameBuffer& frame, const wire::Header& header, const Options& options) {
  const bool lines = options.format == Options::Format::kJson;
  if (lines) frame.notices().warn();
  frame.close(header);
  if (lines) {
    Lines(options).write(ctx, frame.bytes());
  } else {
    write_bytes(ctx, frame.bytes());
  }
  frame.clear(lines);
}

}  // namespace penstock
