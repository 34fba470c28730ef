#include "plugin/plan/topic.h"

namespace penstock {

namespace {

constexpr int kTopicMax = 249;  // Kafka's limit

// One UTF-16 unit that a topic cannot have. The hexadecimal digits are Java's toHexString, after 00 if there are at
// most two of them: three stay three.
void append_replaced(StringInfo out, uint32 unit, bool in_unicode) {
  if (in_unicode) {
    appendStringInfo(out, "_u%s%x", unit < 0x100 ? "00" : "", unit);
  } else {
    appendStringInfoChar(out, '_');
  }
}

// What Debezium's naming strategies make of a name: each UTF-16 unit that Kafka does not allow, and with Unicode the
// underscore too, is replaced.
std::string_view sanitised(std::string_view name, bool in_unicode) {
  StringInfoData out;
  initStringInfo(&out);
  for (size_t i = 0; i < name.size();) {
    const unsigned char c = static_cast<unsigned char>(name[i]);
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                      c == '-' || (c == '_' && !in_unicode);
    if (fine) {
      appendStringInfoChar(&out, static_cast<char>(c));
      ++i;
      continue;
    }
    const auto* at = reinterpret_cast<const unsigned char*>(name.data() + i);
    const auto size = static_cast<size_t>(pg_utf_mblen(at));
    const uint32 code = i + size <= name.size() ? utf8_to_unicode(at) : 0xFFFD;
    i += size;
    if (code < 0x10000) {
      append_replaced(&out, code, in_unicode);
    } else {
      append_replaced(&out, 0xD800 + ((code - 0x10000) >> 10), in_unicode);
      append_replaced(&out, 0xDC00 + ((code - 0x10000) & 0x3FF), in_unicode);
    }
  }
  if (out.len > kTopicMax) {
    out.data[out.len = kTopicMax] = '\0';
  } else if (strcmp(out.data, ".") == 0 || strcmp(out.data, "..") == 0) {
    const int dots = out.len;
    resetStringInfo(&out);
    for (int i = 0; i < dots; ++i) append_replaced(&out, '.', in_unicode);
  }
  return {out.data, static_cast<size_t>(out.len)};
}

// topic.regex: where it matches the whole name, unless nothing would be left.
std::string_view reworded(const Options& options, std::string_view topic) {
  std::string_view other;
  if (options.topic_has_regex && options.topic_regex.apply(topic, other) && !other.empty()) return other;
  return topic;
}

// A part of a name, with what a topic has no place for spelled out, the delimiter too.
std::string_view spelled_out(std::string_view part, std::string_view delimiter) {
  StringInfoData out;
  initStringInfo(&out);
  for (char c : part) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (fine && delimiter.find(c) == std::string_view::npos) {
      appendStringInfoChar(&out, c);
    } else {
      append_replaced(&out, static_cast<unsigned char>(c), true);
    }
  }
  return {out.data, static_cast<size_t>(out.len)};
}

std::string_view joined(std::string_view a, std::string_view delimiter, std::string_view b) {
  StringInfoData out;
  initStringInfo(&out);
  appendBinaryStringInfo(&out, a.data(), static_cast<int>(a.size()));
  if (!a.empty() && !b.empty()) appendBinaryStringInfo(&out, delimiter.data(), static_cast<int>(delimiter.size()));
  appendBinaryStringInfo(&out, b.data(), static_cast<int>(b.size()));
  return {out.data, static_cast<size_t>(out.len)};
}

std::string_view table_name(const Options& options, std::string_view prefix, std::string_view schema,
                            std::string_view table) {
  const std::string_view delimiter = options.topic_delimiter;
  const std::string_view shown = options.topic_has_schema ? schema : std::string_view();
  return joined(joined(prefix, delimiter, shown), delimiter, table);
}

bool any_matches(const Patterns& patterns, std::string_view name) {
  for (const Pattern& pattern : patterns) {
    if (pattern.matches(name)) return true;
  }
  return false;
}

}  // namespace

std::string_view topic_group(const Options& options, std::string_view topic) {
  for (const TopicGroup& group : options.topic_groups) {
    if (any_matches(group.include, topic) && !any_matches(group.exclude, topic)) return group.name;
  }
  return {};
}

std::string_view plain_topic(const Options& options, std::string_view prefix, std::string_view schema,
                             std::string_view table) {
  return sanitised(table_name(options, prefix, schema, table), options.topic_in_unicode);
}

std::string_view table_topic(const Options& options, std::string_view prefix, std::string_view schema,
                             std::string_view table) {
  return reworded(options, plain_topic(options, prefix, schema, table));
}

std::string_view distinct_topic(const Options& options, std::string_view prefix, std::string_view schema,
                                std::string_view table) {
  const std::string_view delimiter = options.topic_delimiter;
  return reworded(options, table_name(options, prefix, spelled_out(schema, delimiter), spelled_out(table, delimiter)));
}

std::string_view key_identifier(const Options& options, std::string_view prefix, std::string_view schema,
                                std::string_view table) {
  const std::string_view name = table_name(options, prefix, schema, table);
  std::string_view other;
  return options.key_has_regex && options.key_regex.apply(name, other) ? other : name;
}

std::string_view message_topic(std::string_view prefix) {
  return sanitised(joined(prefix, ".", "message"), false);
}

std::string_view transaction_topic(const Options& options, std::string_view prefix) {
  return sanitised(joined(prefix, options.topic_delimiter, options.transaction_name), false);
}

std::string_view heartbeat_topic(const Options& options, std::string_view prefix) {
  if (!options.heartbeat_name.empty()) return sanitised(options.heartbeat_name, false);
  return sanitised(joined(options.heartbeat_prefix, options.topic_delimiter, prefix), false);
}

}  // namespace penstock
