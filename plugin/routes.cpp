#include "plugin/routes.h"

#include "plugin/option_values.h"

namespace penstock {

namespace {

std::string_view setting_of(std::span<const Setting> settings, std::string_view transform, const char* what) {
  const std::string_view wanted = psprintf("transforms.%.*s.%s", length(transform), transform.data(), what);
  for (const Setting& setting : settings) {
    if (setting.name == wanted) return setting.value;
  }
  ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("option \"%s\" is missing", wanted.data()),
          errdetail("The transform \"%.*s\" needs it.", length(transform), transform.data()));
  pg_unreachable();
}

}  // namespace

void compile_routes(Array<Route>& routes, std::string_view transforms, std::span<const Setting> settings) {
  std::string_view rest = transforms;
  while (rest.data() != nullptr && !rest.empty()) {
    const std::string_view name = wire::trim(wire::take_part(rest, ','));
    if (name.empty()) continue;
    static_cast<void>(setting_of(settings, name, "type"));  // checked against the table: a RegexRouter
    const char* pattern = psprintf("transforms.%.*s.regex", length(name), name.data());
    const char* replacement = psprintf("transforms.%.*s.replacement", length(name), name.data());
    routes.add(Replacement::compile(setting_of(settings, name, "regex"), pattern,
                                    setting_of(settings, name, "replacement"), replacement));
  }
}

}  // namespace penstock
