// A frame in the relay: the bytes that the plugin wrote, or what a source made of a keepalive. Owned by the pipeline's
// window from receive to release.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/position.h"
#include "wire/frame.h"

namespace penstock {

struct Frame {
  std::string bytes;             // whole wire frame; empty for a keepalive, and once all of it was handed over
  wire::Header header;           // read from bytes, or made by the source
  bool reply_requested = false;  // a keepalive of a server that wants an answer: hurry the position record
  uint8_t variant = 0;           // which of the `v` records of a snapshot range is meant; set by Handover

  // Bookkeeping of the publisher; starts at zero.
  uint32_t outstanding = 0;  // records handed to Kafka without a report yet
  bool closed = false;       // mark() was called: every record of it was handed over

  uint64_t charge = 0;  // bytes of it that count against the budget

  // For metrics only; microseconds since 1970.
  int64_t sent_us = 0;      // by the server's clock, when the walsender sent it; 0: not known
  int64_t received_us = 0;  // by ours; set by the pipeline

  size_t size_bytes() const { return bytes.size() + sizeof(Frame); }
};

// Of a route's topic.
enum class TopicState : uint8_t {
  kExists,
  kWanted,   // not known to exist: it is made before the first record goes there
  kRefused,  // Kafka refuses its name: records for it are left out
};

// A topic with the constant parts of its records, as the plugin defined it on this connection. Addresses are stable;
// a redefinition of the id makes a new Route, so that records in flight keep theirs.
struct Route {
  uint32_t oid = 0;
  uint32_t shape = 0;
  wire::RelationKind kind = wire::RelationKind::kTable;
  std::string topic;
  std::string schema;
  std::string table;
  std::string key_prefix;
  std::string key_suffix;
  std::string value_prefix;
  std::string value_suffix;
  std::string headers;  // constant headers, wire encoding, after a record's own
  uint32_t index = 0;   // dense number of its topic and table in Stats::tables, also over sessions
  TopicState topic_state = TopicState::kWanted;

  bool wrapped() const { return !key_prefix.empty() || !value_prefix.empty(); }
};

// One record as a publisher takes it. Views into a Frame or into memory that the caller keeps during the call.
struct Record {
  const Route* route = nullptr;
  wire::RecordKind kind = wire::RecordKind::kRow;
  char op = 0;                 // of the envelope; 0 if it has none
  std::string_view key;        // data() null: no key
  std::string_view value;      // data() null: tombstone
  std::string_view headers;    // wire encoding, before the route's
  wire::Places places;         // timestamp and partition, where a transform decides them
  int64_t commit_time_us = 0;  // for metrics only
  uint64_t ordinal = 0;
  uint8_t part = 0;
};

}  // namespace penstock
