// Types of PostGIS and pgvector, read from their text: the layouts are the extensions' own, their texts are not.

#include "plugin/pg/memory.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr uint32_t kSridFlag = 0x20000000;  // of the geometry type in EWKB

// The numbers of "[1,2.5]", as Java's parseDouble and parseFloat read them.
template <typename Read>
bool write_numbers(JsonWriter& json, const char* text, Read read) {
  if (*text++ != '[') return false;
  json.append('[');
  for (bool first = true; *text != ']'; first = false) {
    if (json.over_limit()) return true;
    if (!first && *text++ != ',') return false;
    if (!first) json.append(',');
    char* end = nullptr;
    read(text, &end);
    if (end == text) return false;
    text = end;
  }
  json.append(']');
  return true;
}

struct Cell {
  uint32_t bucket;
  const char* text;  // index:value
};

// The cells of "{1:10,5:20}/25" in the order of a Java HashMap that was made for their number. `rest` is what follows.
std::span<Cell> cells_of(char* text, const char*& rest) {
  rest = nullptr;
  if (*text++ != '{') return {};
  char* const end = strchr(text, '}');
  if (end == nullptr) return {};
  *end = '\0';
  rest = end + 1;
  size_t count = *text == '\0' ? 0 : 1;
  for (const char* at = text; *at != '\0'; ++at) count += *at == ',' ? 1 : 0;
  uint32_t buckets = 1;
  while (buckets < count || count > buckets * size_t{3} / 4) buckets *= 2;
  const std::span<Cell> cells = palloc_span<Cell>(count);
  for (Cell& cell : cells) {
    const auto index = static_cast<uint32_t>(strtol(text, nullptr, 10));
    cell = {(index ^ index >> 16) & (buckets - 1), text};
    while (*text != '\0' && *text != ',') ++text;
    if (*text == ',') *text++ = '\0';
  }
  std::sort(cells.begin(), cells.end(),
            [](const Cell& a, const Cell& b) { return a.bucket != b.bucket ? a.bucket < b.bucket : a.text < b.text; });
  return cells;
}

}  // namespace

// The text is EWKB in hexadecimal.
bool write_geometry(JsonWriter& json, const Column& column, Datum value) {
  const char* text = OutputFunctionCall(column.output, value);
  const size_t size = strlen(text) / 2;
  if (size < 9) return false;
  auto* bytes = static_cast<unsigned char*>(palloc(size));
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<unsigned char>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
  }
  const auto number_at = [bytes](size_t at) {
    uint32_t number;
    memcpy(&number, bytes + at, sizeof number);
    return bytes[0] != 0 ? number : __builtin_bswap32(number);
  };
  json.append("{\"wkb\":\"");
  append_base64(json, bytes, size);
  json.append("\",\"srid\":");
  if ((number_at(1) & kSridFlag) != 0)
    json.append_int(static_cast<int32_t>(number_at(5)));
  else
    json.append("null");
  json.append('}');
  return true;
}

bool write_double_vector(JsonWriter& json, const Column& column, Datum value) {
  return write_numbers(json, OutputFunctionCall(column.output, value),
                       [&json](const char* text, char** end) { append_double(json, strtod(text, end)); });
}

bool write_float_vector(JsonWriter& json, const Column& column, Datum value) {
  return write_numbers(json, OutputFunctionCall(column.output, value),
                       [&json](const char* text, char** end) { append_real(json, strtof(text, end)); });
}

// Indices are 16 bits wide in the connector's schema.
bool write_sparse_vector(JsonWriter& json, const Column& column, Datum value) {
  const char* rest = nullptr;
  const std::span<Cell> cells = cells_of(OutputFunctionCall(column.output, value), rest);
  if (rest == nullptr || *rest != '/') return false;
  const long dimensions = strtol(rest + 1, nullptr, 10);
  if (dimensions > std::numeric_limits<int16_t>::max()) return false;
  json.append("{\"dimensions\":");
  json.append_int(dimensions);
  json.append(",\"vector\":[");
  for (size_t i = 0; i < cells.size(); ++i) {
    if (json.over_limit()) return true;
    char* end = nullptr;
    json.append(i > 0 ? std::string_view(",[") : std::string_view("["));
    json.append_int(strtol(cells[i].text, &end, 10));
    if (*end != ':') return false;
    json.append(',');
    append_double(json, strtod(end + 1, nullptr));
    json.append(']');
  }
  json.append("]}");
  return true;
}

}  // namespace penstock
