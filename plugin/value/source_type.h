// Schema parameters about a column's type in the database: column.propagate.source.type,
// datatype.propagate.source.type.
#pragma once

#include <string_view>

#include "plugin/value/column_writer.h"

namespace penstock {

// A column's type as the connector knows it: in the stream from the catalogs, in a snapshot from its driver, which has
// other names for serial columns and no length for numeric without modifiers (findings A27).
struct SourceType {
  std::string_view name;  // server encoding
  int length = -1;        // -1: none
  int scale = -1;         // -1: none
};

SourceType source_type_of(const Column& column, Relation relation, bool snapshot);

// Adds the parameters to those that `column` has.
void add_source_type(Column& column, const SourceType& type, std::string_view column_name);

}  // namespace penstock
