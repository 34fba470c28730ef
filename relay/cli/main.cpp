// The executable `penstock`: the command line, and nothing else.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "relay/cli/commands.h"

namespace {

using penstock::ConfigurationFiles;

constexpr const char* kFiles = "[worker.properties] connector.json";

// The library would write "files(1x)".
class Usage : public CLI::Formatter {
 public:
  std::string make_option_usage(const CLI::Option* /*option*/) const override { return kFiles; }
};

// Files and --set of the commands that read a configuration.
struct FileArguments {
  std::vector<std::string> files;
  std::vector<std::string> sets;

  void add_to(CLI::App& command) {
    command.add_option("files", files, "the connector; before it, what is the worker's, if that is a file of its own")
        ->required()
        ->expected(1, 2);
    command.add_option("--set", sets, "name=value, whatever the files say; may be repeated")->allow_extra_args(false);
  }
  ConfigurationFiles get() const { return {files.size() == 2 ? files.front() : "", files.back(), sets}; }
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Penstock: committed PostgreSQL changes into Kafka, in Debezium's records");
  app.set_version_flag("--version", "penstock " PENSTOCK_VERSION);
  app.require_subcommand(0, 1);  // none is answered below: with 1 an unknown command would be called none
  app.formatter(std::make_shared<Usage>());
  app.footer("Exit status: 0 in order; 1 doctor found a problem; 2 command line or configuration, nothing was run.");

  FileArguments arguments;
  std::string level = "info";
  CLI::App* run = app.add_subcommand("run", "Run the connector until SIGTERM; SIGHUP reads the files again");
  arguments.add_to(*run);
  run->add_option("--log-level", level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  CLI::App* doctor = app.add_subcommand("doctor", "Say what keeps the connector from running, without running it");
  arguments.add_to(*doctor);
  CLI::App* check = app.add_subcommand("check", "Check the configuration alone: nothing is connected to");
  arguments.add_to(*check);
  const CLI::App* docs = app.add_subcommand("config-docs", "Print docs/configuration.md");
  const CLI::App* metrics = app.add_subcommand("metrics-docs", "Print docs/metrics.md");
  const CLI::App* problems = app.add_subcommand("problem-docs", "Print docs/runbooks/problems.md");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" of status 0 too.
    return app.exit(error) == 0 ? penstock::kExitOk : penstock::kExitConfiguration;
  }
  if (app.get_subcommands().empty()) {
    std::cerr << app.help();
    return penstock::kExitConfiguration;
  }
  if (docs->parsed()) return penstock::config_docs_command();
  if (metrics->parsed()) return penstock::metrics_docs_command();
  if (problems->parsed()) return penstock::problem_docs_command();
  if (check->parsed()) return penstock::check_command(arguments.get());
  if (doctor->parsed()) return penstock::doctor_command(arguments.get());
  const penstock::LogLevel least = level == "debug"   ? penstock::LogLevel::kDebug
                                   : level == "warn"  ? penstock::LogLevel::kWarn
                                   : level == "error" ? penstock::LogLevel::kError
                                                      : penstock::LogLevel::kInfo;
  return penstock::run_command(arguments.get(), least);
}
