#include "relay/postgres/binary_copy.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace penstock {
namespace {

using namespace std::string_literals;
using Next = BinaryCopyReader::Next;

const std::string kHeader = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"s;
const std::string kTrailer = "\377\377"s;
constexpr size_t kRowBytesMax = 1000;

std::string tuple(const std::string& bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  std::string text = "\0\1"s;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(size >> shift);
  return text + bytes;
}

struct Outcome {
  std::vector<std::string> rows;
  Next last = Next::kMore;
};

Outcome read_in_pieces(const std::string& bytes, size_t piece) {
  BinaryCopyReader reader(kRowBytesMax);
  Outcome outcome;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const std::string copy = bytes.substr(at, piece);
    reader.feed(copy);
    std::string row;
    while ((outcome.last = reader.next(row)) == Next::kRow) outcome.rows.push_back(row);
  }
  return outcome;
}

TEST(BinaryCopy, ReadsRowsHoweverTheyAreCut) {
  const std::string extended = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\3abc"s;
  for (const std::string& header : {kHeader, extended}) {
    const std::string bytes = header + tuple("first") + tuple("") + tuple(std::string(700, 'x')) + kTrailer;
    for (size_t piece = 1; piece <= bytes.size(); ++piece) {
      const Outcome outcome = read_in_pieces(bytes, piece);
      EXPECT_EQ(outcome.last, Next::kEnd) << piece;
      EXPECT_EQ(outcome.rows, (std::vector<std::string>{"first", "", std::string(700, 'x')})) << piece;
    }
  }
}

TEST(BinaryCopy, WaitsForMoreAtEveryTruncation) {
  const std::string bytes = kHeader + tuple("first") + kTrailer;
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(read_in_pieces(bytes.substr(0, size), size).last, Next::kMore) << size;
  }
}

TEST(BinaryCopy, RefusesWhatTheGrammarDoesNotKnow) {
  EXPECT_EQ(read_in_pieces("PGCOPX", 6).last, Next::kDamaged);
  EXPECT_EQ(read_in_pieces("PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0"s, 19).last, Next::kDamaged);  // a critical flag
  EXPECT_EQ(read_in_pieces("PGCOPY\n\377\r\n\0\0\0\0\0\377\377\377\377"s, 19).last, Next::kDamaged);
  EXPECT_EQ(read_in_pieces(kHeader + "\0\2"s, 100).last, Next::kDamaged);                  // two columns
  EXPECT_EQ(read_in_pieces(kHeader + "\0\1\377\377\377\377"s, 100).last, Next::kDamaged);  // null
  EXPECT_EQ(read_in_pieces(kHeader + "\0\1\0\0\3\351"s, 100).last, Next::kDamaged);        // 1001 bytes
  EXPECT_EQ(read_in_pieces(kHeader + kTrailer + "x", 100).last, Next::kDamaged);
}

TEST(BinaryCopy, StaysDamaged) {
  BinaryCopyReader reader(kRowBytesMax);
  std::string row;
  reader.feed("x");
  EXPECT_EQ(reader.next(row), Next::kDamaged);
  reader.feed(kHeader + tuple("first"));
  EXPECT_EQ(reader.next(row), Next::kDamaged);
}

TEST(BinaryCopy, BearsAnyBytes) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string whole = kHeader + tuple("first") + tuple("second") + kTrailer;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (int flips = 0; flips < 3; ++flips) bytes[random() % bytes.size()] = static_cast<char>(random());
    const Outcome outcome = read_in_pieces(bytes, 1 + random() % bytes.size());
    EXPECT_LE(outcome.rows.size(), 12u);  // a tuple has at least six bytes
  }
}

}  // namespace
}  // namespace penstock
