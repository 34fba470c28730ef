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

void check_replacement(std::string_view transform, const Route& route) {
  const std::string_view text = route.replacement;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      continue;
    }
    if (text[i] != '$') continue;
    const bool number = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    if (number && static_cast<size_t>(text[i + 1] - '0') <= route.regex.group_count()) continue;
    const char* option = psprintf("transforms.%.*s.replacement", length(transform), transform.data());
    refuse_value({option, text}, "After $ there must be the number of a group of the pattern.");
  }
}

}  // namespace

void compile_routes(Array<Route>& routes, std::string_view transforms, std::span<const Setting> settings) {
  std::string_view rest = transforms;
  while (rest.data() != nullptr && !rest.empty()) {
    const std::string_view name = wire::trim(wire::take_part(rest, ','));
    if (name.empty()) continue;
    static_cast<void>(setting_of(settings, name, "type"));  // checked against the table: a RegexRouter
    const char* option = psprintf("transforms.%.*s.regex", length(name), name.data());
    Route route;
    route.regex = Pattern::compile(setting_of(settings, name, "regex"), option, false);
    route.replacement = palloc_copy(setting_of(settings, name, "replacement"));
    check_replacement(name, route);
    routes.add(route);
  }
}

}  // namespace penstock
