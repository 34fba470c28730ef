// What the records of a frame do not show, gathered until the frame closes: one notice for each reason and place.
#pragma once

#include "plugin/pg/memory.h"
#include "plugin/text/json_writer.h"
#include "wire/notice.h"

namespace penstock {

class Notices {
 public:
  // Memory comes from a context below `parent`.
  void open(MemoryContext parent);

  // Counts it. Place and detail are copied; what is longer than a notice may be is cut.
  void add(const wire::Notice& notice);

  bool empty() const { return notices_.empty(); }
  size_t bytes() const { return bytes_; }  // of the records that write() makes

  // Appends a record for each to `to`, forgets them, and gives their number.
  uint32 write(JsonWriter& to);
  // For a reader that sees no frames: a WARNING for each that was not said in this session yet, up to a bound.
  void warn();

 private:
  void forget();

  MemoryContext parent_ = nullptr;
  MemoryContext context_ = nullptr;  // of notices_; reset by forget()
  Array<wire::Notice> notices_;
  size_t bytes_ = 0;
  Array<wire::Notice> said_;
};

static_assert(JumpSafe<Notices>);

}  // namespace penstock
