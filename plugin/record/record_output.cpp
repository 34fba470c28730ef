#include "plugin/record/record_output.h"

#include "plugin/options/options.h"
#include "plugin/record/header_columns.h"
#include "plugin/text/encoding.h"
#include "plugin/text/json_document.h"
#include "wire/option.h"

namespace penstock {

namespace {

std::string_view schema_prefix(const RecordNode& node) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 1024);
  json.append("{\"schema\":");
  append_schema(json, node, false);
  json.append(",\"payload\":");
  return json.view();
}

bool same(std::string_view a, std::string_view b) {
  return (a.data() == nullptr) == (b.data() == nullptr) && a == b;
}

// Of the definitions of one plan: what else they have is the plan's.
uint64 outer_hash(const wire::Relation& relation) {
  return hash_of(relation.headers, hash_of(relation.key_prefix, hash_of(relation.topic, relation.shape)));
}

bool same_outer(const wire::Relation& a, const wire::Relation& b) {
  return a.topic == b.topic && a.key_prefix == b.key_prefix && a.headers == b.headers && a.shape == b.shape &&
         a.schema == b.schema && a.table == b.table;
}

bool is_blank(std::string_view text) {  // String.trim().isEmpty()
  for (char c : text) {
    if (static_cast<unsigned char>(c) > ' ') return false;
  }
  return true;
}

bool read_number(const Program& program, const Inputs& inputs, int64& number) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 32);
  program.run(json, inputs);
  return wire::parse_integer(json.view(), number);
}

// Of the document that the program prints; empty where the record shows it as text.
std::string_view expanded_schema(const Program& program, const Question& question, const Inputs& inputs, size_t limit) {
  JsonWriter members;
  members.open(CurrentMemoryContext, 1024);
  const TemporaryScope scope;
  JsonWriter document;
  document.open(CurrentMemoryContext, 1024);
  document.set_limit(limit);
  program.run(document, inputs);
  if (document.over_limit()) return {};
  static_cast<void>(append_expanded_schema(members, document.view(), question.format, question.keep_nulls));
  return members.view();
}

// Since 1970, in parts of a millisecond; infinities are the largest of their unit.
bool is_time(int64 number, int64 divisor) {
  constexpr int64 kInfinityMs = 9223372036825200;
  return number >= 0 && number != INT64_MAX && number / divisor < kInfinityMs;
}

struct Moment {
  int year, month, day, hour, minute, second, millisecond;
};

Moment moment_of(int64 ms) {
  constexpr int64 kDayMs = 86400000;
  int64 days = ms / kDayMs, rest = ms % kDayMs;
  if (rest < 0) rest += kDayMs, --days;
  Moment moment{};
  j2date(static_cast<int>(days) + UNIX_EPOCH_JDATE, &moment.year, &moment.month, &moment.day);
  moment.hour = static_cast<int>(rest / 3600000);
  moment.minute = static_cast<int>(rest / 60000 % 60);
  moment.second = static_cast<int>(rest / 1000 % 60);
  moment.millisecond = static_cast<int>(rest % 1000);
  return moment;
}

// SimpleDateFormat in UTC, for the letters that TimestampRouter lets through.
std::string_view formatted(std::string_view format, int64 ms) {
  const Moment moment = moment_of(ms);
  StringInfoData out;
  initStringInfo(&out);
  for (size_t i = 0; i < format.size();) {
    const char c = format[i];
    int count = 1;
    while (i + static_cast<size_t>(count) < format.size() && format[i + static_cast<size_t>(count)] == c) ++count;
    i += static_cast<size_t>(count);
    const int value = c == 'y'   ? (count == 2 ? moment.year % 100 : moment.year)
                      : c == 'M' ? moment.month
                      : c == 'd' ? moment.day
                      : c == 'H' ? moment.hour
                      : c == 'm' ? moment.minute
                      : c == 's' ? moment.second
                      : c == 'S' ? moment.millisecond
                                 : -1;
    if (value >= 0) {
      appendStringInfo(&out, "%0*d", count, value);
    } else {
      for (int k = 0; k < count; ++k) appendStringInfoChar(&out, c);
    }
  }
  return {out.data, static_cast<size_t>(out.len)};
}

}  // namespace

