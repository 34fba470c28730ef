// penstock_sim: runs seeds, says which one broke what. `--seed N --verbose` replays one.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "relay/sim/world.h"

namespace {

using penstock::sim::Coverage;
using penstock::sim::kRareNames;
using penstock::sim::Violation;
using penstock::sim::World;

struct Arguments {
  uint64_t first = 1;
  uint64_t count = 10000;
  bool verbose = false;
  bool rare = true;  // every rare state must be reached
};

// For the handler of a CHECK that fails.
char g_running[64];  // NOLINT: a signal handler has no other way to know

void on_abort(int) {
  std::fputs(g_running, stderr);
  std::fflush(stderr);
}

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (word == "--verbose") {
      arguments.verbose = true;
    } else if (word == "--no-rare") {
      arguments.rare = false;
    } else if (at + 1 < argc && (word == "--seed" || word == "--first" || word == "--count")) {
      const uint64_t number = std::strtoull(argv[++at], nullptr, 10);
      if (word == "--count") {
        arguments.count = number;
      } else {
        arguments.first = number;
      }
      if (word == "--seed") {
        arguments.count = 1;
        arguments.rare = false;
      }
    } else {
      std::fprintf(stderr, "usage: penstock_sim [--first N] [--count N] [--seed N] [--verbose] [--no-rare]\n");
      return false;
    }
  }
  return true;
}

int report_rare(const Coverage& coverage, bool required) {
  int missing = 0;
  for (size_t at = 0; at < kRareNames.size(); ++at) {
    const bool reached = coverage.times[at] > 0;
    if (!reached) ++missing;
    std::printf("%10lu  %s%s\n", static_cast<unsigned long>(coverage.times[at]), std::string(kRareNames[at]).c_str(),
                reached ? "" : "  NEVER REACHED");
  }
  return required && missing > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) return 2;
  std::signal(SIGABRT, on_abort);
  Coverage coverage;
  uint64_t turns = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t seed = arguments.first; seed < arguments.first + arguments.count; ++seed) {
    std::snprintf(g_running, sizeof g_running, "seed %lu: CHECK failed\n", static_cast<unsigned long>(seed));
    World world(seed, coverage, arguments.verbose);
    try {
      world.run();
    } catch (const Violation& violation) {
      std::printf("seed %lu: %s\nreplay: penstock_sim --seed %lu --verbose\n", static_cast<unsigned long>(seed),
                  violation.what(), static_cast<unsigned long>(seed));
      return 1;
    }
    turns += world.turns();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const int missing = arguments.count == 1 ? 0 : report_rare(coverage, arguments.rare);
  std::printf("simulation: %lu seeds from %lu, %lu turns, %.1f s: %s\n", static_cast<unsigned long>(arguments.count),
              static_cast<unsigned long>(arguments.first), static_cast<unsigned long>(turns), took.count(),
              missing == 0 ? "no violation" : "rare states were not reached");
  return missing;
}
