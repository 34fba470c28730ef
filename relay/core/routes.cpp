#include "relay/core/routes.h"

#include <algorithm>
#include <functional>

namespace penstock {

bool Routes::define(std::string_view body) {
  wire::Relation relation;
  if (!wire::read_relation(body, relation)) return false;
  const size_t hash = std::hash<std::string_view>()(body.substr(sizeof relation.id));
  if (!ahead_.empty()) ahead_.erase(relation.id);
  last_ = nullptr;
  if (const Route* known = find_same(hash, relation); known != nullptr) {
    current_[relation.id] = known;
    return true;
  }
  auto route = std::make_unique<Route>();
  route->oid = relation.oid;
  route->shape = relation.shape;
  route->kind = relation.kind;
  route->topic = relation.topic;
  route->schema = relation.schema;
  route->table = relation.table;
  route->key_prefix = relation.key_prefix;
  route->key_suffix = relation.key_suffix;
  route->value_prefix = relation.value_prefix;
  route->value_suffix = relation.value_suffix;
  route->headers = relation.headers;
  route->index = stats_index(*route);
  route->topic_state = state_of(route->topic);
  current_[relation.id] = route.get();
  by_hash_.emplace(hash, route.get());
  all_.push_back(std::move(route));
  return true;
}

const Route* Routes::find_same(size_t hash, const wire::Relation& relation) const {
  const auto [first, last] = by_hash_.equal_range(hash);
  const auto found = std::find_if(first, last, [&](const auto& entry) {
    const Route& known = *entry.second;
    return known.oid == relation.oid && known.shape == relation.shape && known.kind == relation.kind &&
           known.topic == relation.topic && known.schema == relation.schema && known.table == relation.table &&
           known.key_prefix == relation.key_prefix && known.key_suffix == relation.key_suffix &&
           known.value_prefix == relation.value_prefix && known.value_suffix == relation.value_suffix &&
           known.headers == relation.headers;
  });
  return found == last ? nullptr : found->second;
}

void Routes::foresee(wire::RecordReader reader) {
  wire::Record raw;
  wire::Relation relation;
  wire::Row row;
  while (reader.next(raw)) {
    switch (raw.kind) {
      case wire::RecordKind::kRelation:
        if (wire::read_relation(raw.body, relation)) ahead_[relation.id] = relation.topic;
        break;
      case wire::RecordKind::kVariant:
      case wire::RecordKind::kRow:
      case wire::RecordKind::kTombstone:
      case wire::RecordKind::kMessage:
      case wire::RecordKind::kTransaction:
        if (!wire::read_row(raw, row)) break;  // who takes the record will say so
        if (const auto found = ahead_.find(row.relation); found != ahead_.end()) {
          if (state_of(found->second) == TopicState::kWanted) want(found->second);
        } else if (const auto known = current_.find(row.relation); known != current_.end()) {
          want(*known->second);
        }
        break;
      default:
        break;
    }
  }
}

void Routes::want(const std::string& topic) {
  if (named_.insert(topic).second) wanted_.push_back(topic);
}

std::vector<std::string> Routes::take_wanted() {
  const auto end = wanted_.begin() + static_cast<std::ptrdiff_t>(std::min(wanted_.size(), kTopicsAtOnce));
  asked_.assign(wanted_.begin(), end);
  wanted_.erase(wanted_.begin(), end);
  return asked_;
}

void Routes::created(const std::vector<RefusedTopic>& refused) {
  for (const RefusedTopic& one : refused) refused_.insert(one.topic);
  for (const std::string& topic : asked_) {
    if (!refused_.contains(topic)) topics_.insert(topic);
    named_.erase(topic);
  }
  asked_.clear();
  for (const std::unique_ptr<Route>& route : all_) {
    if (route->topic_state == TopicState::kWanted) route->topic_state = state_of(route->topic);
  }
}

TopicState Routes::state_of(const std::string& topic) const {
  if (topics_.contains(topic)) return TopicState::kExists;
  return refused_.contains(topic) ? TopicState::kRefused : TopicState::kWanted;
}

uint32_t Routes::stats_index(const Route& route) {
  const auto same = [&](const TableStats& known) {
    return known.topic == route.topic && known.table == route.table && known.schema == route.schema;
  };
  const auto known = std::find_if(stats_.tables.begin(), stats_.tables.end(), same);
  if (known != stats_.tables.end()) return static_cast<uint32_t>(known - stats_.tables.begin());
  stats_.tables.emplace_back();
  stats_.tables.back().schema = route.schema;
  stats_.tables.back().table = route.table;
  stats_.tables.back().topic = route.topic;
  return static_cast<uint32_t>(stats_.tables.size() - 1);
}

}  // namespace penstock
