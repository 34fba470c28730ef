#include "plugin/text/json_writer.h"

#include "plugin/text/decimal_text.h"

namespace penstock {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101ULL;
constexpr uint64_t kHighs = 0x8080808080808080ULL;
constexpr size_t kChunk = 8192;  // how far a long value may run past the limit before it is noticed

// High bit set in each byte of `word` that a JSON string cannot hold as it is: controls, quote, backslash, and the
// lead bytes of characters beyond the BMP (0xF0 and up). Bytes above the lowest marked one may be marked wrongly.
uint64_t special_bytes(uint64_t word) {
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  const uint64_t ascii = ((word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & ~word;
  const uint64_t beyond_bmp = word & (word << 1) & (word << 2) & (word << 3);
  return (ascii | beyond_bmp) & kHighs;
}

uint64_t load(const char* from) {
  uint64_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

// The `size` bytes at `from`, one to seven, in the low bytes of a word; the others are zero.
uint64_t load_few(const char* from, size_t size) {
  if (size >= 4) {
    uint32_t first;
    uint32_t last;
    memcpy(&first, from, sizeof first);
    memcpy(&last, from + size - 4, sizeof last);
    return first | static_cast<uint64_t>(last) << 8 * (size - 4);
  }
  const auto byte = [from](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(from[i])) << 8 * i; };
  return byte(0) | byte(size / 2) | byte(size - 1);
}

constexpr char kUpperHex[] = "0123456789ABCDEF";

char* put_u_escape(char* to, uint32_t unit) {
  *to++ = '\\';
  *to++ = 'u';
  *to++ = kUpperHex[unit >> 12 & 15];
  *to++ = kUpperHex[unit >> 8 & 15];
  *to++ = kUpperHex[unit >> 4 & 15];
  *to++ = kUpperHex[unit & 15];
  return to;
}

char* put_code_point(char* to, uint32_t code) {
  if (code < 0x10000) return put_u_escape(to, code);
  code -= 0x10000;
  return put_u_escape(put_u_escape(to, 0xD800 + (code >> 10)), 0xDC00 + (code & 0x3FF));
}

// Reads the character at `from`, whose first byte is 0x80 or more, and its length; U+FFFD and 1 if it is not UTF-8.
uint32_t decode(const unsigned char* from, size_t left, size_t& length) {
  constexpr uint32_t kReplacement = 0xFFFD;
  const auto continued = [&](size_t i) { return (from[i] & 0xC0) == 0x80; };
  length = 1;
  if (from[0] < 0xE0) {
    if (from[0] < 0xC2 || left < 2 || !continued(1)) return kReplacement;
    length = 2;
    return static_cast<uint32_t>((from[0] & 0x1F) << 6 | (from[1] & 0x3F));
  }
  if (from[0] < 0xF0) {
    if (left < 3 || !continued(1) || !continued(2)) return kReplacement;
    const auto code = static_cast<uint32_t>((from[0] & 0x0F) << 12 | (from[1] & 0x3F) << 6 | (from[2] & 0x3F));
    if (code < 0x800 || (code >= 0xD800 && code < 0xE000)) return kReplacement;
    length = 3;
    return code;
  }
  if (left < 4 || !continued(1) || !continued(2) || !continued(3)) return kReplacement;
  const auto code =
      static_cast<uint32_t>((from[0] & 0x07) << 18 | (from[1] & 0x3F) << 12 | (from[2] & 0x3F) << 6 | (from[3] & 0x3F));
  if (from[0] > 0xF4 || code < 0x10000 || code > 0x10FFFF) return kReplacement;
  length = 4;
  return code;
}

// Writes one byte below 0x80, escaped where JSON needs it.
char* put_ascii(char* to, unsigned char c) {
  switch (c) {
    case '"':
      memcpy(to, "\\\"", 2);
      return to + 2;
    case '\\':
      memcpy(to, "\\\\", 2);
      return to + 2;
    case '\b':
      memcpy(to, "\\b", 2);
      return to + 2;
    case '\f':
      memcpy(to, "\\f", 2);
      return to + 2;
    case '\n':
      memcpy(to, "\\n", 2);
      return to + 2;
    case '\r':
      memcpy(to, "\\r", 2);
      return to + 2;
    case '\t':
      memcpy(to, "\\t", 2);
      return to + 2;
    default:
      break;
  }
  if (c < 0x20) return put_u_escape(to, c);
  *to = static_cast<char>(c);
  return to + 1;
}

}  // namespace

void JsonWriter::open(MemoryContext context, size_t capacity) {
  begin_ = static_cast<char*>(MemoryContextAllocHuge(context, capacity));
  at_ = begin_;
  end_ = begin_ + capacity;
}

void JsonWriter::grow(size_t bytes) {
  const size_t used = size();
  size_t capacity = static_cast<size_t>(end_ - begin_) * 2;
  if (capacity < used + bytes) capacity = used + bytes;
  begin_ = static_cast<char*>(repalloc_huge(begin_, capacity));
  at_ = begin_ + used;
  end_ = begin_ + capacity;
}

void JsonWriter::append_int(int64_t value) {
  at_ = put_int64(reserve(kInt64Text), value);
}

void JsonWriter::append_uint(uint64_t value) {
  at_ = put_uint64(reserve(kInt64Text), value);
}

void JsonWriter::append_escaped(std::string_view text) {
  if (ascii_) return append_escaped_ascii(text);
  if (bare_) return append_bare(text);
  const char* from = text.data();
  const char* const end = from + text.size();
  while (from < end) {
    if (over_limit()) return;
    CHECK_FOR_INTERRUPTS();
    const char* const chunk_end = static_cast<size_t>(end - from) > kChunk ? from + kChunk : end;
    // Every byte may take six; a character at the end of the chunk may reach up to three bytes beyond it.
    char* to = reserve(static_cast<size_t>(chunk_end - from) * 6 + 32);
    while (from < chunk_end) {
      const auto left = static_cast<size_t>(chunk_end - from);
      const uint64_t word = left >= 8 ? load(from) : load_few(from, left);
      memcpy(to, &word, sizeof word);
      uint64_t special = special_bytes(word);
      if (left < 8) special &= (uint64_t{1} << 8 * left) - 1;
      if (special == 0) {
        const size_t clean = left < 8 ? left : 8;
        from += clean;
        to += clean;
        continue;
      }
      const int clean = __builtin_ctzll(special) / 8;
      from += clean;
      to += clean;
      const auto c = static_cast<unsigned char>(*from);
      if (c < 0x80) {
        to = put_ascii(to, c);
        ++from;
      } else {
        size_t length = 0;
        const uint32_t code =
            decode(reinterpret_cast<const unsigned char*>(from), static_cast<size_t>(end - from), length);
        to = put_code_point(to, code);
        from += length;
      }
    }
    advance_to(to);
  }
}

void JsonWriter::append_bare(std::string_view text) {
  while (!text.empty()) {
    CHECK_FOR_INTERRUPTS();
    const size_t clean = std::min({text.find_first_of("\"\\"), text.size(), kChunk});
    append(text.data(), clean);
    text.remove_prefix(clean);
    if (clean == kChunk || text.empty()) continue;
    append('\\');
    append(text.front());
    text.remove_prefix(1);
  }
}

void JsonWriter::append_escaped_ascii(std::string_view text) {
  append_ascii(text, [](char* to, unsigned char c) { return put_ascii(to, c); });
}

void JsonWriter::append_json(std::string_view json) {
  if (!ascii_) return append(json);
  append_ascii(json, [](char* to, unsigned char c) {
    *to = static_cast<char>(c);
    return to + 1;
  });
}

// Characters beyond ASCII as \u escapes, the others as `put` writes them.
template <typename Put>
void JsonWriter::append_ascii(std::string_view text, Put put) {
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = from + text.size();
  while (from < end) {
    if (over_limit()) return;
    CHECK_FOR_INTERRUPTS();
    const size_t chunk = static_cast<size_t>(end - from) > kChunk ? kChunk : static_cast<size_t>(end - from);
    const unsigned char* const chunk_end = from + chunk;
    char* to = reserve(chunk * 6 + 32);
    while (from < chunk_end) {
      if (*from < 0x80) {
        to = put(to, *from++);
        continue;
      }
      size_t length = 0;
      const uint32_t code = decode(from, static_cast<size_t>(end - from), length);
      to = put_code_point(to, code);
      from += length;
    }
    advance_to(to);
  }
}

}  // namespace penstock
