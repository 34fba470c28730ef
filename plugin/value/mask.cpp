#include "plugin/value/mask.h"

#include "plugin/pg/memory.h"
#include "plugin/text/encoding.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr int kUnlimited = std::numeric_limits<int>::max();
constexpr size_t kUnitText = 6;     // bytes of the longest JSON text of a UTF-16 unit
constexpr size_t kStretch = 65536;  // of a value of any size, between two looks at whether the session is to end

// Java's types CHAR and VARCHAR, by which the driver reports these.
bool is_characters(const Column& column) {
  switch (column.type) {
    case CHAROID:
    case NAMEOID:
    case TEXTOID:
    case BPCHAROID:
    case VARCHAROID:
      return true;
    default:
      return column.labels != nullptr && column.element == nullptr;
  }
}

// End of the JSON text of the UTF-16 unit at `at`, which is before the closing quote. A character beyond the BMP is two
// escapes: one for each unit.
const char* after_unit(const char* at) {
  if (*at == '\\') return at + (at[1] == 'u' ? 6 : 2);
  return at + pg_utf_mblen(reinterpret_cast<const unsigned char*>(at));
}

// The first `units` units of a JSON string, without the closing quote. All of it if it has no more; what is no string,
// too.
std::string_view cut(std::string_view text, int64 units) {
  if (text.empty() || text.front() != '"') return text;
  const char* at = text.data() + 1;
  const char* const end = text.data() + text.size();
  for (; units > 0 && at < end && *at != '"'; --units) at = after_unit(at);
  if (at >= end || *at == '"') return text;
  return {text.data(), static_cast<size_t>(at - text.data())};
}

void append_cut(JsonWriter& json, std::string_view text, int64 units) {
  const std::string_view kept = cut(text, units);
  json.append(kept);
  if (kept.size() < text.size()) json.append('"');
}

// The value as its own writer has it, up to `limit` bytes or a little more.
bool write_unmasked(JsonWriter& scratch, const Column& column, Datum value, size_t limit) {
  scratch.open(CurrentMemoryContext, 64);
  scratch.set_limit(limit);
  return column.unmasked(scratch, column, value);
}

bool write_truncated(JsonWriter& json, const Column& column, Datum value) {
  JsonWriter scratch;
  scratch.set_ascii(json.ascii());
  const auto units = static_cast<size_t>(column.mask->length);
  if (!write_unmasked(scratch, column, value, units > SIZE_MAX / 16 ? SIZE_MAX : 2 + units * kUnitText)) return false;
  append_cut(json, scratch.view(), column.mask->length);
  return true;
}

bool write_truncated_bytes(JsonWriter& json, const Column& column, Datum value) {
  std::string_view bytes;
  if (column.text != nullptr) {
    bytes = column.text(column, value);
  } else {
    const struct varlena* data = PG_DETOAST_DATUM_PACKED(value);
    bytes = {VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data)};
  }
  const size_t size = std::min(bytes.size(), static_cast<size_t>(column.mask->length));
  json.append('"');
  append_base64(json, reinterpret_cast<const unsigned char*>(bytes.data()), size);
  json.append('"');
  return true;
}

bool write_stars(JsonWriter& json, const Column& column, Datum) {
  json.append(column.null_text);
  return true;
}

uint32 unit_of_escape(const char* digits) {
  uint32 unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = digits[i];
    unit = unit << 4 | static_cast<uint32>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return unit;
}

char* put_utf8(char* to, uint32 code) {
  unicode_to_utf8(code, reinterpret_cast<unsigned char*>(to));
  return to + pg_utf_mblen(reinterpret_cast<const unsigned char*>(to));
}

