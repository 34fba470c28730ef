#include "relay/core/judge_topics.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace penstock {

namespace {

constexpr size_t kTopicMax = 249;  // Kafka's
constexpr size_t kNamed = 5;       // of the tables that one problem is about

// As Kafka's metrics have it.
std::string without_dots(std::string topic) {
  std::replace(topic.begin(), topic.end(), '.', '_');
  return topic;
}

bool is_fine(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// Why Kafka takes no topic of this name; empty: it does.
std::string why_not(std::string_view topic) {
  if (topic == "." || topic == "..") return "no topic can be called so";
  if (topic.size() > kTopicMax) return "it has more than 249 characters";
  if (!std::all_of(topic.begin(), topic.end(), is_fine)) return "it has other characters than a-z, A-Z, 0-9, . _ -";
  return "";
}

// Tables of one kind of problem, in a sentence.
class Sentence {
 public:
  void add(const TableFacts& table, const std::string& reason) {
    if (++count_ > kNamed) return;
    const std::string topic = table.topic.empty() ? "its topic" : "topic " + table.topic;  // or rows decide it
    text_ += (count_ == 1 ? "" : "; ") + table.schema + "." + table.table + ": " + topic + " " + reason;
  }
  void tell(Code code, std::vector<Problem>& problems) const {
    if (count_ == 0) return;
    std::string what = text_;
    if (count_ > kNamed) what += "; and " + std::to_string(count_ - kNamed) + " more tables";
    problems.push_back({code, std::move(what), ""});
  }

 private:
  std::string text_;
  size_t count_ = 0;
};

using TopicsWithoutDots = std::unordered_map<std::string, const std::string*>;

// Only names that hold a dot or an underscore can be held equal to others; most do.
TopicsWithoutDots index_of(const KafkaFacts* kafka) {
  TopicsWithoutDots index;
  if (kafka == nullptr) return index;
  index.reserve(kafka->topics.size());
  for (const std::string& topic : kafka->topics) index.emplace(without_dots(topic), &topic);
  return index;
}

}  // namespace

void judge_topics(const std::vector<TableFacts>& tables, const KafkaFacts* kafka, const CoreSettings& settings,
                  std::vector<Problem>& problems) {
  const TopicsWithoutDots there = index_of(kafka);
  Sentence taken;
  Sentence refused;
  for (const TableFacts& table : tables) {
    if (table.kind != "table") continue;
    if (!table.topic_owner.empty()) {
      taken.add(table, "is that of " + table.topic_owner);
      continue;
    }
    if (table.topic.empty()) continue;
    const auto other = there.find(without_dots(table.topic));
    if (const std::string reason = why_not(table.topic); !reason.empty()) {
      refused.add(table, "cannot be made: " + reason);
    } else if (other != there.end() && *other->second != table.topic) {
      refused.add(table, "cannot be made: Kafka holds it equal to topic " + *other->second + ", which exists");
    }
  }
  const bool stops = settings.bad_table_stops;
  taken.tell(stops ? Code::kPgTopicTakenStops : Code::kPgTopicTaken, problems);
  refused.tell(stops ? Code::kKafkaTopicNameStops : Code::kKafkaTopicName, problems);
}

}  // namespace penstock
