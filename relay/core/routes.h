// The relations that the plugin defined on one connection, as Routes, and the topics that are made before their first
// record: not those of tables that never have one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/frame.h"
#include "relay/core/stats.h"
#include "wire/frame.h"

namespace penstock {

class Routes {
 public:
  // `topics` are known to exist. `stats` outlives this.
  Routes(Stats& stats, const std::vector<std::string>& topics) : stats_(stats), topics_(topics.begin(), topics.end()) {}

  // Takes the body of a relation record; false if it cannot be read. Another definition of a known id gives it another
  // Route; the old one stays, for records in flight. Definitions that differ in the id only share one: the plugin gives
  // up definitions that rows have made too many of, and numbers them anew when they come again.
  [[nodiscard]] bool define(std::string_view body);

  // nullptr: never defined. Valid as long as this.
  const Route* find(uint32_t id) {
    if (last_ == nullptr || id != last_id_) {
      const auto found = current_.find(id);
      if (found == current_.end()) return nullptr;
      last_id_ = id;
      last_ = found->second;
    }
    return last_;
  }

  // A record for `route` comes: its topic, if it is not known to exist, is wanted.
  void want(const Route& route) {
    if (route.topic_state == TopicState::kWanted) want(route.topic);
  }
  // The same for the records that `reader` has, which come later; define() is still to be called for their relations.
  void foresee(wire::RecordReader reader);

  // There are topics to ask for, and none that were asked for already.
  bool wants_topics() const { return asked_.empty() && !wanted_.empty(); }
  // What is to be asked for now, in the order of need: at most kTopicsAtOnce, so that what needs the first of many goes
  // on soon.
  std::vector<std::string> take_wanted();
  // Those exist now, but for `refused`.
  void created(const std::vector<RefusedTopic>& refused);

  static constexpr size_t kTopicsAtOnce = 500;

 private:
  void want(const std::string& topic);
  const Route* find_same(size_t hash, const wire::Relation& relation) const;
  uint32_t stats_index(const Route& route);
  TopicState state_of(const std::string& topic) const;

  Stats& stats_;
  std::unordered_set<std::string> topics_;           // that exist
  std::unordered_set<std::string> refused_;          // that cannot
  std::unordered_set<std::string> named_;            // that are wanted or asked for
  std::deque<std::string> wanted_;                   // and nobody has asked for yet
  std::vector<std::string> asked_;                   // and Kafka was asked for
  std::unordered_map<uint32_t, std::string> ahead_;  // topics of relations that were foreseen and not defined yet
  std::vector<std::unique_ptr<Route>> all_;
  std::unordered_multimap<size_t, const Route*> by_hash_;  // of a definition without its id
  std::unordered_map<uint32_t, const Route*> current_;
  uint32_t last_id_ = 0;
  const Route* last_ = nullptr;
};

}  // namespace penstock
