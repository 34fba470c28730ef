#include "plugin/text/setting.h"

namespace penstock {

void refuse_value(const Setting& setting, const char* expected) {
  ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
          errmsg("invalid value for option \"%.*s\": \"%.*s\"", length(setting.name), setting.name.data(),
                 length(setting.value), setting.value.data()),
          errhint("%s", expected));
  pg_unreachable();
}

// "a|b|old=a" as "a, b".
const char* accepted(std::string_view choices) {
  StringInfoData names;
  initStringInfo(&names);
  while (choices.data() != nullptr && !choices.empty()) {
    const std::string_view choice = wire::take_part(choices, '|');
    if (memchr(choice.data(), '=', choice.size()) != nullptr) continue;
    appendStringInfo(&names, "%s%.*s", names.len == 0 ? "" : ", ", length(choice), choice.data());
  }
  return names.data;
}

bool is_true(std::string_view value) {
  return wire::parse_boolean(value) == wire::Boolean::kTrue;
}

}  // namespace penstock
