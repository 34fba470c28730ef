#include "plugin/transform/transform.h"

#include "plugin/text/encoding.h"
#include "plugin/text/setting.h"

namespace penstock {

namespace {

bool is_null(const RecordNode* node) {
  return node == nullptr || node->prints == Prints::kNull;
}

bool test(const Predicate& predicate, const Draft& draft) {
  switch (predicate.kind) {
    case Predicate::Kind::kTopicNameMatches:
      return predicate.pattern.matches(draft.topic);
    case Predicate::Kind::kHasHeaderKey:
      for (const HeaderNode& header : draft.headers) {
        if (header.name == predicate.header) return true;
      }
      return false;
    case Predicate::Kind::kRecordIsTombstone:
      return is_null(draft.value);
  }
  return false;
}

bool drop(const Transform&, Draft& draft, Answers&) {
  draft.dropped = true;
  return true;
}

Predicate compile_predicate(std::string_view name, std::span<const Setting> all) {
  TransformSettings settings("predicates", name, all);
  Predicate predicate;
  predicate.name = name;
  std::string_view type = settings.required("type");
  constexpr std::string_view kPackage = "org.apache.kafka.connect.transforms.predicates.";
  if (type.starts_with(kPackage)) type.remove_prefix(kPackage.size());
  if (type == "TopicNameMatches") {
    predicate.pattern = Pattern::compile(settings.required("pattern"), settings.option("pattern"), false);
  } else if (type == "HasHeaderKey") {
    predicate.kind = Predicate::Kind::kHasHeaderKey;
    predicate.header = settings.required("name");
  } else if (type == "RecordIsTombstone") {
    predicate.kind = Predicate::Kind::kRecordIsTombstone;
  } else {
    settings.refuse("type", type, "It must be TopicNameMatches, HasHeaderKey or RecordIsTombstone.");
  }
  settings.finish();
  return predicate;
}

// "Value" or "Key" behind the $ of a class.
bool takes_side(std::string_view& type, bool& key) {
  for (std::string_view side : {"$Value", "$Key"}) {
    if (!type.ends_with(side)) continue;
    key = side == "$Key";
    type.remove_suffix(side.size());
    return true;
  }
  return false;
}

void compile_kafka(Transform& transform, TransformSettings& settings, std::string_view type, std::string_view whole) {
  bool key = false;
  if (takes_side(type, key)) {
    if (type == "InsertField") return compile_insert_field(transform, settings, key);
    if (type == "ReplaceField") return compile_replace_field(transform, settings, key);
    if (type == "ExtractField") return compile_extract_field(transform, settings, key);
    if (type == "HoistField") return compile_hoist_field(transform, settings, key);
    if (type == "HeaderFrom") return compile_header_from(transform, settings, key);
    if (type == "SetSchemaMetadata") return compile_schema_metadata(transform, settings, key);
  } else {
    if (type == "RegexRouter") return compile_regex_router(transform, settings);
    if (type == "TimestampRouter") return compile_timestamp_router(transform, settings);
    if (type == "ValueToKey") return compile_value_to_key(transform, settings);
    if (type == "InsertHeader") return compile_insert_header(transform, settings);
    if (type == "DropHeaders") return compile_drop_headers(transform, settings);
    if (type == "Filter") {
      transform.apply = drop;
      return;
    }
  }
  settings.refuse("type", whole,
                  "This transform is not available here. Do its work in the consumer, or leave the transform out.");
}

void compile_kind(Transform& transform, TransformSettings& settings, bool schemas_in_values) {
  const std::string_view type = settings.required("type");
  constexpr std::string_view kKafka = "org.apache.kafka.connect.transforms.";
  if (type == "io.debezium.transforms.ExtractNewRecordState") return compile_unwrap(transform, settings);
  if (type == "io.debezium.transforms.ByLogicalTableRouter") return compile_logical_router(transform, settings);
  if (type == "io.debezium.transforms.outbox.EventRouter") {
    return compile_outbox(transform, settings, schemas_in_values);
  }
  std::string_view kind = type;
  if (kind.starts_with(kKafka)) kind.remove_prefix(kKafka.size());
  compile_kafka(transform, settings, kind, type);
}

const Predicate* find(const Array<Predicate>& predicates, TransformSettings& settings) {
  const std::string_view name = settings.text("predicate");
  if (name.empty()) return nullptr;
  for (const Predicate& predicate : predicates) {
    if (predicate.name == name) return &predicate;
  }
  settings.refuse("predicate", name, "It must be one of the names in \"predicates\".");
}

Array<std::string_view> names_of(std::string_view list) {
  Array<std::string_view> names;
  std::string_view rest = list;
  while (rest.data() != nullptr && !rest.empty()) {
    const std::string_view name = wire::trim(wire::take_part(rest, ','));
    if (!name.empty()) names.add(palloc_copy(name));
  }
  return names;
}

// A setting of a name that is not in the list is a typing error whose loss would change records.
void refuse_stray(std::string_view family, const Array<std::string_view>& names, std::span<const Setting> settings) {
  for (const Setting& setting : settings) {
    if (!setting.name.starts_with(family)) continue;
    bool named = false;
    for (std::string_view name : names) {
      const std::string_view prefix = psprintf("%.*s.%.*s.", length(family), family.data(), length(name), name.data());
      named = named || setting.name.starts_with(prefix);
    }
    if (named) continue;
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("option \"%.*s\" belongs to a name that is not in \"%.*s\"", length(setting.name),
                   setting.name.data(), length(family), family.data()),
            errhint("Add the name to \"%.*s\", or remove the option.", length(family), family.data()));
  }
}

void refuse_twice(std::string_view family, const Array<std::string_view>& names) {
  for (const std::string_view& name : names) {
    for (const std::string_view* other = names.begin(); other != &name; ++other) {
      if (*other == name) refuse_value({family, name}, "Name each once.");
    }
  }
}

// Letters to add, take away or exchange until `left` is `right` (Levenshtein); names of options are short.
size_t slips_between(std::string_view left, std::string_view right) {
  size_t* row = static_cast<size_t*>(palloc((right.size() + 1) * sizeof(size_t)));
  for (size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= left.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= right.size(); ++j) {
      const size_t above = row[j];
      row[j] = Min(Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
      diagonal = above;
    }
  }
  return row[right.size()];
}

// Written for one of `known`, as the relay sees it in names of properties.
bool is_slip(std::string_view key, const Array<std::string_view>& known) {
  constexpr size_t kNameMax = 128;
  if (key.size() > kNameMax) return false;
  for (std::string_view name : known) {
    if (slips_between(key, name) <= Min(size_t{3}, key.size() / 5)) return true;
  }
  return false;
}

}  // namespace

