// What must hold of the frames of one connection, whatever the plugin writes: units come one after the other, whole,
// with rising ends, and changes inside a unit are not numbered backwards. Positions are only as good as this.
#pragma once

#include <cstdint>

#include "relay/core/lsn.h"
#include "wire/frame.h"

namespace penstock {

class StreamOrder {
 public:
  // Takes the next frame's header; nullptr if it is in order, else what is wrong.
  const char* check(const wire::Header& header);

  // Largest `after.end` so far: nothing above may ever be confirmed.
  Lsn received() const { return received_; }

 private:
  const char* check_unit(const wire::Header& header);

  uint64_t last_end_ = 0;      // of the last whole unit
  uint64_t open_commit_ = 0;   // of the unit that has begun and not ended; 0: none
  uint64_t next_ordinal_ = 0;  // inside it
  Lsn received_;
};

}  // namespace penstock
