// One record of an output into the frame: key, value, headers. Used by the stream and by penstock.snapshot().
#pragma once

#include "plugin/record/envelope.h"
#include "plugin/session/frame_buffer.h"

namespace penstock {

// After FrameBuffer::start(), before its finish(); further headers may follow. `plan` is nullptr for records that
// belong to no table. The old row gives the key where `op` is d.
void write_record(FrameBuffer& frame, const Output& output, const Plan* plan, const SourceParts& source, char op,
                  const Inputs& inputs);

}  // namespace penstock
