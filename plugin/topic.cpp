#include "plugin/topic.h"

namespace penstock {

namespace {

constexpr int kTopicMax = 249;  // Kafka's limit

// What Debezium's naming strategy makes of a name: one _ per UTF-16 unit that Kafka does not allow.
Topic sanitised(std::string_view name) {
  Topic topic;
  StringInfoData out;
  initStringInfo(&out);
  for (size_t i = 0; i < name.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(name[i]);
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (fine) {
      appendStringInfoChar(&out, static_cast<char>(c));
      continue;
    }
    topic.changed = true;
    if ((c & 0xC0) == 0x80) continue;                      // inside a character
    appendStringInfoString(&out, c >= 0xF0 ? "__" : "_");  // beyond the BMP it has two units
  }
  if (out.len > kTopicMax) {
    topic.changed = true;
    out.data[out.len = kTopicMax] = '\0';
  }
  if (strcmp(out.data, ".") == 0 || strcmp(out.data, "..") == 0) {
    memset(out.data, '_', static_cast<size_t>(out.len));
  }
  topic.name = {out.data, static_cast<size_t>(out.len)};
  return topic;
}

std::string_view joined(std::string_view a, std::string_view delimiter, std::string_view b) {
  StringInfoData out;
  initStringInfo(&out);
  appendBinaryStringInfo(&out, a.data(), static_cast<int>(a.size()));
  if (!a.empty() && !b.empty()) appendBinaryStringInfo(&out, delimiter.data(), static_cast<int>(delimiter.size()));
  appendBinaryStringInfo(&out, b.data(), static_cast<int>(b.size()));
  return {out.data, static_cast<size_t>(out.len)};
}

}  // namespace

Topic table_topic(const Options& options, std::string_view prefix, std::string_view schema, std::string_view table) {
  const std::string_view delimiter = options.topic_delimiter;
  return sanitised(joined(joined(prefix, delimiter, schema), delimiter, table));
}

Topic message_topic(std::string_view prefix) {
  return sanitised(joined(prefix, ".", "message"));
}

Topic transaction_topic(const Options& options, std::string_view prefix) {
  return sanitised(joined(prefix, options.topic_delimiter, options.transaction_name));
}

Topic heartbeat_topic(const Options& options, std::string_view prefix) {
  if (!options.heartbeat_name.empty()) return sanitised(options.heartbeat_name);
  return sanitised(joined(options.heartbeat_prefix, options.topic_delimiter, prefix));
}

}  // namespace penstock
