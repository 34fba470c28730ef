// Columns whose value is not in a record as it should be. The writers of values cannot tell people of it: they know no
// frame. Who writes records looks here after each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock {

struct Column;

enum class Shortfall : uint8_t {
  kNull,        // the value has no form
  kUnexpanded,  // a document is beyond a bound of json_document.h: it stays text
};

class Unconvertible {
 public:
  struct Item {
    const Column* column = nullptr;
    Shortfall shortfall = Shortfall::kNull;
    bool operator==(const Item&) const = default;
  };

  void add(const Column& column, Shortfall shortfall = Shortfall::kNull) {
    const Item item = {&column, shortfall};
    const auto known = items();
    if (size_ == kMax || std::find(known.begin(), known.end(), item) != known.end()) return;
    items_[size_++] = item;
  }
  bool empty() const { return size_ == 0; }
  // Each once. Further columns of the same record are not told.
  std::span<const Item> items() const { return {items_, size_}; }
  void clear() { size_ = 0; }

 private:
  static constexpr size_t kMax = 32;
  Item items_[kMax] = {};
  size_t size_ = 0;
};

}  // namespace penstock
