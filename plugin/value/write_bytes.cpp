// bytea and bit strings.

#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr size_t kChunk = 6144;  // bytes between two looks at the writer's limit; a multiple of 3
constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrlSafe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char* put_base64(char* to, const unsigned char* from, size_t size, const char* alphabet) {
  const unsigned char* const end = from + size;
  for (; end - from >= 3; from += 3) {
    const auto word = static_cast<uint32_t>(from[0] << 16 | from[1] << 8 | from[2]);
    to[0] = alphabet[word >> 18];
    to[1] = alphabet[word >> 12 & 63];
    to[2] = alphabet[word >> 6 & 63];
    to[3] = alphabet[word & 63];
    to += 4;
  }
  if (from == end) return to;
  const bool two = end - from == 2;
  const auto word = static_cast<uint32_t>(from[0] << 16 | (two ? from[1] << 8 : 0));
  to[0] = alphabet[word >> 18];
  to[1] = alphabet[word >> 12 & 63];
  to[2] = two ? alphabet[word >> 6 & 63] : '=';
  to[3] = '=';
  return to + 4;
}

struct Bytes {
  const unsigned char* data;
  size_t size;
};

Bytes bytes_of(Datum value) {
  const struct varlena* data = PG_DETOAST_DATUM_PACKED(value);
  return {reinterpret_cast<const unsigned char*>(VARDATA_ANY(data)), VARSIZE_ANY_EXHDR(data)};
}

}  // namespace

void append_base64(JsonWriter& json, const unsigned char* bytes, size_t size, bool url_safe) {
  while (size > 0 && !json.over_limit()) {
    CHECK_FOR_INTERRUPTS();
    const size_t chunk = size > kChunk ? kChunk : size;
    json.advance_to(put_base64(json.reserve(chunk / 3 * 4 + 4), bytes, chunk, url_safe ? kUrlSafe : kStandard));
    bytes += chunk;
    size -= chunk;
  }
}

void append_hex(JsonWriter& json, const unsigned char* bytes, size_t size) {
  constexpr char kHex[] = "0123456789abcdef";
  while (size > 0 && !json.over_limit()) {
    CHECK_FOR_INTERRUPTS();
    const size_t chunk = size > kChunk ? kChunk : size;
    char* to = json.reserve(chunk * 2);
    for (size_t i = 0; i < chunk; ++i) {
      *to++ = kHex[bytes[i] >> 4];
      *to++ = kHex[bytes[i] & 15];
    }
    json.advance_to(to);
    bytes += chunk;
    size -= chunk;
  }
}

bool write_bytea_base64(JsonWriter& json, const Column&, Datum value) {
  const Bytes bytes = bytes_of(value);
  json.append('"');
  append_base64(json, bytes.data, bytes.size);
  json.append('"');
  return true;
}

bool write_bytea_base64_url(JsonWriter& json, const Column&, Datum value) {
  const Bytes bytes = bytes_of(value);
  json.append('"');
  append_base64(json, bytes.data, bytes.size, true);
  json.append('"');
  return true;
}

bool write_bytea_hex(JsonWriter& json, const Column&, Datum value) {
  const Bytes bytes = bytes_of(value);
  json.append('"');
  append_hex(json, bytes.data, bytes.size);
  json.append('"');
  return true;
}

// An empty varbit(1) is null (findings A16).
bool write_bit(JsonWriter& json, const Column& column, Datum value) {
  const VarBit* bits = DatumGetVarBitP(value);
  if (VARBITLEN(bits) == 0) {
    json.append(column.null_text);
    return true;
  }
  json.append((VARBITS(bits)[0] & 0x80) != 0 ? std::string_view("true") : std::string_view("false"));
  return true;
}

// The bits as a number whose last bit counts 1: little-endian, as many bytes as the highest set bit needs.
bool write_bits(JsonWriter& json, const Column&, Datum value) {
  const VarBit* bits = DatumGetVarBitP(value);
  const auto* from = reinterpret_cast<const unsigned char*>(VARBITS(bits));
  const auto size = static_cast<size_t>(VARBITBYTES(bits));
  const int unused = static_cast<int>(size * 8) - VARBITLEN(bits);  // low bits of the last byte
  auto* number = static_cast<unsigned char*>(palloc(size + 1));
  for (size_t i = 0; i < size; ++i) {
    const size_t at = size - 1 - i;
    const int above = at == 0 ? 0 : from[at - 1];
    number[i] = static_cast<unsigned char>((above << 8 | from[at]) >> unused);
  }
  size_t used = size;
  while (used > 0 && number[used - 1] == 0) --used;
  json.append('"');
  append_base64(json, number, used);
  json.append('"');
  return true;
}

}  // namespace penstock
