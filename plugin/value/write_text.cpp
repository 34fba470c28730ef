// Types whose JSON form is a string: characters, uuid, json, network addresses, enums.

#include "plugin/text/encoding.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

bool write_cstring(JsonWriter& json, const char* text) {
  append_server_string(json, text);
  return true;
}

char* put_hex(char* to, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  to[0] = kHex[byte >> 4];
  to[1] = kHex[byte & 15];
  return to + 2;
}

bool write_bytes_with_colons(JsonWriter& json, const unsigned char* bytes, int count) {
  char* to = json.reserve(32);
  *to++ = '"';
  for (int i = 0; i < count; ++i) {
    if (i > 0) *to++ = ':';
    to = put_hex(to, bytes[i]);
  }
  *to++ = '"';
  json.advance_to(to);
  return true;
}

}  // namespace

bool write_text(JsonWriter& json, const Column&, Datum value) {
  const struct varlena* text = PG_DETOAST_DATUM_PACKED(value);
  append_server_string(json, {VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)});
  return true;
}

bool write_name(JsonWriter& json, const Column&, Datum value) {
  return write_cstring(json, NameStr(*DatumGetName(value)));
}

// The connector's stream has no value for columns of type name, its snapshot has (findings B3).
bool write_name_null(JsonWriter& json, const Column& column, Datum) {
  json.append(column.absent_text);
  return true;
}

// One byte; the empty string for 0, and in escaped octal beyond ASCII, as charout has it from 16 on.
bool write_char(JsonWriter& json, const Column&, Datum value) {
  const auto c = static_cast<unsigned char>(DatumGetChar(value));
  if (c < 0x80) {
    const char text = static_cast<char>(c);
    json.append_string({&text, c == 0 ? size_t{0} : size_t{1}});
    return true;
  }
  const char text[4] = {'\\', static_cast<char>('0' + (c >> 6)), static_cast<char>('0' + (c >> 3 & 7)),
                        static_cast<char>('0' + (c & 7))};
  json.append_string({text, sizeof text});
  return true;
}

bool write_uuid(JsonWriter& json, const Column&, Datum value) {
  const pg_uuid_t* uuid = DatumGetUUIDP(value);
  char* to = json.reserve(40);
  *to++ = '"';
  for (int i = 0; i < UUID_LEN; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    to = put_hex(to, uuid->data[i]);
  }
  *to++ = '"';
  json.advance_to(to);
  return true;
}

bool write_jsonb(JsonWriter& json, const Column&, Datum value) {
  Jsonb* document = DatumGetJsonbP(value);
  StringInfoData text;
  initStringInfo(&text);
  JsonbToCString(&text, &document->root, static_cast<int>(VARSIZE(document)));
  append_server_string(json, {text.data, static_cast<size_t>(text.len)});
  return true;
}

bool write_xml(JsonWriter& json, const Column&, Datum value) {
  return write_cstring(json, DatumGetCString(DirectFunctionCall1(xml_out, value)));
}

bool write_inet(JsonWriter& json, const Column&, Datum value) {
  return write_cstring(json, DatumGetCString(DirectFunctionCall1(inet_out, value)));
}

bool write_cidr(JsonWriter& json, const Column&, Datum value) {
  return write_cstring(json, DatumGetCString(DirectFunctionCall1(cidr_out, value)));
}

bool write_macaddr(JsonWriter& json, const Column&, Datum value) {
  const macaddr* address = DatumGetMacaddrP(value);
  const unsigned char bytes[] = {address->a, address->b, address->c, address->d, address->e, address->f};
  return write_bytes_with_colons(json, bytes, 6);
}

bool write_macaddr8(JsonWriter& json, const Column&, Datum value) {
  const macaddr8* address = DatumGetMacaddr8P(value);
  const unsigned char bytes[] = {address->a, address->b, address->c, address->d,
                                 address->e, address->f, address->g, address->h};
  return write_bytes_with_colons(json, bytes, 8);
}

// A label that the plan does not know was added after it was built: looked up for this value.
bool write_enum(JsonWriter& json, const Column& column, Datum value) {
  const Oid oid = DatumGetObjectId(value);
  size_t first = 0;
  size_t end = column.label_count;
  while (first < end) {
    const size_t middle = (first + end) / 2;
    if (column.labels[middle].oid < oid)
      first = middle + 1;
    else
      end = middle;
  }
  if (first < column.label_count && column.labels[first].oid == oid) {
    json.append(column.labels[first].json);
    return true;
  }
  const HeapTuple tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(oid));
  if (!HeapTupleIsValid(tuple)) return false;
  write_cstring(json, NameStr(reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->enumlabel));
  ReleaseSysCache(tuple);
  return true;
}

bool write_output(JsonWriter& json, const Column& column, Datum value) {
  return write_cstring(json, OutputFunctionCall(column.output, value));
}

}  // namespace penstock
