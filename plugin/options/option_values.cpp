#include "plugin/options/option_values.h"

#include "plugin/text/encoding.h"
#include "wire/frame.h"

namespace penstock {

void refuse_later(std::string_view name, std::string_view value) {
  ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
          errmsg("option \"%.*s\" does not know \"%.*s\" yet", length(name), name.data(), length(value), value.data()),
          errdetail("This value comes with a later version."));
  pg_unreachable();
}

void check_setting(const wire::Option& option, const Setting& setting) {
  switch (wire::check_value(option, setting.value)) {
    case wire::ValueFault::kNone:
      return;
    case wire::ValueFault::kNotInteger:
      refuse_value(setting, "It must be a whole number.");
    case wire::ValueFault::kOutOfBounds:
      refuse_value(setting, psprintf("It must be between %lld and %lld.", static_cast<long long>(option.min),
                                     static_cast<long long>(option.max)));
    case wire::ValueFault::kNotBoolean:
      refuse_value(setting, "It must be true or false.");
    case wire::ValueFault::kNotChoice:
      refuse_value(setting, psprintf("It must be one of: %s.", accepted(option.choices)));
    case wire::ValueFault::kLater:
      refuse_later(setting.name, setting.value);
    case wire::ValueFault::kRefused:
      ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
              errmsg("option \"%.*s\" is not supported", length(setting.name), setting.name.data()),
              errhint("%.*s", length(option.help), option.help.data()));
  }
}

XLogRecPtr parse_lsn(const Setting& setting) {
  const std::string_view text = palloc_copy(setting.value);
  bool failed = false;
  const XLogRecPtr lsn = pg_lsn_in_internal(text.data(), &failed);
  if (failed) refuse_value(setting, "It must be a position in the log, such as 0/16B3748.");
  return lsn;
}

uint64 parse_count(const Setting& setting) {
  int64_t number = 0;
  if (!wire::parse_integer(setting.value, number) || number < 0) refuse_value(setting, "It must be a whole number.");
  return static_cast<uint64>(number);
}

void check_wire(const Setting& setting) {
  std::string_view rest = setting.value;
  const std::string_view low = wire::take_part(rest, '-');
  int64_t first = 0, last = 0;
  if (!wire::parse_integer(low, first) || !wire::parse_integer(rest.data() == nullptr ? low : rest, last)) {
    refuse_value(setting, "It must be a range of versions, such as 1-1.");
  }
  if (first <= wire::kVersion && wire::kVersion <= last) return;
  ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
          errmsg("no common version of the frame: the relay offers %.*s, the plugin has %d", length(setting.value),
                 setting.value.data(), static_cast<int>(wire::kVersion)),
          errhint("Upgrade the older of the two: the relay, or the plugin on the server."));
}

std::string_view parse_placeholder(const Setting& setting) {
  std::string_view value = setting.value;
  if (!value.starts_with("hex:")) return to_utf8(value);
  value.remove_prefix(4);
  char* bytes = static_cast<char*>(palloc(value.size() / 2 + 1));
  const auto digit = [](char c) {
    const char lower = wire::to_lower_ascii(c);
    return lower >= '0' && lower <= '9' ? lower - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  if (value.size() % 2 != 0) refuse_value(setting, "After hex: there must be pairs of hexadecimal digits.");
  for (size_t i = 0; i < value.size(); i += 2) {
    const int high = digit(value[i]), low = digit(value[i + 1]);
    if (high < 0 || low < 0) refuse_value(setting, "After hex: there must be pairs of hexadecimal digits.");
    bytes[i / 2] = static_cast<char>(high * 16 + low);
  }
  return {bytes, value.size() / 2};
}

}  // namespace penstock
