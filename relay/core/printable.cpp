#include "relay/core/printable.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace penstock {
namespace {

// The length of the character that begins `text`, and its code point; length 0 if these bytes are no UTF-8.
struct Character {
  size_t bytes = 0;
  uint32_t code = 0;
};

Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::array<uint32_t, 5> kShortest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kShortest[bytes] || code > 0x10FFFF || surrogate) return {};
  return {bytes, code};
}

bool is_control(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

// Line and paragraph separator, marks and overrides of direction, isolates, byte order mark.
bool misleads(uint32_t code) {
  return (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0x061C || code == 0xFEFF;
}

void append_escape(std::string& to, const char* format, unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, value);
  to += text.data();
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.bytes == 0) {
      append_escape(result, "\\x%02x", static_cast<uint8_t>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (character.code == '\n' || character.code == '\r' || character.code == '\t') {
      result += ' ';
    } else if (is_control(character.code)) {
      append_escape(result, "\\x%02x", character.code);
    } else if (misleads(character.code)) {
      append_escape(result, "\\u%04x", character.code);
    } else {
      result += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

}  // namespace penstock
