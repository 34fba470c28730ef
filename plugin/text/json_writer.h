// A growable byte buffer that JSON is written into: the tail of a frame, or scratch.
//
// The bytes are palloc'ed in one memory context and may move with every call that writes; they are freed with the
// context, never by the writer. Sizes beyond PostgreSQL's 1 GB limit are allowed: escaping can make six bytes of one.
// Satisfies wire::Sink (append).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plugin/pg/pg.h"

namespace penstock {

class JsonWriter {
 public:
  JsonWriter() = default;
  // Two of one buffer would write over each other.
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  JsonWriter(JsonWriter&& other) noexcept { *this = static_cast<JsonWriter&&>(other); }
  JsonWriter& operator=(JsonWriter&& other) noexcept {
    at_ = std::exchange(other.at_, nullptr);
    end_ = std::exchange(other.end_, nullptr);
    begin_ = std::exchange(other.begin_, nullptr);
    limit_ = other.limit_;
    ascii_ = other.ascii_;
    bare_ = other.bare_;
    return *this;
  }

  // Allocates `capacity` bytes in `context`. Must come before anything else.
  void open(MemoryContext context, size_t capacity);

  // Once the writer holds more than `limit` bytes, long values are cut off where they stand, so that one value cannot
  // make the buffer arbitrarily large; over_limit() then tells that what was written is not to be used.
  void set_limit(size_t limit) { limit_ = limit; }
  bool over_limit() const { return size() > limit_; }

  // Escapes everything beyond ASCII as \uXXXX, for lines that leave through a server encoding other than UTF-8.
  void set_ascii(bool ascii) { ascii_ = ascii; }
  bool ascii() const { return ascii_; }

  // Escapes nothing but quotes and backslashes: the text of Kafka headers.
  void set_bare(bool bare) { bare_ = bare; }
  bool is_bare() const { return bare_; }

  char* data() { return begin_; }
  const char* data() const { return begin_; }
  size_t size() const { return static_cast<size_t>(at_ - begin_); }
  std::string_view view() const { return {begin_, size()}; }
  std::string_view view_from(size_t offset) const { return {begin_ + offset, size() - offset}; }
  void truncate(size_t size) { at_ = begin_ + size; }
  void clear() { at_ = begin_; }

  // Room for at least `bytes` at the end; what was written there counts once advance_to() names its end. The pointer
  // is good until the next call that writes.
  char* reserve(size_t bytes) {
    if (__builtin_expect(static_cast<size_t>(end_ - at_) < bytes, 0)) grow(bytes);
    return at_;
  }
  void advance_to(char* end) { at_ = end; }
  // Adds `bytes` bytes that the caller fills in later, by offset.
  size_t skip(size_t bytes) {
    const size_t offset = size();
    at_ = reserve(bytes) + bytes;
    return offset;
  }

  void append(const char* bytes, size_t size) {
    char* to = reserve(size);
    memcpy(to, bytes, size);
    at_ = to + size;
  }
  void append(std::string_view text) { append(text.data(), text.size()); }
  void append(char c) {
    *reserve(1) = c;
    ++at_;
  }
  // Decimal text of a number.
  void append_int(int64_t value);
  void append_uint(uint64_t value);

  // A JSON string with its quotes, escaped as Jackson does it: \" \\ \b \f \n \r \t, other controls \u00XX in upper
  // hex, characters beyond the BMP as two upper-case \u escapes, all else raw. `text` is UTF-8; bytes that are not are
  // replaced by U+FFFD where they are met outside the fast path and passed on otherwise (the caller vouches for them:
  // see encoding.h).
  void append_string(std::string_view text) {
    append('"');
    append_escaped(text);
    append('"');
  }
  void append_escaped(std::string_view text);
  // Text that is JSON already: as it is, or all ASCII.
  void append_json(std::string_view json);

 private:
  void grow(size_t bytes);
  void append_escaped_ascii(std::string_view text);
  void append_bare(std::string_view text);
  template <typename Put>
  void append_ascii(std::string_view text, Put put);

  char* at_ = nullptr;
  char* end_ = nullptr;
  char* begin_ = nullptr;
  size_t limit_ = SIZE_MAX;
  bool ascii_ = false;
  bool bare_ = false;
};

static_assert(std::is_trivially_destructible_v<JsonWriter> && !std::is_copy_constructible_v<JsonWriter>);

}  // namespace penstock
