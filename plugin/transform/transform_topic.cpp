// Transforms of topics: RegexRouter, TimestampRouter, ByLogicalTableRouter (contract 8.3).
#include "plugin/text/name_adjustment.h"
#include "plugin/text/setting.h"
#include "plugin/transform/transform.h"

namespace penstock {

namespace {

struct Regex {
  Replacement topic;
};

bool route_by_regex(const Transform& transform, Draft& draft, Answers&) {
  std::string_view topic;
  if (static_cast<const Regex*>(transform.settings)->topic.apply(draft.topic, topic)) {
    draft.topic = topic;
    draft.shared_headers = nullptr;
  }
  return true;
}

struct ByTime {
  std::string_view topic_format;
  std::string_view time_format;
};

std::string_view replaced_all(std::string_view text, std::string_view what, std::string_view with) {
  StringInfoData out;
  initStringInfo(&out);
  for (size_t i = 0; i < text.size();) {
    const bool here = text.size() - i >= what.size() && memcmp(text.data() + i, what.data(), what.size()) == 0;
    if (here) {
      appendBinaryStringInfo(&out, with.data(), length(with));
      i += what.size();
    } else {
      appendStringInfoChar(&out, text[i++]);
    }
  }
  return {out.data, static_cast<size_t>(out.len)};
}

bool route_by_time(const Transform& transform, Draft& draft, Answers& answers) {
  const auto& settings = *static_cast<const ByTime*>(transform.settings);
  if (draft.timestamp == nullptr) {
    refuse_record(transform, draft,
                  "Records of the connector have no timestamp before they are sent, but for those of EventRouter.");
  }
  Question question = about(Question::About::kTime, draft.timestamp);
  question.format = settings.time_format;
  question.divisor = draft.timestamp_divisor;
  question.otherwise = draft.timestamp_else;
  std::string_view time;
  if (!answers.ask(question, time)) return false;
  draft.topic = replaced_all(replaced_all(settings.topic_format, "${topic}", draft.topic), "${timestamp}", time);
  draft.shared_headers = nullptr;
  return true;
}

// The letters of SimpleDateFormat that a topic is named by.
void check_time_format(TransformSettings& settings, std::string_view format) {
  for (size_t i = 0; i < format.size();) {
    const char c = format[i];
    size_t count = 1;
    while (i + count < format.size() && format[i + count] == c) ++count;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter && (strchr("yMdHmsS", c) == nullptr || (c == 'M' && count > 2))) {
      settings.refuse("timestamp.format", format,
                      "It may have y, M (one or two), d, H, m, s and S, and other signs between them.");
    }
    if (c == '\'') settings.refuse("timestamp.format", format, "Quoted text in it is not available here.");
    i += count;
  }
}

struct Logical {
  Replacement topic;
  bool unique_keys = true;
  std::string_view key_field;
  bool has_key_pattern = false;
  Replacement key_pattern;
  NameAdjustment names = NameAdjustment::kNone;
};

std::string_view schema_name(const Logical& settings, std::string_view topic, const char* suffix) {
  return adjusted_schema_name(psprintf("%.*s.%s", length(topic), topic.data(), suffix), settings.names);
}

const RecordNode* logical_key(const Transform& transform, const Draft& draft, const RecordNode& key,
                              std::string_view old_topic, std::string_view topic) {
  const auto& settings = *static_cast<const Logical*>(transform.settings);
  RecordNode* copy = copy_of(key);
  copy->schema.name = schema_name(settings, topic, "Key");
  if (!settings.unique_keys) return copy;
  std::string_view identifier = old_topic;
  if (settings.has_key_pattern) static_cast<void>(settings.key_pattern.apply(old_topic, identifier));
  add_field(transform, draft, *copy, string_node(settings.key_field, identifier, false));
  return copy;
}

// The envelope's rows and itself get the names of the new topic.
const RecordNode* logical_value(const Logical& settings, const RecordNode& value, std::string_view topic) {
  RecordNode* copy = copy_of(value);
  copy->schema.name = schema_name(settings, topic, "Envelope");
  for (const RecordNode*& member : copy->members) {
    if (member->field != "before" && member->field != "after") continue;
    RecordNode* row = copy_of(*member);
    row->schema.name = schema_name(settings, topic, "Value");
    member = row;
  }
  return copy;
}

bool route_logically(const Transform& transform, Draft& draft, Answers&) {
  const auto& settings = *static_cast<const Logical*>(transform.settings);
  std::string_view topic;
  if (!settings.topic.apply(draft.topic, topic) || topic.empty()) return true;
  draft.shared_headers = nullptr;
  if (draft.key != nullptr && draft.key->prints != Prints::kNull) {
    if (!draft.key->is_struct()) refuse_record(transform, draft, "Its key is not a struct.");
    draft.key = logical_key(transform, draft, *draft.key, draft.topic, topic);
    draft.key_changed = draft.key_changed || settings.unique_keys;
  }
  if (draft.value != nullptr && draft.value->schema.name.ends_with(".Envelope")) {
    draft.value = logical_value(settings, *draft.value, topic);
  }
  draft.topic = topic;
  return true;
}

}  // namespace

void compile_regex_router(Transform& transform, TransformSettings& settings) {
  Regex* regex = palloc_one<Regex>();
  regex->topic = settings.replacement("regex", {}, "replacement", {});
  transform.settings = regex;
  transform.apply = route_by_regex;
}

void compile_timestamp_router(Transform& transform, TransformSettings& settings) {
  ByTime* by_time = palloc_one<ByTime>();
  by_time->topic_format = palloc_copy(settings.text("topic.format", "${topic}-${timestamp}"));
  by_time->time_format = palloc_copy(settings.text("timestamp.format", "yyyyMMdd"));
  check_time_format(settings, by_time->time_format);
  transform.settings = by_time;
  transform.apply = route_by_time;
}

void compile_logical_router(Transform& transform, TransformSettings& settings) {
  Logical* logical = palloc_one<Logical>();
  logical->topic = settings.replacement("topic.regex", {}, "topic.replacement", {});
  logical->unique_keys = settings.flag("key.enforce.uniqueness", true);
  logical->key_field = palloc_copy(settings.text("key.field.name", "__dbz__physicalTableIdentifier"));
  const std::string_view pattern = settings.text("key.field.regex");
  const std::string_view replacement = settings.text("key.field.replacement");
  logical->has_key_pattern = !pattern.empty();
  if (logical->has_key_pattern) {
    if (replacement.empty())
      settings.refuse("key.field.replacement", replacement, "It must not be empty if key.field.regex is set.");
    logical->key_pattern = settings.replacement("key.field.regex", {}, "key.field.replacement", {});
  }
  const std::string_view names = settings.choice("schema.name.adjustment.mode", "none|avro|avro_unicode", "none");
  logical->names = names == "avro"           ? NameAdjustment::kAvro
                   : names == "avro_unicode" ? NameAdjustment::kAvroUnicode
                                             : NameAdjustment::kNone;
  settings.text("logical.table.cache.size");  // names are part of the plan
  transform.settings = logical;
  transform.apply = route_logically;
}

}  // namespace penstock
