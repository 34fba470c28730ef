#include "relay/core/position_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace penstock {

namespace {

using nlohmann::json;

constexpr int kFormat = 1;

Problem unreadable(std::string_view part, std::string_view text) {
  constexpr size_t kShown = 200;
  Problem problem{Code::kPosUnreadable, "", ""};
  problem.what = "the position topic holds a record whose " + std::string(part) +
                 " cannot be read: " + std::string(text.substr(0, kShown));
  return problem;
}

// Null if the text is not a JSON object. The library is told not to throw.
json parse_object(std::string_view text) {
  json parsed = json::parse(text, nullptr, false);
  return parsed.is_object() ? parsed : json();
}

bool take(const json& object, const char* name, uint64_t& number) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_unsigned()) return false;
  number = member->get<uint64_t>();
  return true;
}

bool take(const json& object, const char* name, uint32_t& number) {
  uint64_t wide = 0;
  if (!take(object, name, wide) || wide > UINT32_MAX) return false;
  number = static_cast<uint32_t>(wide);
  return true;
}

bool take(const json& object, const char* name, std::string& text) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return false;
  text = member->get<std::string>();
  return true;
}

bool take(const json& object, const char* name, Lsn& lsn) {
  std::string text;
  if (!take(object, name, text)) return false;
  const auto parsed = parse_lsn(text);
  if (!parsed) return false;
  lsn = *parsed;
  return true;
}

bool read_key(std::string_view text, StreamIdentity& identity, uint64_t& epoch) {
  const json key = parse_object(text);
  return key.is_object() && take(key, "system_id", identity.system_id) &&
         take(key, "database", identity.database_oid) && take(key, "slot", identity.slot) && take(key, "epoch", epoch);
}

// Members that records of before do not have, and that an older relay passes over.
void read_server(const json& value, ServerMark& server) {
  uint64_t version_num = 0;
  if (!take(value, "version_num", version_num) || version_num > INT32_MAX) return;
  server.version_num = static_cast<int>(version_num);
  if (!take(value, "table_oid", server.table_oid) || !take(value, "table", server.table)) server.table_oid = 0;
}

// As JSON, whatever bytes the text holds.
std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string encode_server(const ServerMark& server) {
  if (server.version_num == 0) return "";
  std::string text = ",\"version_num\":" + std::to_string(server.version_num);
  if (server.table_oid == 0) return text;
  return text + ",\"table_oid\":" + std::to_string(server.table_oid) + ",\"table\":" + quoted(server.table);
}

bool read_value(std::string_view text, StoredPosition& stored) {
  const json value = parse_object(text);
  uint32_t version = 0;
  if (!value.is_object() || !take(value, "version", version) || version != kFormat) return false;
  if (value.contains("intent")) {
    stored.intent = true;
    return value["intent"] == true;
  }
  read_server(value, stored.server);
  stored.rows_pending = value.value("snapshot", json()) == true;
  return take(value, "timeline", stored.timeline) && take(value, "end", stored.position.end) &&
         take(value, "commit_lsn", stored.position.commit_lsn) && take(value, "ordinal", stored.position.ordinal) &&
         take(value, "sequence_lsn", stored.sequence_lsn) && stored.position.end;
}

bool same(const StreamIdentity& left, const StreamIdentity& right) {
  return left.system_id == right.system_id && left.database_oid == right.database_oid && left.slot == right.slot;
}

}  // namespace

std::string encode_position_key(const StreamIdentity& identity, uint64_t epoch) {
  // Slot names are [a-z0-9_], the system identifier is a number: nothing to escape.
  return "{\"system_id\":\"" + identity.system_id + "\",\"database\":" + std::to_string(identity.database_oid) +
         ",\"slot\":\"" + identity.slot + "\",\"epoch\":" + std::to_string(epoch) + "}";
}

std::string encode_position_value(const StoredPosition& stored) {
  if (stored.intent) return "{\"version\":1,\"intent\":true}";
  return "{\"version\":1,\"timeline\":" + std::to_string(stored.timeline) + ",\"end\":\"" +
         to_string(stored.position.end) + "\",\"commit_lsn\":\"" + to_string(stored.position.commit_lsn) +
         "\",\"ordinal\":" + std::to_string(stored.position.ordinal) + ",\"sequence_lsn\":\"" +
         to_string(stored.sequence_lsn) + (stored.rows_pending ? "\",\"snapshot\":true" : "\"") +
         encode_server(stored.server) + '}';
}

std::string encode_target_state_key(const std::string& connector) {
  return R"({"system_id":"","database":0,"slot":"","epoch":0,"connector":)" + quoted(connector) + '}';
}

std::string encode_target_state_value(int64_t unix_ms) {
  return R"({"version":1,"intent":true,"state":"PAUSED","unix_ms":)" + std::to_string(unix_ms) + '}';
}

// False if the key is not that of a target state. States of later versions are passed over, as an older relay passes
// over this one.
bool PositionTopic::add_target_state(std::string_view key, std::string_view value) {
  const json parsed = parse_object(key);
  PausedConnector paused;
  std::string& connector = paused.connector;
  if (!parsed.is_object() || !take(parsed, "connector", connector)) return false;
  std::erase_if(paused_, [&](const PausedConnector& known) { return known.connector == connector; });
  const json state = value.data() == nullptr ? json() : parse_object(value);
  if (!state.is_object() || state.value("state", json()) != "PAUSED") return true;
  uint64_t unix_ms = 0;
  if (take(state, "unix_ms", unix_ms) && unix_ms <= INT64_MAX) paused.unix_ms = static_cast<int64_t>(unix_ms);
  paused_.push_back(std::move(paused));
  return true;
}

Status PositionTopic::add(std::string_view key, std::string_view value) {
  if (add_target_state(key, value)) return Status::ok();
  PositionEntry entry;
  if (!read_key(key, entry.identity, entry.stored.epoch)) return unreadable("key", key);
  const bool tombstone = value.data() == nullptr;
  if (!tombstone && !read_value(value, entry.stored)) return unreadable("value", value);
  const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const PositionEntry& candidate) {
    return same(candidate.identity, entry.identity);
  });
  if (known == entries_.end()) {
    if (!tombstone) entries_.push_back(std::move(entry));
  } else if (tombstone && entry.stored.epoch == known->stored.epoch) {
    entries_.erase(known);
  } else if (!tombstone && entry.stored.epoch >= known->stored.epoch) {
    *known = std::move(entry);
  }
  return Status::ok();
}

}  // namespace penstock
