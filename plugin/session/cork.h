// Joins the frames of a backlog on their way out: TCP_CORK on the socket of this walsender, so that it pays one send
// and the reader one wake-up for many small transactions. Not for the socket of anything but a walsender, and not for
// Unix sockets. TLS and GSS are above it: their packets are joined as well. Without effect where the kernel has no
// TCP_CORK.
//
// A corked socket keeps what fills no segment. There is no callback when the log has come to its end, or when nothing
// in it is ours, so a timer of the server's takes the cork out a millisecond after it was put in, whatever the
// walsender does then; without a backlog it is not put in at all. An ERROR, and the end of the session, take it out
// with the memory context of the session, and the kernel does after 200 ms in any case.
#pragma once

#include "plugin/pg/memory.h"

namespace penstock {

class Cork {
 public:
  // In `context`, which lives as long as the decoding session. Until open() the rest does nothing.
  void open(MemoryContext context);

  // Around the write of a frame of the unit that ends at `end`.
  void before_write(XLogRecPtr end);
  void after_write();

 private:
  bool open_ = false;
  bool behind_ = false;
  XLogRecPtr end_of_log_ = 0;  // as it was when last looked at; it only grows
};

static_assert(JumpSafe<Cork>);

}  // namespace penstock
