// Connect's transforms and predicates, compiled: read from the options once, applied to the tree of each kind of record
// when a plan meets it first. Where one needs the row (a topic that a column names), it asks, and the answer becomes
// part of what is compiled; an Output is kept for each answer (record_output.h).
#pragma once

#include <string_view>

#include "plugin/record/record_tree.h"
#include "plugin/transform/replacement.h"

namespace penstock {

struct Setting;

// A question to the row.
struct Question {
  enum class About : uint8_t {
    kNothing,
    kText,    // the value as a header would show it; data() null: NULL
    kBlank,   // "blank" if it is NULL or only spaces, else ""
    kSchema,  // members of the schema of the document in it; empty: not expanded
    kTime,    // the record's timestamp as `format` says
  };
  About about = About::kNothing;
  const RecordNode* node = nullptr;
  std::string_view format;                // kSchema: name of the struct
  int64 divisor = 1;                      // kTime
  const RecordNode* otherwise = nullptr;  // kTime: where node is null
  bool keep_nulls = false;                // kSchema
};

inline Question about(Question::About kind, const RecordNode* node) {
  Question question;
  question.about = kind;
  question.node = node;
  return question;
}

// Knows the answers to the first questions of a chain, in the order in which they are asked.
class Answers {
 public:
  explicit Answers(std::span<const std::string_view> known) : known_(known) {}

  // False: not known yet. The chain is then to be left, and pending() says what to ask.
  bool ask(const Question& question, std::string_view& answer) {
    if (next_ < known_.size()) {
      answer = known_[next_++];
      return true;
    }
    pending_ = question;
    return false;
  }
  const Question& pending() const { return pending_; }

 private:
  std::span<const std::string_view> known_;
  size_t next_ = 0;
  Question pending_;
};

struct Predicate {
  enum class Kind : uint8_t { kTopicNameMatches, kHasHeaderKey, kRecordIsTombstone };
  std::string_view name;
  Kind kind = Kind::kTopicNameMatches;
  Pattern pattern;
  std::string_view header;
};

struct Transform;
// False: a question is pending.
using Apply = bool (*)(const Transform&, Draft&, Answers&);

struct Transform {
  std::string_view name;
  Apply apply = nullptr;
  const void* settings = nullptr;  // of a type that `apply` knows
  const Predicate* predicate = nullptr;
  bool negate = false;
};

class Chain {
 public:
  // `names` is the list of transforms, `predicates` that of predicates; `settings` holds transforms.* and predicates.*.
  // ERROR 22023 for what is missing, unknown or cannot be done here. `schemas_in_values`:
  // value.converter.schemas.enable.
  static Chain compile(std::string_view names, std::string_view predicates, std::span<const Setting> settings,
                       bool schemas_in_values);

  bool empty() const { return transforms_.empty(); }
  // False: a question is pending. ERROR 22023 where the connector's task would fail.
  bool apply(Draft& draft, Answers& answers) const;

 private:
  Array<Transform> transforms_;
};

static_assert(JumpSafe<Chain>);

// ERROR 22023: a record that the transform cannot be applied to, which ends the connector's task.
[[noreturn]] void refuse_record(const Transform& transform, const Draft& draft, const char* reason);

// Adds a member that the transform makes. Where a column has the name already it takes its place, with a WARNING: the
// connector's task would end there, and whoever may add a column must not stop the stream. A member has one value.
void add_field(const Transform& transform, const Draft& draft, RecordNode& to, const RecordNode* member);

// Settings of one transform or predicate: transforms.<name>.<key>.
class TransformSettings {
 public:
  TransformSettings(std::string_view family, std::string_view name, std::span<const Setting> settings)
      : family_(family), name_(name), settings_(settings) {}

  std::string_view name() const { return name_; }
  const char* option(std::string_view key) const;  // its whole name
  // Empty if it is not set.
  std::string_view text(std::string_view key, std::string_view initial = {});
  std::string_view required(std::string_view key);
  bool flag(std::string_view key, bool initial);
  Array<std::string_view> list(std::string_view key);
  // One of `choices`, "a|b|c".
  std::string_view choice(std::string_view key, std::string_view choices, std::string_view initial);
  Replacement replacement(std::string_view pattern_key, std::string_view pattern_initial,
                          std::string_view replacement_key, std::string_view replacement_initial);
  [[noreturn]] void refuse(std::string_view key, std::string_view value, const char* hint) const;
  // ERROR if there is one that nobody asked for.
  void finish() const;

 private:
  std::string_view family_;
  std::string_view name_;
  std::span<const Setting> settings_;
  Array<std::string_view> known_;
};

inline bool contains(const Array<std::string_view>& list, std::string_view name) {
  for (std::string_view one : list) {
    if (one == name) return true;
  }
  return false;
}

// The kinds, each in the file of its family. They return settings for Transform::settings and set `apply`.
void compile_unwrap(Transform& transform, TransformSettings& settings);                // transform_unwrap.cpp
void compile_outbox(Transform& transform, TransformSettings& settings, bool schemas);  // transform_outbox.cpp
void compile_regex_router(Transform& transform, TransformSettings& settings);          // transform_topic.cpp
void compile_logical_router(Transform& transform, TransformSettings& settings);
void compile_timestamp_router(Transform& transform, TransformSettings& settings);
void compile_insert_field(Transform& transform, TransformSettings& settings, bool key);  // transform_fields.cpp
void compile_replace_field(Transform& transform, TransformSettings& settings, bool key);
void compile_extract_field(Transform& transform, TransformSettings& settings, bool key);
void compile_hoist_field(Transform& transform, TransformSettings& settings, bool key);
void compile_value_to_key(Transform& transform, TransformSettings& settings);
void compile_schema_metadata(Transform& transform, TransformSettings& settings, bool key);
void compile_header_from(Transform& transform, TransformSettings& settings, bool key);  // transform_headers.cpp
void compile_insert_header(Transform& transform, TransformSettings& settings);
void compile_drop_headers(Transform& transform, TransformSettings& settings);

}  // namespace penstock
