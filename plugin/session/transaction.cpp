#include "plugin/session/transaction.h"

namespace penstock {

namespace {

constexpr uint32 kJavaBucketsMax = 1U << 30;

// String.hashCode() of UTF-8 text, spread as HashMap does it. Escapes in the name are hashed as they stand: names of
// tables with quotes or controls may come in another order.
uint32 java_hash(std::string_view text) {
  uint32 hash = 0;
  for (size_t i = 0; i < text.size();) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data() + i);
    const int size = pg_utf_mblen(at);
    if (i + static_cast<size_t>(size) > text.size()) break;
    const uint32 code = utf8_to_unicode(at);
    if (code >= 0x10000) {
      hash = hash * 31 + (0xD800 + ((code - 0x10000) >> 10));
      hash = hash * 31 + (0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      hash = hash * 31 + code;
    }
    i += static_cast<size_t>(size);
  }
  return hash ^ (hash >> 16);
}

}  // namespace

size_t Transaction::index_of(std::string_view name, MemoryContext context) {
  for (size_t i = 0; i < collections.size(); ++i) {
    if (collections[i].name == name) return i;
  }
  ContextScope scope(context);
  collections.add({palloc_copy(name), 0});
  return collections.size() - 1;
}

uint64 Transaction::count(const Plan& plan, MemoryContext context) {
  if (plan.counted_in != serial) {
    plan.count_index = index_of(plan.collection, context);
    plan.counted_in = serial;
  }
  ++records;
  return ++collections[plan.count_index].count;
}

void Transaction::count_message(std::string_view name, MemoryContext context) {
  ++records;
  ++messages;
  ++collections[index_of(name, context)].count;
}

// A HashMap doubles its buckets while more than three quarters are taken; in a bucket the order is that of insertion.
void sort_as_java(Array<CollectionCount>& collections, uint64 entries, uint32& buckets) {
  const size_t size = collections.size();
  while (entries > buckets / 4 * 3 && buckets < kJavaBucketsMax) buckets *= 2;
  struct Key {
    uint32 bucket;
    uint32 index;
  };
  const std::span<Key> keys = palloc_span<Key>(size);
  for (size_t i = 0; i < size; ++i) {
    keys[i] = {java_hash(collections[i].name) & (buckets - 1), static_cast<uint32>(i)};
  }
  qsort(keys.data(), size, sizeof(Key), [](const void* a, const void* b) {
    const auto* left = static_cast<const Key*>(a);
    const auto* right = static_cast<const Key*>(b);
    if (left->bucket != right->bucket) return left->bucket < right->bucket ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index ? 1 : 0;
  });
  const std::span<CollectionCount> sorted = palloc_span<CollectionCount>(size);
  for (size_t i = 0; i < size; ++i) sorted[i] = collections[keys[i].index];
  for (size_t i = 0; i < size; ++i) collections[i] = sorted[i];
}

}  // namespace penstock
