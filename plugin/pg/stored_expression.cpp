#include "plugin/pg/stored_expression.h"

namespace penstock {

bool is_readable_expression(std::string_view stored, const ExpressionBounds& bounds) {
  if (stored.size() > bounds.bytes) return false;
  const int nesting_max = 2 * bounds.levels;  // a level is a node and the list of its arguments
  int nesting = 0;
  for (size_t i = 0; i < stored.size(); ++i) {
    switch (stored[i]) {
      case '\\':  // what is part of a name
        ++i;
        break;
      case '{':
      case '(':
        if (++nesting > nesting_max) return false;
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

Node* read_expression(const char* stored, const ExpressionBounds& bounds) {
  return is_readable_expression(stored, bounds) ? static_cast<Node*>(stringToNode(stored)) : nullptr;
}

bool is_stored_call(std::string_view stored) {
  return stored.starts_with("{FUNCEXPR ") && stored.find(":funcformat 0 ") < stored.find(":args");
}

}  // namespace penstock
