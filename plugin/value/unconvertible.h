// Columns whose value is not in a record as it should be. The writers of values cannot tell people of it: they know no
// frame. Who writes records looks here after each.
#pragma once

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
  // What is told of a column, as copies: the plan whose column it is may be made anew before anybody looks. Names are
  // in the server's encoding; longer ones are cut between characters.
  struct Item {
    static constexpr size_t kPlaceMax = 255;
    static constexpr size_t kTypeMax = 127;
    const Column* column = nullptr;  // only to know it again; it may be gone
    Shortfall shortfall = Shortfall::kNull;
    bool nullable = true;
    char place[kPlaceMax + 1] = {};
    char type[kTypeMax + 1] = {};
  };

  void add(const Column& column, Shortfall shortfall = Shortfall::kNull);
  bool empty() const { return size_ == 0; }
  // Each once. Further columns of the same record are not told.
  std::span<const Item> items() const { return {items_, size_}; }
  // Also before and after each change: values are written to be compared, or for a transform that drops the record.
  void clear() { size_ = 0; }

 private:
  static constexpr size_t kMax = 32;
  Item items_[kMax] = {};
  size_t size_ = 0;
};

}  // namespace penstock
