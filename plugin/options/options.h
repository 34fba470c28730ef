// Options of a decoding session or of penstock.tables() and penstock.snapshot(): read once, never changed.
//
// For people they are Debezium's property names one by one; the relay passes one option `config` with a JSON object of
// them. Names, types, defaults and bounds are in wire/options.h; besides them there are our own:
//
//   config              JSON object of strings: properties, as if given one by one
//   format              json (default): one line a record; frames: wire/README.md
//   wire                versions of the frame that the reader understands, as 1-1
//   stable              true: positions, ids and times are made up, for golden files (json only)
//   cork                true: frames of a backlog are joined on their way out (cork.h)
//   start.end, start.commit_lsn, start.ordinal   the position after which to go on (wire/README.md)
//   start.sequence      end of the last unit before it that had a published change
//   start.run_id        header __debezium.context.runId
//   start.snapshot.lsn, start.snapshot.first (all, table, none), start.snapshot.range   penstock.snapshot() only
//   start.snapshot.xid  source.txId of its records; without it the transaction is given an id of its own
//
// Mistakes are ERRORs with SQLSTATE 22023 that name the option. An empty value means not set.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"
#include "plugin/pg/pg.h"
#include "plugin/text/pattern.h"
#include "plugin/text/setting.h"
#include "plugin/transform/replacement.h"
#include "plugin/transform/transform.h"
#include "plugin/value/column_writer.h"
#include "plugin/value/mask.h"

namespace penstock {

// What it means that the publication of publication.name is not there (publication_watch.h).
enum class MissingPublication : uint8_t {
  kStop,        // ERROR PS032 at the first change of a captured table
  kNothing,     // no change is published
  kEverything,  // every change is
};

// A group of topic.creation.groups: in Java's case, as Connect has it.
struct TopicGroup {
  std::string_view name;
  Patterns include;
  Patterns exclude;
};

// One rule of replica.identity.autoset.values.
struct IdentityRule {
  Pattern table;
  std::string_view identity;  // as SQL
};

// One table pattern of message.key.columns with one of its columns: matches schema.table.column.
using KeyRules = Patterns;

struct Position {
  XLogRecPtr end = 0;
  XLogRecPtr commit_lsn = 0;
  uint64 ordinal = 0;
};

struct Options {
  enum class Format : uint8_t { kJson, kFrames };
  enum class SnapshotFirst : uint8_t { kAll, kTable, kNone };

  Format format = Format::kJson;
  bool stable = false;
  bool cork = false;

  // Topics. topic_prefix is empty if it was not set.
  std::string_view topic_prefix;
  std::string_view topic_delimiter = ".";
  std::string_view heartbeat_prefix = "__debezium-heartbeat";
  std::string_view heartbeat_name;
  std::string_view transaction_name = "transaction";
  Chain chain;                    // transforms
  bool topic_has_schema = true;   // <prefix>.<schema>.<table>, not <prefix>.<table>
  bool topic_in_unicode = false;  // what a topic cannot have is written _uXXXX
  bool topic_has_regex = false;   // topic.regex and topic.replacement
  Replacement topic_regex;
  bool key_has_table = false;  // topic.key.enforce.uniqueness: keys end with a field that names the table
  std::string_view key_field = "__dbz__physicalTableIdentifier";
  bool key_has_regex = false;  // topic.key.field.regex and its replacement
  Replacement key_regex;
  Array<TopicGroup> topic_groups;

  // What is captured.
  std::string_view publication;
  bool publication_filtered = false;  // publication.autocreate.mode: one for the tables that the lists name
  bool publication_required = false;  // the same: disabled, or an empty one that tables are added to by hand
  MissingPublication publication_missing = MissingPublication::kStop;  // penstock.publication.missing
  bool via_root = false;                                               // publish.via.partition.root
  Filter schemas;
  Filter tables;
  Filter columns;
  Filter message_prefixes;
  KeyRules keys;
  Patterns snapshot_tables;  // snapshot.include.collection.list; empty: all that are captured
  Array<IdentityRule> identity_rules;
  bool ignore_builtin = true;
  bool skip_create = false;
  bool skip_update = false;
  bool skip_delete = false;
  bool skip_truncate = true;
  bool skip_is_explicit = false;  // skipped.operations was given

  // What records look like.
  Array<MaskRule> masks;       // of columns of the value, in the order in which they are tried
  ValueOptions values;         // of before and after
  ValueOptions key_values;     // of keys
  bool key_schemas = false;    // key.converter.schemas.enable
  bool value_schemas = false;  // value.converter.schemas.enable
  NameAdjustment schema_names = NameAdjustment::kNone;
  bool position_headers = false;    // penstock.position.headers
  bool unavailable_header = false;  // penstock.unavailable.header
  bool tombstones = true;
  bool skip_unchanged = false;  // skip.messages.without.change
  int64 xmin_interval_ms = 0;   // xmin.fetch.interval.ms; 0: source.xmin is null
  bool transactions = false;    // provide.transaction.metadata
  bool context_headers = true;
  bool heartbeats = false;
  std::string_view source_version;
  std::string_view run_id;
  size_t record_bytes_max = 0;

  // Where to go on.
  Position start;
  XLogRecPtr start_sequence = 0;

  XLogRecPtr snapshot_lsn = 0;
  SnapshotFirst snapshot_first = SnapshotFirst::kAll;
  uint64 snapshot_range = 0;
  uint64 snapshot_xid = 0;
};

static_assert(JumpSafe<Options>);

// Everything that Options points to is allocated in CurrentMemoryContext. Touches no catalog.
Options* parse_options(std::span<const Setting> settings);

// Settings from the options of a decoding session, and from a text[] of names and values.
std::span<const Setting> settings_of(List* options);
std::span<const Setting> settings_of(ArrayType* names_and_values);

}  // namespace penstock