void Definitions::inherit(const Definitions& before) {
  for (const Definition* old : before.known_) {
    if (old->sent_epoch == 0 || !old->used) continue;
    Definition* copy = palloc_one<Definition>();
    *copy = *old;
    copy->used = false;
    copy->record = palloc_copy(old->record);
    std::string_view body = copy->record;
    body.remove_prefix(wire::kRecordHeaderSize);
    if (wire::read_relation(body, copy->relation)) add(copy);
  }
}

void Definitions::add(Definition* definition) {
  const wire::Relation& relation = definition->relation;
  const uint64 outer = outer_hash(relation);
  known_.add(definition);
  whole_.add(hash_of(relation.value_prefix, outer), definition);
  const auto same = [&](const Definition& known) { return same_outer(known.relation, relation); };
  if (outer_.find(outer, same) == nullptr) outer_.add(outer, definition);
}

Definition* Definitions::find_or_make(const wire::Relation& relation, bool any_value) {
  const auto same = [&](const Definition& known) {
    return same_outer(known.relation, relation) && (any_value || known.relation.value_prefix == relation.value_prefix);
  };
  const uint64 outer = outer_hash(relation);
  Definition* definition =
      any_value ? outer_.find(outer, same) : whole_.find(hash_of(relation.value_prefix, outer), same);
  if (definition == nullptr) {
    JsonWriter bytes;
    bytes.open(CurrentMemoryContext, 256);
    definition = palloc_one<Definition>();
    definition->relation = relation;
    definition->id = definition->relation.id = (*next_id_)++;
    wire::write_relation(bytes, definition->relation);
    definition->record = bytes.view();
    add(definition);
  }
  definition->used = true;
  return definition;
}

void Outputs::open(const Facts& facts) {
  facts_ = facts;
  replaced_.open(CurrentMemoryContext);
  context_ = AllocSetContextCreate(CurrentMemoryContext, "penstock outputs", ALLOCSET_START_SMALL_SIZES);
  definitions_.open(facts.next_id);
}

void Outputs::inherit(const Outputs& before) {
  ContextScope scope(context_);
  definitions_.inherit(before.definitions_);
}

// Definitions too: what comes again gets another id, and the reader knows it for the same.
void Outputs::give_up() {
  MemoryContextReset(context_);
  definitions_ = Definitions();
  definitions_.open(facts_.next_id);
  std::fill(std::begin(roots_), std::end(roots_), nullptr);
  children_ = HashTable<Branch>();
  branches_ = 0;
  overgrown_ = false;
}

const Output& Outputs::of(size_t kind, const Inputs& inputs) {
  if (overgrown_) give_up();
  if (roots_[kind] == nullptr) roots_[kind] = grow(kind, {});
  Branch* branch = roots_[kind];
  if (branch->output != nullptr) return *branch->output;
  Array<std::string_view> path;
  while (branch->output == nullptr) {
    const Question& question = branch->question;
    std::string_view answer = "";
    int64 number = 0;
    switch (question.about) {
      case Question::About::kText:
        answer = branch->program.header_text(inputs);
        break;
      case Question::About::kBlank:
        if (is_blank(branch->program.header_text(inputs))) answer = "blank";
        break;
      case Question::About::kSchema:
        answer = expanded_schema(branch->program, question, inputs, facts_.options->values.document_bytes_max);
        break;
      case Question::About::kTime:
        if (read_number(branch->program, inputs, number)) {
          number /= question.divisor;
        } else if (question.otherwise != nullptr) {
          static_cast<void>(read_number(branch->otherwise, inputs, number));
        }
        answer = formatted(question.format, number);
        break;
      case Question::About::kNothing:
        break;
    }
    branch = child_of(*branch, kind, path, answer);
  }
  return *branch->output;
}

