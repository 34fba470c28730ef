// One configuration in the words of each room: what relay/config loaded, as settings of core, postgres, kafka and
// service.
#pragma once

#include "relay/config/load.h"
#include "relay/service/service.h"

namespace penstock {

// Loads the files and hands them on. `problems` of another class than kWarn: there are no settings.
Reloaded load_settings(const ConfigurationFiles& files);

}  // namespace penstock
