#include <iostream>

#include "relay/cli/commands.h"
#include "relay/http/metric_table.h"

namespace penstock {

int metrics_docs_command() {
  std::cout << metrics_reference();
  return kExitOk;
}

}  // namespace penstock
