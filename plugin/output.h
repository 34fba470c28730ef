// Where frames go: into the replication stream as they are, or, for people, as one line of JSON a record. Sole caller
// of OutputPluginPrepareWrite() and OutputPluginWrite().
#pragma once

#include "plugin/frame_buffer.h"
#include "plugin/options.h"
#include "plugin/pg.h"

namespace penstock {

// Writes the frame that `frame` holds, and clears it.
void write_frame(LogicalDecodingContext* ctx, FrameBuffer& frame, const wire::Header& header, const Options& options);

}  // namespace penstock
