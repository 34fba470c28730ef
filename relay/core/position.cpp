#include "relay/core/position.h"

namespace penstock {

std::string to_string(const Position& position) {
  std::string text = to_string(position.end);
  if (position.inside_unit()) {
    text += '+';
    text += to_string(position.commit_lsn);
    text += ':';
    text += std::to_string(position.ordinal);
  }
  return text;
}

}  // namespace penstock
