#include "relay/core/routes.h"

#include <algorithm>
#include <functional>

namespace penstock {

bool Routes::define(std::string_view body) {
  wire::Relation relation;
  if (!wire::read_relation(body, relation)) return false;
  const size_t hash = std::hash<std::string_view>()(body.substr(sizeof relation.id));
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
  if (topics_.insert(route->topic).second) missing_.push_back(route->topic);
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

void Routes::created() {
  missing_.clear();
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
