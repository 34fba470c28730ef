// replica.identity.autoset.values: which replica identity the relay gives to which table.
#pragma once

#include <string_view>

#include "plugin/options/options.h"

namespace penstock {

// "public.*:FULL,public.t:INDEX t_key": adds its rules to options. ERROR 22023 if it is malformed.
void add_identity_rules(Options& options, const Setting& setting);

// What stands behind ALTER TABLE … REPLICA IDENTITY: "FULL", "DEFAULT", "NOTHING" or "USING INDEX \"t_key\""; data()
// null: no rule matches. `name` is schema.table. ERROR 22023 if two rules match it.
std::string_view wanted_identity(const Options& options, std::string_view name);

}  // namespace penstock
