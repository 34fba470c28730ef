// What the plugin told of data that no record shows (records of kind `n`, wire/notice.h), by problem code and place.
// Part of Stats: it lives as long as the process, and is copied for other threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "relay/core/problem.h"
#include "wire/notice.h"

namespace penstock {

class Notices {
 public:
  // Of each code, places that are remembered by name; what comes for others is counted with the code.
  static constexpr size_t kPlacesMax = 100;

  // Codes that notices may have.
  static std::span<const Code> codes();

  void add(const wire::Notice& notice);

  // How often each code came since the process started. A unit that is sent again counts again.
  const ProblemCounts& counts() const { return counts_; }

  // For the log: a problem for each place that came for the first time, since the last call.
  std::vector<Problem> take_news();

  // For as long as the warning stands: a problem for each code, which names the first places with their counts.
  std::vector<Problem> standing() const;

  // Somebody has seen to it: nothing stands any more, and each place is news again. Counts go on.
  void settle();

 private:
  struct Place {
    std::string name;
    std::string detail;
    uint64_t count = 0;
  };
  // Of one code.
  struct Group {
    Code code = Code::kPgNotice;
    std::vector<Place> places;  // as they came
    size_t said = 0;            // of them
    uint64_t elsewhere = 0;     // notices of places beyond kPlacesMax
    bool elsewhere_said = false;
  };

  Group& group_of(Code code);

  std::vector<Group> groups_;
  ProblemCounts counts_{};
};

}  // namespace penstock
