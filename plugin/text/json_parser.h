// JSON text as a tree. All in CurrentMemoryContext; views point into the text where it has no escapes.
#pragma once

#include <string_view>

#include "plugin/pg/hash_table.h"
#include "plugin/pg/memory.h"

namespace penstock {

enum class JsonKind : uint8_t { kNull, kBoolean, kInt32, kInt64, kDouble, kString, kArray, kObject };
inline constexpr size_t kJsonKinds = 8;

struct JsonItem {
  JsonKind kind = JsonKind::kNull;
  std::string_view name;      // of a member
  std::string_view text;      // of strings without quotes and escapes; of others as it stands
  double number = 0;          // of doubles
  Array<JsonItem*> elements;  // of arrays
  ByName<JsonItem> members;   // of objects, the last one of each name at the place of the first
};

// nullptr: it is not JSON, has whole numbers beyond 64 bits, or is nested deeper than 200 levels.
const JsonItem* parse_json(std::string_view text);

// Text of a JSON string with its quotes. Half of a surrogate pair becomes '?', as Java encodes it.
std::string_view unquoted(std::string_view json_string);

}  // namespace penstock
