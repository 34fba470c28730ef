// The placeholder for an unchanged value that is stored out of line, in the form of each type (contract 4.1, findings
// A12 and F).

#include "plugin/pg/compat.h"
#include "plugin/text/encoding.h"
#include "plugin/value/column_types.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void append_bytea(JsonWriter& json, const Column& column) {
  const std::string_view text = column.options->unavailable;
  json.append('"');
  switch (column.options->binary) {
    case ValueOptions::Binary::kBytes:
    case ValueOptions::Binary::kBase64:
      append_base64(json, bytes_of(text), text.size());
      break;
    case ValueOptions::Binary::kBase64UrlSafe:
      append_base64(json, bytes_of(text), text.size(), true);
      break;
    case ValueOptions::Binary::kHex:
      json.append_escaped(text);
      break;
  }
  json.append('"');
}

// The codes of the placeholder's bytes, as Java has them: signed.
void append_byte_codes(JsonWriter& json, std::string_view text) {
  json.append('[');
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0) json.append(',');
    json.append_int(static_cast<signed char>(text[i]));
  }
  json.append(']');
}

// Java's UUID.nameUUIDFromBytes: MD5 with the version 3 and the variant set.
bool append_name_uuid(JsonWriter& json, std::string_view text) {
  uint8 digest[16];
  if (!md5_of(text, digest)) return false;
  digest[6] = static_cast<uint8>((digest[6] & 0x0F) | 0x30);
  digest[8] = static_cast<uint8>((digest[8] & 0x3F) | 0x80);
  json.append('"');
  for (size_t i = 0; i < sizeof digest; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) json.append('-');
    append_hex(json, digest + i, 1);
  }
  json.append('"');
  return true;
}

bool is_connect_date(const Column& column) {
  return column.schema_name != nullptr && strcmp(column.schema_name, "org.apache.kafka.connect.data.Date") == 0;
}

bool append_array(JsonWriter& json, const Column& column) {
  const std::string_view text = column.options->unavailable;
  switch (column.element->type) {
    case INT4OID:
    case INT8OID:
    case DATEOID:
      // Plain numbers fit into Debezium's own date only.
      if (strcmp(column.element->schema_type, "string") == 0 || is_connect_date(*column.element)) return false;
      append_byte_codes(json, text);
      return true;
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
    case JSONOID:
    case JSONBOID:
      json.append('[');
      json.append_string(text);
      json.append(']');
      return true;
    case BYTEAOID:
      json.append('[');
      append_bytea(json, *column.element);
      json.append(']');
      return true;
    case UUIDOID:
      json.append('[');
      if (!append_name_uuid(json, text)) return false;
      json.append(']');
      return true;
    default:
      return false;
  }
}

bool append_unavailable(JsonWriter& json, const Column& column) {
  if (column.element != nullptr) return append_array(json, column);
  if (column.write == write_hstore_json || column.write == write_hstore_map) {
    return append_hstore_placeholder(json, column.options->unavailable, column.write == write_hstore_map), true;
  }
  if (column.type == BYTEAOID || column.text != nullptr) return append_bytea(json, column), true;
  if (strcmp(column.schema_type, "string") != 0) return false;
  json.append_string(column.options->unavailable);
  return true;
}

}  // namespace

std::string_view unavailable_json(const Column& column) {
  JsonWriter json;
  json.open(CurrentMemoryContext, 128);
  return append_unavailable(json, column) ? json.view() : column.null_text;
}

}  // namespace penstock
