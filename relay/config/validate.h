// Checks settings against the table in wire/options.h, and what rows of it cannot say.
#pragma once

#include "relay/config/configuration.h"

namespace penstock {

// Takes settings with resolved values. The result holds only what is known, set and not harmless; choices are in the
// table's spelling, old names have become new ones.
Loaded validate(Settings settings);

// The name of the table that is nearest to `name`; empty if none is near.
std::string nearest_name(std::string_view name);

}  // namespace penstock
