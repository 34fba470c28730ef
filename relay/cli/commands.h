// One function a command of the executable; each gives the exit status.
#pragma once

#include <string>
#include <vector>

#include "relay/config/load.h"
#include "relay/service/log.h"

namespace penstock {

// Documented in --help and docs/configuration.md.
inline constexpr int kExitOk = 0;
inline constexpr int kExitProblems = 1;       // doctor, check: something keeps the connector from running
inline constexpr int kExitConfiguration = 2;  // command line or configuration: nothing was run

int run_command(const ConfigurationFiles& files, LogLevel level);
int doctor_command(const ConfigurationFiles& files);
int check_command(const ConfigurationFiles& files);
int config_docs_command();
int problem_docs_command();
int metrics_docs_command();

}  // namespace penstock
