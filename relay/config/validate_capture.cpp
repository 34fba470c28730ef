#include "relay/config/validate_capture.h"

#include <string>

#include "wire/options.h"

namespace penstock {

namespace {

class Together {
 public:
  explicit Together(const Settings& settings) : settings_(settings) {}

  std::vector<Problem> run() {
    check_configuration_based();
    return std::move(problems_);
  }

 private:
  bool is(std::string_view name, std::string_view value) const {
    const auto found = settings_.find(name);
    return found != settings_.end() && wire::equal_ignoring_case(wire::trim(found->second.value), value);
  }

  void problem(std::string_view name, const std::string& what, const std::string& mend) {
    const Setting& setting = settings_.find(name)->second;
    problems_.push_back({Code::kConfigValue, setting.origin + ": " + std::string(name) + ": " + what, mend});
  }

  void check_configuration_based() {
    constexpr std::string_view kMode = "snapshot.mode";
    if (!is(kMode, "configuration_based")) return;
    const std::string prefix = "snapshot.mode.configuration.based.";
    if (is(prefix + "snapshot.data", "true") || is(prefix + "start.stream", "true")) return;
    problem(kMode, "neither rows nor changes are asked for: the connector would do nothing",
            "set " + prefix + "start.stream=true, " + prefix + "snapshot.data=true, or both");
  }

  const Settings& settings_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> capture_problems(const Settings& settings) {
  return Together(settings).run();
}

}  // namespace penstock
