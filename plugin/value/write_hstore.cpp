// hstore, read from its on-disk form (contrib/hstore/hstore.h, which is not installed; fixed by pg_upgrade):
//
//   hstore := size:u32 entry{2 * count} bytes       size has the top bit set, its low 28 bits are count
//   entry  := end:30 null:1 first:1                 end of the key or value in `bytes`; it starts where the one before
//                                                   ends, the first at 0; keys and values alternate, keys sorted
//
// The connector goes through a Java HashMap, so members come in the order in which one is walked.

#include "plugin/pg/memory.h"
#include "plugin/text/encoding.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr uint32_t kNewVersion = 0x80000000;
constexpr uint32_t kCountMask = 0x0FFFFFFF;
constexpr uint32_t kIsNull = 0x40000000;
constexpr uint32_t kEndMask = 0x3FFFFFFF;

class Hstore {
 public:
  explicit Hstore(Datum value) {
    const struct varlena* data = PG_DETOAST_DATUM_PACKED(value);
    const char* from = VARDATA_ANY(data);
    uint32_t size;
    memcpy(&size, from, sizeof size);
    count_ = size & kCountMask;
    readable_ = (size & kNewVersion) != 0 || count_ == 0;
    entries_ = from + sizeof size;
    bytes_ = entries_ + 8 * size_t{count_};
  }

  bool readable() const { return readable_; }  // not in the form of 8.4
  uint32_t count() const { return count_; }
  std::string_view key(uint32_t i) const { return text(2 * i); }
  std::string_view value(uint32_t i) const { return text(2 * i + 1); }
  bool is_null(uint32_t i) const { return (entry(2 * i + 1) & kIsNull) != 0; }

 private:
  uint32_t entry(uint32_t i) const {
    uint32_t entry;
    memcpy(&entry, entries_ + 4 * size_t{i}, sizeof entry);
    return entry;
  }
  std::string_view text(uint32_t i) const {
    const uint32_t start = i == 0 ? 0 : entry(i - 1) & kEndMask;
    return to_utf8({bytes_ + start, (entry(i) & kEndMask) - start});
  }

  const char* entries_;
  const char* bytes_;
  uint32_t count_;
  bool readable_;
};

// String.hashCode: over UTF-16 units.
uint32_t java_hash(std::string_view text) {
  uint32_t hash = 0;
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = at + text.size();
  while (at < end) {
    const int length = pg_utf_mblen(at);
    const uint32_t code = length > end - at ? *at : utf8_to_unicode(at);
    at += length;
    if (code < 0x10000) {
      hash = hash * 31 + code;
    } else {
      hash = hash * 31 + (0xD800 + ((code - 0x10000) >> 10));
      hash = hash * 31 + (0xDC00 + (code & 0x3FF));
    }
  }
  return hash;
}

struct Place {
  uint32_t bucket;
  uint32_t index;
};

// HashMap's table: it starts with 16 buckets, doubles beyond 3/4, and below 64 also where a ninth key comes into one.
uint32_t java_buckets(std::span<const Place> hashes) {
  constexpr uint32_t kFullBucket = 8;
  constexpr uint32_t kSmallTable = 64;
  uint32_t buckets = 16;
  for (uint32_t i = 0; i < hashes.size(); ++i) {
    uint32_t before = 0;
    for (uint32_t j = 0; j < i && buckets < kSmallTable; ++j) {
      if (((hashes[i].bucket ^ hashes[j].bucket) & (buckets - 1)) == 0) ++before;
    }
    if (before >= kFullBucket) buckets *= 2;
    if (i + 1 > buckets / 4 * 3) buckets *= 2;
  }
  return buckets;
}

// HashMap's order: by bucket, and in a bucket by insertion.
std::span<Place> java_order(const Hstore& store) {
  std::span<Place> places = palloc_span<Place>(store.count());
  for (uint32_t i = 0; i < store.count(); ++i) {
    CHECK_FOR_INTERRUPTS();
    const uint32_t hash = java_hash(store.key(i));
    places[i] = {hash ^ hash >> 16, i};
  }
  const uint32_t buckets = java_buckets(places);
  for (Place& place : places) place.bucket &= buckets - 1;
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.bucket != b.bucket ? a.bucket < b.bucket : a.index < b.index;
  });
  return places;
}

// A JSON string inside a JSON string. The inner one keeps characters beyond the BMP; the outer one escapes them.
void append_nested(JsonWriter& json, std::string_view text) {
  JsonWriter inner;
  inner.open(CurrentMemoryContext, 48);
  json.append("\\\"");
  size_t clean = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    json.append_escaped({text.data() + clean, i - clean});
    clean = i + 1;
    if (json.over_limit()) return;
    inner.clear();
    inner.append_escaped({text.data() + i, 1});
    json.append_escaped(inner.view());
  }
  json.append_escaped({text.data() + clean, text.size() - clean});
  json.append("\\\"");
}

}  // namespace

bool write_hstore_json(JsonWriter& json, const Column&, Datum value) {
  const Hstore store(value);
  if (!store.readable()) return false;
  json.append("\"{");
  bool first = true;
  for (const Place& place : java_order(store)) {
    if (json.over_limit()) return true;
    if (!first) json.append(',');
    first = false;
    append_nested(json, store.key(place.index));
    json.append(':');
    if (store.is_null(place.index))
      json.append("null");
    else
      append_nested(json, store.value(place.index));
  }
  json.append("}\"");
  return true;
}

bool write_hstore_map(JsonWriter& json, const Column&, Datum value) {
  const Hstore store(value);
  if (!store.readable()) return false;
  json.append('{');
  bool first = true;
  for (const Place& place : java_order(store)) {
    if (json.over_limit()) return true;
    if (!first) json.append(',');
    first = false;
    json.append_string(store.key(place.index));
    json.append(':');
    if (store.is_null(place.index))
      json.append("null");
    else
      json.append_string(store.value(place.index));
  }
  json.append('}');
  return true;
}

void append_hstore_placeholder(JsonWriter& json, std::string_view text, bool map) {
  if (map) {
    json.append('{');
    json.append_string(text);
    json.append(':');
    json.append_string(text);
    return json.append('}');
  }
  json.append("\"{");
  append_nested(json, text);
  json.append(':');
  append_nested(json, text);
  json.append("}\"");
}

}  // namespace penstock
