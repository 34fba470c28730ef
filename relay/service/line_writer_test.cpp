#include "relay/service/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace penstock {
namespace {

constexpr std::chrono::seconds kLong{20};

std::string tell(uint64_t lost) {
  return "lost " + std::to_string(lost) + "\n";
}

class LineWriterTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  void TearDown() override { close(ends_[0]); }  // the other end stays open for a thread that may write to it

  // Until `last` is the end of what was read.
  std::string read_until(const std::string& last) {
    std::string text;
    std::array<char, 65536> part{};
    while (!text.ends_with(last)) {
      const ssize_t count = read(ends_[0], part.data(), part.size());
      if (count <= 0) break;
      text.append(part.data(), static_cast<size_t>(count));
    }
    return text;
  }

  std::array<int, 2> ends_{};
};

TEST_F(LineWriterTest, LinesInTheirOrder) {
  LineWriter writer(ends_[1], tell);
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    writer.write(std::to_string(i) + "\n");
    all += std::to_string(i) + "\n";
  }
  EXPECT_TRUE(writer.flush(kLong));
  EXPECT_EQ(read_until("999\n"), all);
  EXPECT_EQ(writer.lost(), 0u);
}

TEST_F(LineWriterTest, AReaderThatStandsHoldsNobodyUpAndIsToldWhatItMissed) {
  LineWriter writer(ends_[1], tell);
  const std::string line = std::string(1023, 'x') + "\n";
  const size_t lines = 2 * LineWriter::kBytesMax / line.size();
  for (size_t i = 0; i < lines; ++i) writer.write(line);  // returns: nobody reads
  const uint64_t lost = writer.lost();
  EXPECT_GT(lost, lines / 4);
  EXPECT_LT(lost, lines);
  const std::string told = tell(lost);
  const std::string text = read_until(told);
  EXPECT_EQ(text.size(), (lines - lost) * line.size() + told.size());
  writer.write("news\n");
  EXPECT_EQ(read_until("news\n"), "news\n");
  EXPECT_EQ(writer.lost(), lost);
}

TEST_F(LineWriterTest, EndsAlthoughItsReaderStands) {
  const auto began = std::chrono::steady_clock::now();
  {
    LineWriter writer(ends_[1], tell);
    for (size_t i = 0; i < 4; ++i) writer.write(std::string(LineWriter::kBytesMax / 4, 'x'));
    EXPECT_FALSE(writer.flush(std::chrono::milliseconds(1)));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLong / 2);
}

TEST_F(LineWriterTest, ADescriptorThatCannotBeWrittenIsCountedAndHoldsNothing) {
  const int read_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    LineWriter writer(read_only, tell);
    writer.write("nowhere\n");
    EXPECT_TRUE(writer.flush(kLong));
    EXPECT_EQ(writer.lost(), 1u);
  }
  close(read_only);
}

}  // namespace
}  // namespace penstock
