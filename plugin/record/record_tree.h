// A record before its row comes: topic, key, value and headers as trees of members whose schemas are known and whose
// values are places to read from. Transforms work on these trees while a plan is built; what they leave is compiled
// into an Output (record_output.h), so that no chain is walked for a row.
//
// Nodes are shared and never changed once they are part of a tree; a transform makes copies. Everything is allocated in
// CurrentMemoryContext, which must be the plan's.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"
#include "plugin/value/column_writer.h"
#include "plugin/value/schema.h"

namespace penstock {

// Values that only the change, or its unit, has.
enum class Meta : uint8_t {
  kSourceTsMs,
  kSourceTsUs,
  kSourceTsNs,
  kSnapshot,     // with the schema's default where the record is not of a snapshot
  kSnapshotRaw,  // without: null there
  kSequence,
  kTxId,
  kLsn,
  kXmin,
  kOrigin,
  kOriginLsn,
  kTransactionId,
  kTotalOrder,
  kCollectionOrder,
  kTsMs,
  kTsUs,
  kTsNs,
  kMessagePrefix,
  kMessageContent,
  kMarkId,
  kMarkCount,
  kMarkCollections,
  kMarkTsMs,
  kHeartbeatTsMs,
};

enum class Prints : uint8_t {
  kNull,
  kText,     // JSON that is known already
  kMembers,  // of a struct
  kColumn,   // of the old or the new row
  kMeta,
  kExpanded,  // the JSON document in a column of text, as a struct (outbox: table.expand.json.payload)
};

struct RecordLeaf {
  std::string_view field;  // its name as a member, UTF-8
  Schema schema;
  Prints prints = Prints::kNull;
  std::string_view text;
  const Column* column = nullptr;
  bool old_row = false;
  bool keeps_null_members = false;  // kExpanded: null members as null (optional_bytes) instead of leaving them out
  Meta meta = Meta::kTsMs;
};

struct RecordNode : RecordLeaf {
  Array<const RecordNode*> members;  // of a struct, also where it is null

  bool is_struct() const { return schema.type == "struct"; }
  // Members that are read by the program; a struct of one column has fields in its schema only.
  const RecordNode* find(std::string_view name) const {
    for (const RecordNode* member : members) {
      if (member->field == name) return member;
    }
    return nullptr;
  }
};

struct HeaderNode {
  std::string_view name;
  const RecordNode* value = nullptr;
};

// The record while transforms are applied to it.
struct Transform;

// Fields that a transform has put in the place of others, over all records of a plan: each is told once.
class ReplacedFields {
 public:
  // Memory comes from `context`, which outlives this.
  void open(MemoryContext context) { context_ = context; }
  // False: it is known. `transform` outlives this; nullptr: the naming strategy.
  bool add(const Transform* transform, std::string_view field);

 private:
  struct One {
    const Transform* transform;
    std::string_view field;
  };
  MemoryContext context_ = nullptr;
  Array<One> known_;
};

struct Draft {
  std::string_view topic;
  const RecordNode* key = nullptr;    // nullptr: null, without a schema
  const RecordNode* value = nullptr;  // nullptr: a tombstone
  Array<HeaderNode> headers;
  const RecordNode* timestamp = nullptr;       // in ms; nullptr: the producer's
  int64 timestamp_divisor = 1;                 // of the column that `timestamp` may be
  const RecordNode* timestamp_else = nullptr;  // where that column is null
  const RecordNode* partition = nullptr;       // nullptr: by the key
  bool dropped = false;
  bool key_changed = false;    // its JSON is no longer that of the plan's key columns
  bool value_changed = false;  // its JSON is no longer the envelope
  // The header list that the tombstone after a delete shares, until a transform makes a record of its own (findings
  // A21); nullptr: none.
  Array<HeaderNode>* shared_headers = nullptr;
  std::string_view replaced_key;       // a key column that gave its place to topic.key.field.name
  ReplacedFields* replaced = nullptr;  // nullptr: nobody is told
};

static_assert(JumpSafe<Draft> && JumpSafe<RecordNode>);

RecordNode* new_node(std::string_view field, const Schema& schema);
RecordNode* copy_of(const RecordNode& node);
RecordNode* text_node(std::string_view field, const Schema& schema, std::string_view json);
RecordNode* string_node(std::string_view field, std::string_view text, bool optional);  // escapes it
RecordNode* meta_node(std::string_view field, const Schema& schema, Meta meta);
RecordNode* column_node(const Column& column, bool old_row);
RecordNode* struct_node(std::string_view field, const Schema& schema);

// nullptr: there is none of the name.
const RecordNode** find_member(RecordNode& node, std::string_view field);
// The node with another name as a member.
const RecordNode* renamed(const RecordNode& node, std::string_view field);
// A column's null as the default of its schema (Struct.get), or as null (Struct.getWithoutDefault).
const RecordNode* with_default(const RecordNode& node);
const RecordNode* without_default(const RecordNode& node);

// Appends the schema as JsonConverter writes it. `as_member`: with "field".
void append_schema(JsonWriter& json, const RecordNode& node, bool as_member);

}  // namespace penstock
