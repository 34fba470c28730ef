#include "plugin/text/name_adjustment.h"

#include "plugin/pg/pg.h"

namespace penstock {

namespace {

bool is_letter(uint32 unit) {
  return (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z');
}

bool is_digit(uint32 unit) {
  return unit >= '0' && unit <= '9';
}

class Adjuster {
 public:
  Adjuster(NameAdjustment mode, bool dots) : mode_(mode), dots_(dots) { initStringInfo(&out_); }

  // With avro_unicode the underscore is the escape, and so not allowed itself.
  void add(uint32 unit) {
    const bool letter = is_letter(unit) || (unit == '_' && mode_ == NameAdjustment::kAvro);
    const bool fine = letter || (!first_ && (is_digit(unit) || (unit == '.' && dots_)));
    if (fine) {
      appendStringInfoChar(&out_, static_cast<char>(unit));
    } else if (mode_ == NameAdjustment::kAvroUnicode) {
      appendStringInfo(&out_, unit <= 0xFF ? "_u00%x" : "_u%x", unit);
    } else {
      appendStringInfoChar(&out_, '_');
      if (first_ && is_digit(unit)) appendStringInfoChar(&out_, static_cast<char>(unit));
    }
    first_ = false;
  }
  std::string_view text() const { return {out_.data, static_cast<size_t>(out_.len)}; }

 private:
  NameAdjustment mode_;
  bool dots_;
  bool first_ = true;
  StringInfoData out_;
};

std::string_view adjusted(std::string_view name, NameAdjustment mode, bool dots) {
  if (mode == NameAdjustment::kNone) return name;
  Adjuster adjuster(mode, dots);
  for (size_t i = 0; i < name.size();) {
    const auto* at = reinterpret_cast<const unsigned char*>(name.data() + i);
    const size_t size = std::min(static_cast<size_t>(pg_utf_mblen(at)), name.size() - i);
    const uint32 code = utf8_to_unicode(at);
    if (code >= 0x10000) {
      adjuster.add(0xD800 + ((code - 0x10000) >> 10));
      adjuster.add(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      adjuster.add(code);
    }
    i += size;
  }
  return adjuster.text();
}

}  // namespace

std::string_view adjusted_schema_name(std::string_view name, NameAdjustment mode) {
  return adjusted(name, mode, true);
}

std::string_view adjusted_field_name(std::string_view name, NameAdjustment mode) {
  return adjusted(name, mode, false);
}

}  // namespace penstock
