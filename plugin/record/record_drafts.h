// Debezium's records as trees, before any transform: rows, tombstones, logical messages, transaction markers,
// heartbeats (contract sections 1 to 4, 6). All in CurrentMemoryContext.
#pragma once

#include "plugin/options/options.h"
#include "plugin/plan/plan.h"
#include "plugin/record/record_tree.h"

namespace penstock {

// Records of a table differ in these ways before their row is known.
enum class Variant : uint8_t {
  kCreate,
  kCreateMoved,  // of an update that changed the key: header __debezium.oldkey
  kUpdate,       // without old row
  kUpdateFull,   // with it
  kDelete,
  kDeleteMoved,  // header __debezium.newkey
  kTombstone,
  kTombstoneMoved,
  kTruncate,
  kRead,
};
inline constexpr size_t kVariants = static_cast<size_t>(Variant::kRead) + 1;
static_assert(kVariants <= Outputs::kKinds);

constexpr bool is_tombstone(Variant variant) {
  return variant == Variant::kTombstone || variant == Variant::kTombstoneMoved;
}

// `constant_headers` are the context headers. The header of a moved row is a node of the other key's text.
Draft row_draft(const Plan& plan, const Options& options, std::span<const HeaderNode> constant_headers,
                Variant variant);
Draft message_draft(const Options& options, std::string_view prefix, std::string_view topic, std::string_view database,
                    bool in_transaction);
Draft mark_draft(std::string_view topic, bool begin);
Draft heartbeat_draft(std::string_view topic, std::string_view prefix);

}  // namespace penstock
