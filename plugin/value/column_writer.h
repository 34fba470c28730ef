// How the value of a column becomes JSON: Datum in, bytes out. One Column is made per column when a plan is built and
// serves every row; writing looks nothing up in catalogs, allocates nothing but scratch in CurrentMemoryContext (the
// change context), and does not depend on session settings.
//
// Never an ERROR on data, except where event.converting.failure.handling.mode is `fail`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "plugin/pg/pg.h"
#include "plugin/text/json_writer.h"
#include "plugin/text/name_adjustment.h"
#include "plugin/value/unconvertible.h"

namespace penstock {

// What is known of a value, as the caller classified it; the writers never look at a TOAST tag.
enum class State : uint8_t {
  kNull,   // SQL NULL
  kValue,  // the Datum holds it, fetched or fetchable (short and compressed varlenas are fine, on-disk ones are not)
  kUnavailable,  // unchanged and stored out of line: the placeholder
  kAbsent,       // not part of a key-only old tuple: null, or default or zero value in a NOT NULL column
};

// Values of the properties that change how a value is written. The key may have others than the value.
struct ValueOptions {
  enum class Decimal : uint8_t { kPrecise, kDouble, kString };
  enum class Time : uint8_t { kAdaptive, kAdaptiveTimeMicroseconds, kConnect, kIsostring, kMicroseconds, kNanoseconds };
  enum class Binary : uint8_t { kBytes, kBase64, kBase64UrlSafe, kHex };
  enum class Interval : uint8_t { kNumeric, kString };
  enum class Hstore : uint8_t { kJson, kMap };
  enum class OnFailure : uint8_t { kWarn, kSkip, kFail };

  Decimal decimal = Decimal::kPrecise;                 // decimal.handling.mode
  Time time = Time::kAdaptive;                         // time.precision.mode
  Binary binary = Binary::kBytes;                      // binary.handling.mode
  Interval interval = Interval::kNumeric;              // interval.handling.mode
  Hstore hstore = Hstore::kJson;                       // hstore.handling.mode
  OnFailure on_failure = OnFailure::kWarn;             // event.converting.failure.handling.mode
  bool decimal_as_number = false;                      // *.converter.decimal.format = NUMERIC
  bool null_as_default = true;                         // *.converter.replace.null.with.default
  NameAdjustment field_names = NameAdjustment::kNone;  // field.name.adjustment.mode
  bool include_unknown = false;                        // include.unknown.datatypes
  bool composite_struct = false;                       // penstock.composite.handling.mode
  int money_digits = 2;                                // money.fraction.digits
  Unconvertible* unconvertible = nullptr;              // where on_failure=warn tells of columns; null: nowhere
  size_t document_bytes_max = SIZE_MAX;                // JSON text of a document that is still expanded
  bool snapshot = false;  // columns of type name have a value in snapshots only (findings B3)
  std::string_view unavailable = "__debezium_unavailable_value";  // unavailable.value.placeholder after hex:, raw bytes
};

struct Column;
struct Composite;
struct MaskRule;

// Appends one JSON value. False if the value has no form in this mode; then what was appended is to be cut off.
using WriteValue = bool (*)(JsonWriter&, const Column&, Datum);

// Text of a value in UTF-8, in CurrentMemoryContext (type_text.h).
using TextOf = std::string_view (*)(const Column&, Datum);

struct EnumLabel {
  Oid oid;
  std::string_view json;  // quoted and escaped
};

// Fields that the structs of a table may still have, those of nested structs included. Each takes a kilobyte or two in
// the plan, and types that contain a type twice double with each level.
struct StructFields {
  size_t left = 4000;
};

struct Column {
  AttrNumber attnum = 0;
  bool nullable = true;
  bool as_struct = false;  // if it is of a composite type, or an array of one: mode struct, and it fits
  Oid type = 0;            // base type of a domain; of an array's elements in `element`
  int32 typmod = -1;       // the domain's, if it has one
  int scale = 0;           // numeric, money: digits after the point; date and time types: fraction digits, 0 to 6
  int length = 0;  // character and bit types: declared length, 0 if none; money: digits after the point as stored
  WriteValue write = nullptr;
  const ValueOptions* options = nullptr;
  std::string_view name;              // UTF-8, as in the record
  std::string_view segment;           // ,"name":    the caller turns the first comma of a row into {
  std::string_view null_text;         // what NULL prints: null, or the default (JsonConverter's rule)
  std::string_view absent_text;       // State::kAbsent
  std::string_view unavailable_text;  // State::kUnavailable
  std::string_view default_text;      // JSON of the schema's default; data() is null if it has none
  const Column* element = nullptr;    // of an array: how its elements are written, and how they are laid out:
  int16 element_size = 0;             // typlen
  bool element_by_value = false;      // typbyval
  char element_align = 0;             // typalign
  bool elements_not_null = false;     // NULL among the elements leaves the array without a form
  const EnumLabel* labels = nullptr;  // of an enum, sorted by oid
  size_t label_count = 0;
  FmgrInfo* output = nullptr;            // types that are written by their output function; of ranges, the bounds'
  TypeCacheEntry* range = nullptr;       // of a range
  TextOf text = nullptr;                 // types that have no form of their own
  const Composite* composite = nullptr;  // write_composite.cpp
  const MaskRule* mask = nullptr;        // mask.h
  WriteValue unmasked = nullptr;         // the writer behind a mask
  const char* schema_type = nullptr;     // Connect schema type: "int32", "bytes", "array" …
  const char* schema_name = nullptr;     // semantic name, or null; its version is 1
  const char* schema_inner = nullptr;    // as in Shape
  const char* schema_doc = nullptr;
  const char* parameters = nullptr;  // members of the schema's "parameters", without braces; null: none
  bool finite_only = false;          // of a numeric: NaN and the infinities have no form in any mode
  bool masks_null = false;           // NULL prints as a mask, whatever the schema's default is
  bool always_optional = false;      // the schema is optional even where the column is not
  const char* full_name = nullptr;   // schema.table.column, for messages; server encoding
  const char* type_name = nullptr;   // PostgreSQL's, for messages; server encoding

  bool schema_is_optional() const { return nullable || always_optional; }
};

// Fills `column` from the catalogs as of the current snapshot, for the attribute `attnum` of `relation`; everything it
// points to is allocated in CurrentMemoryContext (the plan's). `options` must live as long as the column.
// False if the type has no form in records: the column is left out, and `type_name` says which type it was. Composites
// that no longer fit into `fields` are as with penstock.composite.handling.mode=unknown, told by a WARNING.
[[nodiscard]] bool prepare_column(Column& column, Relation relation, AttrNumber attnum, const ValueOptions& options,
                                  StructFields& fields);

// Cuts off what stands beyond `start` and writes what event.converting.failure.handling.mode asks for: null, or the
// default where null prints as that. In mode warn the column is told by ValueOptions::unconvertible.
void write_unconvertible(JsonWriter& json, const Column& column, size_t start);

// Appends the JSON value of a column (without its name).
inline void write_column(JsonWriter& json, const Column& column, State state, Datum value) {
  switch (state) {
    case State::kValue: {
      const size_t start = json.size();
      if (__builtin_expect(!column.write(json, column, value), 0)) write_unconvertible(json, column, start);
      return;
    }
    case State::kNull:
      return json.append(column.null_text);
    case State::kUnavailable:
      return json.append(column.unavailable_text);
    case State::kAbsent:
      return json.append(column.absent_text);
  }
}

static_assert(std::is_trivially_destructible_v<Column>);

}  // namespace penstock
