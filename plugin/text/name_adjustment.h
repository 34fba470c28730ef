// Names as Avro allows them: schema.name.adjustment.mode and field.name.adjustment.mode. Counted in UTF-16 units, as in
// Java. UTF-8 in and out; results are views of the argument, or allocated in CurrentMemoryContext.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

enum class NameAdjustment : uint8_t { kNone, kAvro, kAvroUnicode };

std::string_view adjusted_schema_name(std::string_view name, NameAdjustment mode);
// As schema names, but a dot is not allowed either.
std::string_view adjusted_field_name(std::string_view name, NameAdjustment mode);

}  // namespace penstock
