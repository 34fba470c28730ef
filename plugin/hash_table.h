// Items by a hash of what they are found by. Grows in the memory context that is current when one is added; freed with
// it.
#pragma once

#include <string_view>

#include "plugin/memory.h"

namespace penstock {

// `seed`: the hash of what comes before `text`.
inline uint64 hash_of(std::string_view text, uint64 seed) {
  return hash_bytes_extended(reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()), seed);
}

// Open addressing, at most half full. Small and without a context of its own, as each plan has some; dynahash is
// neither.
template <typename T>
class HashTable {
 public:
  // nullptr: none of `hash` for which `same(const T&)` holds.
  template <typename Same>
  T* find(uint64 hash, Same same) const {
    if (size_ == 0) return nullptr;
    for (size_t at = home(hash); slots_[at].item != nullptr; at = home(at + 1)) {
      if (slots_[at].hash == hash && same(*slots_[at].item)) return slots_[at].item;
    }
    return nullptr;
  }

  void add(uint64 hash, T* item) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    put({hash, item});
    ++size_;
  }

 private:
  struct Slot {
    uint64 hash = 0;
    T* item = nullptr;
  };

  size_t home(uint64 hash) const { return hash & (slots_.size() - 1); }
  void put(Slot slot) {
    size_t at = home(slot.hash);
    while (slots_[at].item != nullptr) at = home(at + 1);
    slots_[at] = slot;
  }
  void grow() {
    const std::span<Slot> old = slots_;
    slots_ = palloc_span<Slot>(old.empty() ? 8 : old.size() * 2);
    for (const Slot& slot : old) {
      if (slot.item != nullptr) put(slot);
    }
    if (!old.empty()) pfree(old.data());
  }

  std::span<Slot> slots_;  // a power of two of them
  size_t size_ = 0;
};

}  // namespace penstock
