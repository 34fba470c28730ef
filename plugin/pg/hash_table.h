// Items by a hash of what they are found by. Grows in the memory context that is current when one is added; freed with
// it.
#pragma once

#include <string_view>

#include "plugin/pg/memory.h"

namespace penstock {

// `seed`: the hash of what comes before `text`.
inline uint64 hash_of(std::string_view text, uint64 seed) {
  return hash_bytes_extended(reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()), seed);
}

// Open addressing, at most half full. Small and without a context of its own, as each plan has some; dynahash is
// neither. Moved and not copied: growing frees what it grows out of.
template <typename T>
class HashTable {
 public:
  HashTable() = default;
  HashTable(HashTable&& other) noexcept { *this = static_cast<HashTable&&>(other); }
  HashTable& operator=(HashTable&& other) noexcept {
    slots_ = std::exchange(other.slots_, {});
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  HashTable(const HashTable&) = delete;
  HashTable& operator=(const HashTable&) = delete;

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

// Items in the order in which they came, and by their `name`: few are walked, many are hashed.
template <typename T>
class ByName {
 public:
  T* find(std::string_view name) const {
    const auto same = [name](const T& item) { return item.name == name; };
    if (items_.size() > kFew) return hashed_.find(hash_of(name, 0), same);
    for (T* item : items_) {
      if (same(*item)) return item;
    }
    return nullptr;
  }

  // There is none of its name.
  void add(T* item) {
    items_.add(item);
    if (items_.size() <= kFew) return;
    for (size_t i = items_.size() == kFew + 1 ? 0 : kFew; i < kFew; ++i) hash(items_[i]);
    hash(item);
  }

  T* const* begin() const { return items_.begin(); }
  T* const* end() const { return items_.end(); }
  size_t size() const { return items_.size(); }
  T& operator[](size_t i) const { return *items_[i]; }

 private:
  static constexpr size_t kFew = 8;

  void hash(T* item) { hashed_.add(hash_of(item->name, 0), item); }

  Array<T*> items_;
  HashTable<T> hashed_;
};

}  // namespace penstock
