// What the modifiers of a column and the modes that are set make of the form of its type: each of these changes the
// shape that the table in column_types.cpp gives, and fills scale and length of the column.
#pragma once

#include "plugin/value/column_types.h"

namespace penstock {

using Adapt = void (*)(Column&, Shape&);

void adapt_characters(Column& column, Shape& shape);
void adapt_bits(Column& column, Shape& shape);
void adapt_bytea(Column& column, Shape& shape);
void adapt_name(Column& column, Shape& shape);
void adapt_numeric(Column& column, Shape& shape);
void adapt_money(Column& column, Shape& shape);
void adapt_date(Column& column, Shape& shape);
void adapt_time(Column& column, Shape& shape);
void adapt_timestamp(Column& column, Shape& shape);
void adapt_zoned(Column& column, Shape& shape);
void adapt_interval(Column& column, Shape& shape);
void adapt_hstore(Column& column, Shape& shape);

}  // namespace penstock
