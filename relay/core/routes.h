// The relations that the plugin defined on one connection, as Routes, and the topics that must exist before their first
// record.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

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

  // Topics of routes that were defined and that nobody has created yet. While there are any, nothing may be produced.
  const std::vector<std::string>& missing() const { return missing_; }
  void created();

 private:
  const Route* find_same(size_t hash, const wire::Relation& relation) const;
  uint32_t stats_index(const Route& route);

  Stats& stats_;
  std::unordered_set<std::string> topics_;
  std::vector<std::string> missing_;
  std::vector<std::unique_ptr<Route>> all_;
  std::unordered_multimap<size_t, const Route*> by_hash_;  // of a definition without its id
  std::unordered_map<uint32_t, const Route*> current_;
  uint32_t last_id_ = 0;
  const Route* last_ = nullptr;
};

}  // namespace penstock
