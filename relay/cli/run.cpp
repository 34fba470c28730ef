#include <iostream>

#include "relay/cli/commands.h"
#include "relay/cli/report.h"
#include "relay/cli/settings.h"
#include "relay/service/service.h"

namespace penstock {

int run_command(const ConfigurationFiles& files, LogLevel level) {
  Reloaded loaded = load_settings(files);
  if (!loaded.settings) {
    // The first line is the reason, the second the mend.
    print_problems(std::cerr, loaded.problems);
    return kExitConfiguration;
  }
  Log log(Log::under_journald(), level);
  log.write(LogLevel::kInfo, "penstock " PENSTOCK_VERSION " starts");
  return run_service(
      std::move(*loaded.settings), [&files] { return load_settings(files); }, log);
}

}  // namespace penstock
