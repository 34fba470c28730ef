// Rows of COPY ... TO STDOUT (FORMAT binary) with one column that is never null, as they come in CopyData messages.
// Pure; any bytes may be given, in pieces of any size. PostgreSQL documentation, "COPY, Binary Format":
//
//   copy   := 'PGCOPY\n\377\r\n\0' flags:i32 extension_size:i32 extension tuple* -1:i16
//   tuple  := 1:i16 size:i32 bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

class BinaryCopyReader {
 public:
  enum class Next : uint8_t {
    kRow,      // `row` holds the next value
    kMore,     // feed() more
    kEnd,      // the trailer was read: nothing follows
    kDamaged,  // not what the grammar says; for ever
  };

  // `row_bytes_max` bounds what one row may claim to be.
  explicit BinaryCopyReader(size_t row_bytes_max) : row_bytes_max_(row_bytes_max) {}

  // Takes in one message. Call next() until it gives something else than kRow before the next one.
  void feed(std::string_view message);
  Next next(std::string& row);

 private:
  enum class State : uint8_t { kHeader, kExtension, kTuples, kEnd, kDamaged };

  bool take_header();
  Next take_tuple(std::string& row);
  void consume(size_t size);

  size_t row_bytes_max_;
  State state_ = State::kHeader;
  size_t extension_left_ = 0;
  std::string bytes_;  // fed and not read: from at_ on
  size_t at_ = 0;
};

}  // namespace penstock
