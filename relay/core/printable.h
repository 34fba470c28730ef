// Text of others (names, messages of servers) as it may reach a terminal, a log or a page.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// `text` on one line: line ends and tabs become blanks; other control characters, those that turn the direction of
// writing or end a line in Unicode, and bytes that are no UTF-8 become \x1b or \u202e. What is left is valid UTF-8 that
// no terminal takes for a command.
std::string printable(std::string_view text);

}  // namespace penstock
