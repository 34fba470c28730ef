// What a record's values are read from: rows, unit, change.
#pragma once

#include <string_view>

#include "plugin/pg/pg.h"
#include "plugin/value/column_writer.h"

namespace penstock {

// One row of a table (of Plan::as), by attribute number minus one. The arrays are the plan's and are used anew for
// every change.
struct Row {
  Datum* values = nullptr;
  bool* nulls = nullptr;
  State* states = nullptr;
};

// What all records of one change have in common.
struct Stamp {
  XLogRecPtr lsn = 0;
  int64 now_ns = 0;              // one reading of the clock
  std::string_view transaction;  // the transaction block, or null
  uint64 transaction_xid = 0;    // what is in it:
  uint64 total_order = 0;        // 0: there is none
  uint64 collection_order = 0;
};

// What `source` says of a unit.
struct SourceFacts {
  std::string_view version;
  std::string_view name;                  // topic.prefix
  std::string_view database;              // UTF-8
  std::string_view snapshot;              // data() null: not a snapshot, and `stream` is printed
  std::string_view stream = "\"false\"";  // the default of source.snapshot, or null where defaults are not filled in
  int64 time_us = 0;
  uint64 sequence = 0;      // 0: null
  int64 xid = -1;           // -1: null
  uint32 xmin = 0;          // 0: null
  std::string_view origin;  // UTF-8; data() null: none
  uint64 origin_lsn = 0;
};

// What a record does not have stays null.
struct Inputs {
  const Row* old_row = nullptr;
  const Row* new_row = nullptr;
  const SourceFacts* source = nullptr;
  const Stamp* stamp = nullptr;
  std::string_view message_prefix;    // UTF-8
  std::string_view message_content;   // bytes
  std::string_view mark_id;           // of BEGIN or END
  uint64 mark_count = 0;              // of END
  std::string_view mark_collections;  // JSON, of END
};

}  // namespace penstock