Outputs::Branch* Outputs::child_of(Branch& branch, size_t kind, Array<std::string_view>& path,
                                   std::string_view answer) {
  const uint64 hash = hash_of(answer, reinterpret_cast<uintptr_t>(&branch));
  path.add(answer);
  const auto is_it = [&](const Branch& child) { return child.parent == &branch && same(child.answer, answer); };
  if (Branch* known = children_.find(hash, is_it)) return known;
  ContextScope scope(context_);
  Array<std::string_view> known;  // what is compiled refers to the answers
  for (std::string_view one : path) known.add(one.data() == nullptr ? one : palloc_copy(one));
  Branch* grown = grow(kind, {known.begin(), known.size()});
  grown->parent = &branch;
  grown->answer = known[known.size() - 1];
  children_.add(hash, grown);
  overgrown_ = branches_ > kBranchesMax || MemoryContextMemAllocated(context_, true) > kBranchBytesMax;
  return grown;
}

const Output* Outputs::constant(size_t kind) {
  return is_refused(kind) ? nullptr : roots_[kind]->output;
}

// Nothing is held in between that an ERROR would have to release.
bool Outputs::is_refused(size_t kind) {
  if (roots_[kind] != nullptr || refused_[kind]) return refused_[kind];
  MemoryContext const context = CurrentMemoryContext;
  Branch* volatile grown = nullptr;
  PG_TRY();
  { grown = grow(kind, {}); }
  PG_CATCH();
  {
    if (geterrcode() != ERRCODE_INVALID_PARAMETER_VALUE) PG_RE_THROW();
    MemoryContextSwitchTo(context);
    FlushErrorState();
  }
  PG_END_TRY();
  roots_[kind] = grown;
  return refused_[kind] = grown == nullptr;
}

Outputs::Branch* Outputs::grow(size_t kind, std::span<const std::string_view> known) {
  ContextScope scope(context_);
  ++branches_;
  Branch* branch = palloc_one<Branch>();
  Draft draft = facts_.make(facts_.owner, kind);
  draft.replaced = &replaced_;
  if (!draft.replaced_key.empty() && replaced_.add(nullptr, draft.replaced_key)) {
    ereport(WARNING, errcode(ERRCODE_DUPLICATE_COLUMN),
            errmsg("field \"%s\" of topic.key.field.name takes the place of a key column of that name in topic \"%s\"",
                   shown_utf8(draft.replaced_key), shown_utf8(draft.topic)),
            errhint("Rename the column, or set another topic.key.field.name."));
  }
  Answers answers(known);
  if (facts_.options->chain.apply(draft, answers)) {
    branch->output = compile(draft);
    return branch;
  }
  branch->question = answers.pending();
  const bool as_header = branch->question.about != Question::About::kSchema;
  const RecordNode& node = as_header ? header_node(*branch->question.node) : *branch->question.node;
  branch->program = Program::compile(node, facts_.options->values);
  if (branch->question.otherwise != nullptr) {
    branch->otherwise = Program::compile(*branch->question.otherwise, facts_.options->values);
  }
  return branch;
}

const Output* Outputs::compile(const Draft& draft) {
  Output* output = palloc_one<Output>();
  output->dropped = draft.dropped;
  if (draft.dropped) return output;
  const ValueOptions& values = facts_.options->values;
  output->has_key = draft.key != nullptr;
  output->has_value = draft.value != nullptr;
  output->key_direct = output->has_key && !draft.key_changed;
  output->value_direct = output->has_value && !draft.value_changed;
  if (output->has_key && !output->key_direct) output->key = Program::compile(*draft.key, facts_.options->key_values);
  if (output->has_value && !output->value_direct) output->value = Program::compile(*draft.value, values);
  compile_places(draft, *output);
  wire::Relation relation = facts_.relation;
  compile_headers(draft, *output, relation);
  define(draft, *output, relation);
  return output;
}

