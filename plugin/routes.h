// Transforms that rename topics: RegexRouter, read from transforms and transforms.<name>.*.
#pragma once

#include <string_view>

#include "plugin/options.h"

namespace penstock {

// `transforms` is the list of names, in the order in which they are applied; `settings` holds transforms.<name>.*,
// whose types were checked against the table. ERROR 22023 if one is missing or the replacement names a group that is
// not there.
void compile_routes(Array<Route>& routes, std::string_view transforms, std::span<const Setting> settings);

}  // namespace penstock
