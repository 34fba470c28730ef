// Loads a configuration as connect-standalone does: worker properties, then the connector's file, then --set; resolves
// references, gives old names their new ones, and checks everything against the table in wire/options.h.
#pragma once

#include <string>
#include <vector>

#include "relay/config/configuration.h"

namespace penstock {

struct ConfigurationFiles {
  std::string worker;             // worker.properties; empty: none
  std::string connector;          // JSON, or .properties by its name; empty: none
  std::vector<std::string> sets;  // "name=value", strongest
};

// Never fails: what is wrong is in the result's problems, all of it, in the order of the names.
Loaded load_configuration(const ConfigurationFiles& files);

}  // namespace penstock