void refuse_record(const Transform& transform, const Draft& draft, const char* reason) {
  ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
          errmsg("transform \"%s\" cannot be applied to a record of topic \"%s\"", shown(transform.name),
                 shown_utf8(draft.topic)),
          errdetail("%s", shown_utf8(reason)),
          errhint("Limit the transform by a predicate: transforms.%s.predicate.", shown(transform.name)));
  pg_unreachable();
}

bool ReplacedFields::add(const Transform* transform, std::string_view field) {
  for (const One& known : known_) {
    if (known.transform == transform && known.field == field) return false;
  }
  ContextScope scope(context_);
  known_.add({transform, palloc_copy(field)});
  return true;
}

void add_field(const Transform& transform, const Draft& draft, RecordNode& to, const RecordNode* member) {
  const RecordNode** known = find_member(to, member->field);
  if (known == nullptr) return to.members.add(member);
  *known = member;
  if (draft.replaced == nullptr || !draft.replaced->add(&transform, member->field)) return;
  ereport(WARNING, errcode(ERRCODE_DUPLICATE_COLUMN),
          errmsg("field \"%s\" of transform \"%s\" takes the place of another of that name in topic \"%s\"",
                 shown_utf8(member->field), shown(transform.name), shown_utf8(draft.topic)),
          errhint("Rename the column, or give the transform's field another name."));
}