// What stands in a JSON string, at `to`; in UTF-8, or with a pair of surrogates as twice three bytes (Java's modified
// UTF-8). Returns its end.
char* put_unescaped(char* to, std::string_view text, bool modified) {
  constexpr std::string_view kEscapes = "b\bf\fn\nr\rt\t";
  const char* at = text.data() + 1;
  const char* const end = text.data() + text.size() - 1;
  while (at < end) {
    CHECK_FOR_INTERRUPTS();
    if (*at != '\\') {
      const size_t clean = std::min({std::string_view(at, end).find('\\'), static_cast<size_t>(end - at), kStretch});
      memcpy(to, at, clean);
      to += clean;
      at += clean;
      continue;
    }
    const char escape = at[1];
    at += 2;
    if (escape != 'u') {
      char c = escape;
      for (size_t i = 0; i < kEscapes.size(); i += 2) {
        if (kEscapes[i] == escape) c = kEscapes[i + 1];
      }
      *to++ = c;
      continue;
    }
    uint32 code = unit_of_escape(at);
    at += 4;
    if (!modified && is_utf16_surrogate_first(code) && at + 6 <= end && at[0] == '\\' && at[1] == 'u') {
      code = surrogate_pair_to_codepoint(static_cast<pg_wchar>(code), unit_of_escape(at + 2));
      at += 6;
    }
    to = put_utf8(to, code);
  }
  return to;
}

// The head of java.io.ObjectOutputStream with one string of `size` bytes.
char* put_serialised_head(char* to, size_t size) {
  memcpy(to, "\xAC\xED\x00\x05", 4);
  to += 4;
  const int width = size <= 0xFFFF ? 2 : 8;
  *to++ = width == 2 ? 0x74 : 0x7C;
  for (int i = width - 1; i >= 0; --i) *to++ = static_cast<char>(static_cast<uint64>(size) >> (8 * i));
  return to;
}

// Digest of salt and value in hexadecimal, cut to the column's length. `text` is a JSON string.
bool append_hash(JsonWriter& json, const Column& column, std::string_view text) {
  const MaskRule& rule = *column.mask;
  const bool serialised = rule.kind == MaskRule::Kind::kHash;
  constexpr size_t kHead = 13;
  auto* const bytes = static_cast<char*>(palloc_extended(rule.salt.size() + kHead + text.size(), MCXT_ALLOC_HUGE));
  char* const plain = bytes + rule.salt.size() + kHead;
  const auto size = static_cast<size_t>(put_unescaped(plain, text, serialised) - plain);
  char* to = bytes;
  if (!rule.salt.empty()) memcpy(to, rule.salt.data(), rule.salt.size());
  to += rule.salt.size();
  if (serialised) to = put_serialised_head(to, size);
  memmove(to, plain, size);
  uint8 digest[Digest::kMaxSize];
  if (!rule.digest->of({bytes, static_cast<size_t>(to - bytes) + size}, digest)) return false;
  JsonWriter hex;
  hex.open(CurrentMemoryContext, 2 * Digest::kMaxSize + 2);
  append_hex(hex, digest, rule.digest->size);
  const std::string_view whole = hex.view();
  json.append('"');
  json.append(whole.data(), std::min(whole.size(), static_cast<size_t>(source_length(column))));
  json.append('"');
  return true;
}

bool write_hash(JsonWriter& json, const Column& column, Datum value) {
  JsonWriter scratch;
  if (!write_unmasked(scratch, column, value, SIZE_MAX)) return false;
  if (scratch.view().front() != '"') return json.append(scratch.view()), true;
  return append_hash(json, column, scratch.view());
}

void add_parameter(Column& column, const char* name, const char* value) {
  column.parameters = psprintf("%s%s\"%s\":\"%s\"", column.parameters == nullptr ? "" : column.parameters,
                               column.parameters == nullptr ? "" : ",", name, value);
}

void add_stars(Column& column, const MaskRule& rule) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 16);
  json.append('"');
  for (int64 i = 0; i < rule.length; ++i) json.append('*');
  json.append('"');
  column.write = write_stars;
  column.masks_null = true;
  column.null_text = column.absent_text = column.unavailable_text = json.view();
}

// A NULL stays one; what stands for a value that is not known is hashed as the value would be.
void add_hash(Column& column) {
  column.unmasked = column.write;
  column.write = write_hash;
  for (std::string_view* text : {&column.absent_text, &column.unavailable_text}) {
    if (text->empty() || text->front() != '"') continue;
    if (text == &column.absent_text && column.nullable) continue;
    JsonWriter json;
    json.open(CurrentMemoryContext, 2 * Digest::kMaxSize + 2);
    *text = append_hash(json, column, *text) ? json.view() : std::string_view("\"\"");
  }
}

