// Options that say which changes have records and what a snapshot reads, beyond the lists of tables and columns.
#pragma once

#include "plugin/options/options.h"

namespace penstock {

// False: the setting, which was checked against the table, is not one of them.
bool take_capture_option(Options& options, const Setting& setting);

}  // namespace penstock
