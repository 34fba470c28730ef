// Debezium's shape around rows: key, before, after, source, transaction, op and times. Used by the stream and by
// penstock.snapshot(), so that they cannot differ. Knows neither callbacks nor frames.
#pragma once

#include <string_view>

#include "plugin/json_writer.h"
#include "plugin/options.h"
#include "plugin/plan.h"
#include "plugin/transaction.h"

namespace penstock {

// What all records of one change have in common.
struct Stamp {
  XLogRecPtr lsn = 0;
  int64 now_ns = 0;              // one reading of the clock
  std::string_view transaction;  // the transaction block, or null
};

// Wall clock in nanoseconds since 1970.
int64 now_nanoseconds();

// {"id":1} of the plan's key columns.
void write_key(JsonWriter& json, const Plan& plan, const Row& row);

// Value of c, u, d, r or t; `before` and `after` may be null.
void write_envelope(JsonWriter& json, const Plan& plan, const SourceParts& source, const Stamp& stamp, char op,
                    const Row* before, const Row* after);

// Value of a logical message.
void write_message(JsonWriter& json, const SourceParts& source, const Stamp& stamp, std::string_view prefix,
                   std::string_view content);

// What goes into SourceParts.
struct SourceFacts {
  std::string_view version;
  std::string_view name;                  // topic.prefix
  std::string_view database;              // UTF-8
  std::string_view snapshot;              // data() null: not a snapshot, and `stream` is printed
  std::string_view stream = "\"false\"";  // the default of source.snapshot, or null where defaults are not filled in
  int64 time_us = 0;
  uint64 sequence = 0;      // 0: null
  int64 xid = -1;           // -1: null
  std::string_view origin;  // UTF-8; data() null: none
  uint64 origin_lsn = 0;
};

// Written into `json`, which must not move or shrink while they are used (it is only ever added to).
SourceParts make_source_parts(JsonWriter& json, const SourceFacts& facts);

}  // namespace penstock