void Outputs::compile_places(const Draft& draft, Output& output) {
  const ValueOptions& values = facts_.options->values;
  output.timestamp_divisor = draft.timestamp_divisor;
  output.has_timestamp = draft.timestamp != nullptr;
  if (output.has_timestamp) output.timestamp = Program::compile(*draft.timestamp, values);
  output.has_timestamp_else = draft.timestamp_else != nullptr;
  if (output.has_timestamp_else) output.timestamp_else = Program::compile(*draft.timestamp_else, values);
  output.has_partition = draft.partition != nullptr;
  if (output.has_partition) output.partition = Program::compile(*draft.partition, values);
}

// Constant headers at the end of the list become the definition's; the others are written with each record.
void Outputs::compile_headers(const Draft& draft, Output& output, wire::Relation& relation) {
  const size_t count = draft.headers.size();
  const std::span<OutputHeader> headers = palloc_span<OutputHeader>(count);
  size_t varying = 0;
  for (size_t i = 0; i < count; ++i) {
    headers[i].name = draft.headers[i].name;
    headers[i].value = Program::compile(header_node(*draft.headers[i].value), facts_.options->values);
    if (!headers[i].value.is_constant()) varying = i + 1;
  }
  JsonWriter constants;
  constants.open(CurrentMemoryContext, 256);
  for (size_t i = varying; i < count; ++i) {
    wire::write_kafka_header(constants, {headers[i].name, headers[i].value.header_text({})});
  }
  output.headers = headers.first(varying);
  relation.headers = constants.view();
}

void Outputs::define(const Draft& draft, Output& output, wire::Relation relation) {
  // No broker takes more than 249: the rest would only be noise in what the relay says of it, and a frame has no room.
  constexpr int kTopicMax = 1000;
  relation.topic = draft.topic;
  if (draft.topic.size() > kTopicMax) {
    const auto size = static_cast<int>(std::min<size_t>(draft.topic.size(), INT_MAX));
    relation.topic =
        draft.topic.substr(0, static_cast<size_t>(pg_encoding_mbcliplen(PG_UTF8, draft.topic.data(), size, kTopicMax)));
  }
  if (facts_.options->key_schemas && draft.key != nullptr) {
    relation.key_prefix = schema_prefix(*draft.key);
    relation.key_suffix = "}";
  }
  if (facts_.options->value_schemas && draft.value != nullptr) {
    relation.value_prefix = schema_prefix(*draft.value);
    relation.value_suffix = "}";
  }
  output.definition = definitions_.find_or_make(relation, draft.value == nullptr);
}

Placement placement_of(const Output& output, const Inputs& inputs) {
  Placement placement;
  auto& [places, unfit] = placement;
  if (!output.has_timestamp && !output.has_partition) return placement;
  int64 number = 0;
  if (output.has_timestamp && read_number(output.timestamp, inputs, number)) {
    if (is_time(number, output.timestamp_divisor)) {
      places.timestamp_ms = number / output.timestamp_divisor;
    } else {
      unfit = true;
    }
  }
  if (places.timestamp_ms == wire::Places::kNow && output.has_timestamp_else &&
      read_number(output.timestamp_else, inputs, number)) {
    places.timestamp_ms = number;
  }
  if (output.has_partition && read_number(output.partition, inputs, number)) {
    if (number >= 0 && number <= INT32_MAX) {
      places.partition = static_cast<int32>(number);
    } else {
      unfit = true;
    }
  }
  return placement;
}

wire::Notice unfit_placement(std::string_view table) {
  return {wire::NoticeReason::kPlaceUnfit, 1, table,
          "an event asks for a negative partition, or for a timestamp that is infinite or before 1970: its key, or the "
          "time of its change, decides instead"};
}

}  // namespace penstock
