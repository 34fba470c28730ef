#include "plugin/stored_expression.h"

namespace penstock {

namespace {

constexpr size_t kLengthMax = 1 << 20;
constexpr int kNestingMax = 2 * 100;  // a level is a node and the list of its arguments

}  // namespace

bool is_readable_expression(std::string_view stored) {
  if (stored.size() > kLengthMax) return false;
  int nesting = 0;
  for (size_t i = 0; i < stored.size(); ++i) {
    switch (stored[i]) {
      case '\\':  // what is part of a name
        ++i;
        break;
      case '{':
      case '(':
        if (++nesting > kNestingMax) return false;
        break;
      case '}':
      case ')':
        --nesting;
        break;
      default:
        break;
    }
  }
  return true;
}

Node* read_expression(const char* stored) {
  return is_readable_expression(stored) ? static_cast<Node*>(stringToNode(stored)) : nullptr;
}

bool is_stored_call(std::string_view stored) {
  return stored.starts_with("{FUNCEXPR ") && stored.find(":funcformat 0 ") < stored.find(":args");
}

}  // namespace penstock
