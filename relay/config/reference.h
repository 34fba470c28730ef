// The reference of all properties, generated from the table in wire/options.h: docs/configuration.md.
#pragma once

#include <string>

namespace penstock {

std::string configuration_reference();

}  // namespace penstock
