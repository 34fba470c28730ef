// What is left of Debezium's shape, schemas and transforms when a row comes: for each variant of a table's records (or
// of a service topic's) a topic, ready-made texts around values, headers. Compiled at its first use, and kept; where a
// transform needs the row, one for each answer that rows have given, until these are too many.
#pragma once

#include <string_view>

#include "plugin/pg/hash_table.h"
#include "plugin/pg/memory.h"
#include "plugin/record/record_program.h"
#include "plugin/transform/transform.h"
#include "wire/frame.h"
#include "wire/notice.h"

namespace penstock {

struct Options;

// A relation record of the frame, and whether the reader has it.
struct Definition {
  uint32 id = 0;
  std::string_view record;  // whole, as wire::write_relation() made it
  wire::Relation relation;  // views into `record`
  uint64 sent_epoch = 0;    // FrameBuffer::epoch() when it was written last
  bool used = false;        // by an output of this plan

  size_t wrap_bytes() const {
    return relation.key_prefix.size() + relation.key_suffix.size() + relation.value_prefix.size() +
           relation.value_suffix.size();
  }
};

// The definitions of one plan, so that records of one look share one.
class Definitions {
 public:
  // `next_id` is the session's, and outlives this.
  void open(uint32* next_id) { next_id_ = next_id; }
  // What the reader has from the plan that this one replaces, and that one used: a record that is the same keeps its
  // id, so that it is not sent again.
  void inherit(const Definitions& before);
  // `any_value`: the record has no value, so the parts around it do not matter.
  Definition* find_or_make(const wire::Relation& relation, bool any_value);

 private:
  void add(Definition* definition);

  uint32* next_id_ = nullptr;
  Array<Definition*> known_;
  HashTable<Definition> whole_;
  HashTable<Definition> outer_;  // without what is around values; the first of each
};

struct OutputHeader {
  std::string_view name;
  Program value;
};

struct Output {
  bool dropped = false;       // a transform drops such records; nothing else is set
  bool key_direct = false;    // write_key() of the plan gives the key
  bool value_direct = false;  // write_envelope() gives the value
  bool has_key = false;
  bool has_value = false;
  bool has_timestamp = false;
  bool has_timestamp_else = false;
  bool has_partition = false;
  Program key;
  Program value;
  std::span<const OutputHeader> headers;  // before the definition's
  Program timestamp;                      // in units of 1 / divisor ms
  int64 timestamp_divisor = 1;
  Program timestamp_else;
  Program partition;
  Definition* definition = nullptr;
};

class Outputs {
 public:
  // The record of `kind` before transforms.
  using MakeDraft = Draft (*)(const void* owner, size_t kind);
  struct Facts {
    const Options* options = nullptr;
    MakeDraft make = nullptr;
    const void* owner = nullptr;
    wire::Relation relation;  // oid, shape, kind, schema, table; the rest is filled in
    uint32* next_id = nullptr;
  };

  // Everything is allocated in a context below CurrentMemoryContext, now and later.
  void open(const Facts& facts);
  void inherit(const Outputs& before);

  // `inputs` are read only where a transform asks the row. ERROR 22023 where a transform cannot be applied. Valid until
  // the next call.
  const Output& of(size_t kind, const Inputs& inputs);
  // The same for topics that are to be made beforehand: nullptr if it depends on the row, or if that is an ERROR.
  const Output* constant(size_t kind);
  // A transform cannot be applied to records of the kind, whatever is in them.
  bool is_refused(size_t kind);

  static constexpr size_t kKinds = 10;  // one more at least than the largest

 private:
  static constexpr uint32 kBranchesMax = 10000;
  static constexpr size_t kBranchBytesMax = 64 * 1024 * 1024;

  struct Branch {
    const Output* output = nullptr;  // or a question:
    Question question;
    Program program;
    Program otherwise;
    const Branch* parent = nullptr;  // nullptr: the root
    std::string_view answer;         // to the parent's question; data() may be null
  };

  void give_up();
  Branch* grow(size_t kind, std::span<const std::string_view> answers);
  const Output* compile(const Draft& draft);
  void compile_headers(const Draft& draft, Output& output, wire::Relation& relation);
  void compile_places(const Draft& draft, Output& output);
  void define(const Draft& draft, Output& output, wire::Relation relation);
  Branch* child_of(Branch& branch, size_t kind, Array<std::string_view>& path, std::string_view answer);

  Facts facts_;
  MemoryContext context_ = nullptr;
  Definitions definitions_;
  Branch* roots_[kKinds] = {};
  bool refused_[kKinds] = {};
  HashTable<Branch> children_;
  ReplacedFields replaced_;
  uint32 branches_ = 0;
  bool overgrown_ = false;
};

static_assert(JumpSafe<Outputs>);

// Where in Kafka the record goes, if a transform says so. What Kafka has no place for does not count: `unfit` says it.
struct Placement {
  wire::Places places;
  bool unfit = false;
};
Placement placement_of(const Output& output, const Inputs& inputs);
// What is to be told of an unfit one of `table`, which is UTF-8.
wire::Notice unfit_placement(std::string_view table);

}  // namespace penstock
