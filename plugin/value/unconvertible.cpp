#include "plugin/value/unconvertible.h"

#include "plugin/value/column_writer.h"

namespace penstock {

namespace {

void copy(const char* text, char* to, size_t size_max) {
  const int size = static_cast<int>(strlen(text));
  const int kept = pg_mbcliplen(text, size, static_cast<int>(size_max));
  memcpy(to, text, static_cast<size_t>(kept));
  to[kept] = '\0';
}

}  // namespace

void Unconvertible::add(const Column& column, Shortfall shortfall) {
  if (size_ == kMax) return;
  for (const Item& known : items()) {
    if (known.column == &column && known.shortfall == shortfall) return;
  }
  Item& item = items_[size_++];
  item.column = &column;
  item.shortfall = shortfall;
  item.nullable = column.nullable;
  copy(column.full_name, item.place, Item::kPlaceMax);
  copy(column.type_name, item.type, Item::kTypeMax);
}

}  // namespace penstock
