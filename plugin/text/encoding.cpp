#include "plugin/text/encoding.h"

#include "plugin/pg/compat.h"
#include "plugin/pg/memory.h"

namespace penstock {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD
constexpr size_t kReplacementSize = 3;
constexpr int kConversionChunk = 1 << 20;

// SQL_ASCII holds any bytes: what happens to be UTF-8 is kept.
std::string_view repaired(std::string_view text) {
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = from + text.size();
  char* const result = static_cast<char*>(palloc_extended(text.size() * kReplacementSize + 1, MCXT_ALLOC_HUGE));
  char* to = result;
  while (from < end) {
    const int length = pg_utf_mblen(from);
    if (length <= end - from && pg_utf8_islegal(from, length)) {
      memcpy(to, from, static_cast<size_t>(length));
      to += length;
      from += length;
    } else {
      memcpy(to, kReplacement, kReplacementSize);
      to += kReplacementSize;
      ++from;
    }
  }
  return {result, static_cast<size_t>(to - result)};
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0x80) != 0) return false;
  }
  return true;
}

std::string_view converted(Oid conversion, std::string_view text) {
  char* const result =
      static_cast<char*>(palloc_extended(text.size() * MAX_CONVERSION_GROWTH + kReplacementSize + 1, MCXT_ALLOC_HUGE));
  char* to = result;
  const char* from = text.data();
  const char* const end = from + text.size();
  while (from < end) {
    int size = end - from > kConversionChunk ? kConversionChunk : static_cast<int>(end - from);
    // A chunk ends between characters.
    if (from + size < end) size = pg_encoding_mbcliplen(GetDatabaseEncoding(), from, size, size);
    int written = 0;
    const int consumed = convert_to_utf8(conversion, from, size, to, size * MAX_CONVERSION_GROWTH + 1, written);
    to += written;
    from += consumed;
    if (consumed < size) {
      memcpy(to, kReplacement, kReplacementSize);
      to += kReplacementSize;
      int length = pg_encoding_mblen(GetDatabaseEncoding(), from);
      if (length < 1 || length > end - from) length = 1;
      from += length;
    }
  }
  return {result, static_cast<size_t>(to - result)};
}

// As the server's conversion on the way to the client would have it.
bool can_be_sent(std::string_view text, bool may_convert) {
  const int client = pg_get_client_encoding();
  const int server = GetDatabaseEncoding();
  if (is_ascii(text) || client == server || client == PG_SQL_ASCII) return true;
  return client == PG_UTF8 && (may_convert || server == PG_SQL_ASCII) && has_utf8_form(text);
}

const char* escaped(std::string_view text) {
  char* const result = static_cast<char*>(palloc_extended(text.size() * 4 + 1, MCXT_ALLOC_HUGE));
  char* to = result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      *to++ = c;
    } else {
      to += snprintf(to, 5, "\\x%02X", byte);
    }
  }
  *to = '\0';
  return result;
}

}  // namespace

bool has_utf8_form(std::string_view text) {
  const int encoding = GetDatabaseEncoding();
  return encoding == PG_UTF8 || is_ascii(text) || to_utf8(text).find(kReplacement) == std::string_view::npos;
}

const char* sendable(std::string_view text) {
  return can_be_sent(text, true) ? palloc_copy(text).data() : escaped(text);
}

const char* shown(std::string_view text) {
  return can_be_sent(text, kConvertsWithoutError) ? palloc_copy(text).data() : escaped(text);
}

const char* shown_utf8(std::string_view text) {
  const int encoding = GetDatabaseEncoding();
  if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || is_ascii(text)) return shown(text);
  text = repaired(text);
  char* const result = static_cast<char*>(palloc_extended(text.size() * 6 + 1, MCXT_ALLOC_HUGE));
  char* to = result;
  for (size_t i = 0; i < text.size();) {
    const auto* from = reinterpret_cast<const unsigned char*>(text.data() + i);
    i += static_cast<size_t>(pg_utf_mblen(from));
    if (*from < 0x80) {
      *to++ = static_cast<char>(*from);
    } else {
      to += snprintf(to, 9, "\\u%04X", static_cast<unsigned>(utf8_to_unicode(from)));
    }
  }
  *to = '\0';
  return result;
}

std::string_view to_utf8(std::string_view text) {
  const int encoding = GetDatabaseEncoding();
  if (encoding == PG_UTF8 || is_ascii(text)) return text;
  // Outside a transaction (startup, messages outside of transactions) no conversion can be looked up.
  if (encoding == PG_SQL_ASCII || !IsTransactionState()) return repaired(text);
  const Oid conversion = FindDefaultConversionProc(encoding, PG_UTF8);
  return OidIsValid(conversion) ? converted(conversion, text) : repaired(text);
}

}  // namespace penstock
