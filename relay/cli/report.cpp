#include "relay/cli/report.h"

#include <algorithm>
#include <ostream>

#include "relay/core/printable.h"

namespace penstock {

bool any_grave(const std::vector<Problem>& problems) {
  return std::ranges::any_of(problems,
                             [](const Problem& problem) { return info(problem.code).klass != ProblemClass::kWarn; });
}

void print_problems(std::ostream& to, const std::vector<Problem>& problems) {
  if (problems.empty()) {
    to << "no problems\n";
    return;
  }
  const auto rank = [](const Problem& problem) { return info(problem.code).klass == ProblemClass::kWarn ? 1 : 0; };
  std::vector<Problem> sorted = problems;
  std::ranges::stable_sort(sorted, {}, rank);
  for (const Problem& problem : sorted) {
    const ProblemInfo& row = info(problem.code);
    to << row.name << " (" << name(row.klass) << "): " << printable(problem.what) << "\n";
    const std::string_view mend = problem.mend.empty() ? row.mend : std::string_view(problem.mend);
    if (!mend.empty()) to << "  mend: " << printable(mend) << "\n";
  }
}

}  // namespace penstock
