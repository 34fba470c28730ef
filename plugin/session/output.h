// Where frames go: into the replication stream as they are, or, for people, as one line of JSON a record. Sole caller
// of OutputPluginPrepareWrite() and OutputPluginWrite().
#pragma once

#include "plugin/options/options.h"
#include "plugin/pg/pg.h"
#include "plugin/session/frame_buffer.h"

namespace penstock {

// Writes the frame that `frame` holds, and clears it.
void write_frame(LogicalDecodingContext* ctx, FrameBuffer& frame, const wire::Header& header, const Options& options);

}  // namespace penstock
