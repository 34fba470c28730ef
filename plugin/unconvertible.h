// Columns whose value had no form while a record was written. The writers of values cannot tell people of it: they know
// no frame. Who writes records looks here after each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace penstock {

struct Column;

class Unconvertible {
 public:
  void add(const Column& column) {
    const auto known = columns();
    if (size_ == kMax || std::find(known.begin(), known.end(), &column) != known.end()) return;
    columns_[size_++] = &column;
  }
  bool empty() const { return size_ == 0; }
  // Each once. Further columns of the same record are not told.
  std::span<const Column* const> columns() const { return {columns_, size_}; }
  void clear() { size_ = 0; }

 private:
  static constexpr size_t kMax = 32;
  const Column* columns_[kMax] = {};
  size_t size_ = 0;
};

}  // namespace penstock
