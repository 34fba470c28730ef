#include <iostream>

#include "relay/cli/commands.h"
#include "relay/cli/report.h"
#include "relay/cli/settings.h"
#include "relay/config/reference.h"

namespace penstock {

int check_command(const ConfigurationFiles& files) {
  const Reloaded loaded = load_settings(files);
  if (loaded.settings) {
    for (const std::string& note : loaded.settings->notes) std::cout << note << "\n";
  }
  print_problems(std::cout, loaded.problems);
  return loaded.settings ? kExitOk : kExitConfiguration;
}

int config_docs_command() {
  std::cout << configuration_reference();
  return kExitOk;
}

}  // namespace penstock