Chain Chain::compile(std::string_view names, std::string_view predicate_names, std::span<const Setting> all,
                     bool schemas_in_values) {
  const Array<std::string_view> predicate_list = names_of(predicate_names);
  const Array<std::string_view> list = names_of(names);
  refuse_twice("predicates", predicate_list);
  refuse_twice("transforms", list);
  refuse_stray("predicates", predicate_list, all);
  refuse_stray("transforms", list, all);
  Array<Predicate>& predicates = *palloc_one<Array<Predicate>>();
  for (std::string_view name : predicate_list) predicates.add(compile_predicate(name, all));
  Chain chain;
  for (std::string_view name : list) {
    TransformSettings settings("transforms", name, all);
    Transform transform;
    transform.name = name;
    transform.predicate = find(predicates, settings);
    transform.negate = settings.flag("negate", false);
    compile_kind(transform, settings, schemas_in_values);
    settings.finish();
    chain.transforms_.add(transform);
  }
  return chain;
}

bool Chain::apply(Draft& draft, Answers& answers) const {
  for (const Transform& transform : transforms_) {
    if (draft.dropped) return true;
    if (transform.predicate != nullptr && test(*transform.predicate, draft) == transform.negate) continue;
    if (!transform.apply(transform, draft, answers)) return false;
  }
  return true;
}

const char* TransformSettings::option(std::string_view key) const {
  return psprintf("%.*s.%.*s.%.*s", length(family_), family_.data(), length(name_), name_.data(), length(key),
                  key.data());
}

std::string_view TransformSettings::text(std::string_view key, std::string_view initial) {
  if (!contains(known_, key)) known_.add(key);
  const std::string_view wanted = option(key);
  for (const Setting& setting : settings_) {
    if (setting.name == wanted) return wire::trim(setting.value);
  }
  return initial;
}

std::string_view TransformSettings::required(std::string_view key) {
  const std::string_view value = text(key);
  if (value.data() != nullptr) return value;
  ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("option \"%s\" is missing", option(key)),
          errdetail("\"%.*s\" needs it.", length(name_), name_.data()));
  pg_unreachable();
}

bool TransformSettings::flag(std::string_view key, bool initial) {
  const std::string_view value = text(key);
  if (value.empty()) return initial;
  if (wire::parse_boolean(value) == wire::Boolean::kNeither) refuse(key, value, "It must be true or false.");
  return is_true(value);
}

Array<std::string_view> TransformSettings::list(std::string_view key) {
  return names_of(text(key));
}

std::string_view TransformSettings::choice(std::string_view key, std::string_view choices, std::string_view initial) {
  const std::string_view value = text(key);
  if (value.empty()) return initial;
  const std::string_view found = wire::find_choice(choices, value).value;
  if (found.empty()) refuse(key, value, psprintf("It must be one of: %s.", accepted(choices)));
  return found;
}

Replacement TransformSettings::replacement(std::string_view pattern_key, std::string_view pattern_initial,
                                           std::string_view replacement_key, std::string_view replacement_initial) {
  const std::string_view pattern = pattern_initial.empty() ? required(pattern_key) : text(pattern_key, pattern_initial);
  const std::string_view replacement =
      replacement_initial.empty() ? required(replacement_key) : text(replacement_key, replacement_initial);
  return Replacement::compile(pattern, option(pattern_key), replacement, option(replacement_key));
}

void TransformSettings::refuse(std::string_view key, std::string_view value, const char* hint) const {
  refuse_value({option(key), value}, hint);
}

void TransformSettings::finish() const {
  const std::string_view prefix = psprintf("%.*s.%.*s.", length(family_), family_.data(), length(name_), name_.data());
  for (const Setting& setting : settings_) {
    if (!setting.name.starts_with(prefix)) continue;
    std::string_view key = setting.name;
    key.remove_prefix(prefix.size());
    if (contains(known_, key)) continue;
    StringInfoData names;
    initStringInfo(&names);
    for (std::string_view one : known_) {
      appendStringInfo(&names, "%s%.*s", names.len == 0 ? "" : ", ", length(one), one.data());
    }
    // Connect ignores what a transform does not know: files hold options of older and newer versions. A slip in a name
    // would change records.
    const bool slip = is_slip(key, known_);
    ereport(slip ? ERROR : WARNING, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg(slip ? "unrecognized option \"%.*s\"" : "option \"%.*s\" is unknown and has no effect",
                   length(setting.name), setting.name.data()),
            errhint("Options of \"%.*s\" are: %s.", length(name_), name_.data(), names.data));
  }
}

}  // namespace penstock