void add_truncation(Column& column, const MaskRule& rule) {
  if (source_length(column) <= rule.length) return;
  add_parameter(column, "truncateLength", psprintf("%lld", static_cast<long long>(rule.length)));
  if (column.element != nullptr) return;
  if (strcmp(column.schema_type, "bytes") == 0) {
    if (column.type == BYTEAOID || column.text != nullptr) column.write = write_truncated_bytes;
    return;
  }
  if (strcmp(column.schema_type, "string") != 0) return;
  column.unmasked = column.write;
  column.write = write_truncated;
  for (std::string_view* text : {&column.absent_text, &column.unavailable_text}) {
    if (text == &column.absent_text && column.nullable) continue;
    JsonWriter json;
    json.open(CurrentMemoryContext, text->size() + 1);
    append_cut(json, *text, rule.length);
    *text = json.view();
  }
}

// What the driver adds for the fraction of a second.
int fraction_width(int typmod) {
  return typmod < 0 ? 7 : typmod == 0 ? 0 : typmod == 1 ? 3 : typmod + 1;
}

}  // namespace

void mask_column(Column& column, std::span<const MaskRule> rules, std::string_view table, std::string_view name,
                 const SourceType& type) {
  const auto joined = [table](std::string_view part) {
    return psprintf("%.*s.%.*s", static_cast<int>(table.size()), table.data(), static_cast<int>(part.size()),
                    part.data());
  };
  const char* column_name = joined(name);
  const char* type_name = joined(type.name);
  const auto matches = [&](const MaskRule& rule) {
    const char* text = rule.kind == MaskRule::Kind::kPropagateType ? type_name : column_name;
    return std::any_of(rule.columns.begin(), rule.columns.end(),
                       [text](const Pattern& pattern) { return pattern.matches(text); });
  };
  const auto rule = std::find_if(rules.begin(), rules.end(), matches);
  if (rule == rules.end()) return;
  if (rule->kind == MaskRule::Kind::kPropagate || rule->kind == MaskRule::Kind::kPropagateType) {
    add_source_type(column, type, name);
    if (std::any_of(rule + 1, rules.end(),
                    [&](const MaskRule& later) { return later.kind >= MaskRule::Kind::kHash && matches(later); })) {
      ereport(WARNING,
              errmsg("column \"%s\" is not hashed: its type is propagated, and of both the connector does that alone",
                     shown(column_name)),
              errhint("Take the column out of column.propagate.source.type and datatype.propagate.source.type."));
    }
    return;
  }
  column.mask = &*rule;
  if (rule->kind == MaskRule::Kind::kTruncate) return add_truncation(column, *rule);
  add_parameter(column, "masked", "true");
  if (!is_characters(column)) return;
  if (rule->kind == MaskRule::Kind::kStars) return add_stars(column, *rule);
  add_hash(column);
}

int source_length(const Column& column) {
  const int typmod = column.typmod;
  switch (column.element != nullptr ? column.element->type : column.type) {
    case BOOLOID:
    case CHAROID:
      return 1;
    case INT2OID:
      return 5;
    case INT4OID:
    case OIDOID:
      return 10;
    case INT8OID:
      return 19;
    case FLOAT4OID:
      return 8;
    case FLOAT8OID:
      return 17;
    case NUMERICOID:
      return typmod < 0 ? 131089 : (typmod - VARHDRSZ) >> 16 & 0xFFFF;
    case BPCHAROID:
    case VARCHAROID:
      return typmod < VARHDRSZ ? kUnlimited : typmod - VARHDRSZ;
    case BITARRAYOID:
    case BITOID:
    case VARBITOID:
      return typmod < 0 ? kUnlimited : typmod;
    case DATEOID:
      return 13;
    case TIMEOID:
      return 8 + fraction_width(typmod);
    case TIMETZOID:
      return 14 + fraction_width(typmod);
    case TIMESTAMPOID:
      return 22 + fraction_width(typmod);
    case TIMESTAMPTZOID:
      return 28 + fraction_width(typmod);
    case INTERVALOID:
      return 49;
    default:
      return kUnlimited;
  }
}

}  // namespace penstock
