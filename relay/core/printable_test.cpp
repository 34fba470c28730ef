#include "relay/core/printable.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Printable, LeavesTextAlone) {
  for (const char* text : {"", "table public.orders", "Größe, 表, 😀", "a \\ b \"c\""}) EXPECT_EQ(printable(text), text);
}

TEST(Printable, KeepsOneLine) {
  EXPECT_EQ(printable("a\nb\r\n\tc"), "a b   c");
  EXPECT_EQ(printable("a\xe2\x80\xa8ghost line"), "a\\u2028ghost line");
}

TEST(Printable, NothingOfItCommandsATerminal) {
  EXPECT_EQ(printable("\x1b[2J\x1b]0;owned\x07"), "\\x1b[2J\\x1b]0;owned\\x07");
  EXPECT_EQ(printable("\xc2\x9b[2J\x7f\b"), "\\x9b[2J\\x7f\\x08");  // CSI as one character of C1
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xe2\x80\xaetxt.exe"), "\\u202etxt.exe");
}

TEST(Printable, BytesThatAreNoUtf8ShowAsBytes) {
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");                    // longer than needed
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
}

}  // namespace
}  // namespace penstock
