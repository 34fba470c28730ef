#include "plugin/session/record_writer.h"

namespace penstock {

void write_record(FrameBuffer& frame, const Output& output, const Plan* plan, const SourceParts& source, char op,
                  const Inputs& inputs) {
  JsonWriter& json = frame.json();
  const bool deletes = op == 'd';
  if (output.key_direct) {
    write_key(json, *plan, deletes ? *inputs.old_row : *inputs.new_row);
    frame.key_done();
  } else if (output.has_key) {
    output.key.run(json, inputs);
    frame.key_done();
  } else {
    frame.no_key();
  }
  if (output.value_direct) {
    const bool has_before = op == 'u' || deletes;  // the other key of a moved row is in the inputs too
    write_envelope(json, *plan, source, *inputs.stamp, op, has_before ? inputs.old_row : nullptr,
                   deletes ? nullptr : inputs.new_row);
    frame.value_done();
  } else if (output.has_value) {
    output.value.run(json, inputs);
    frame.value_done();
  } else {
    frame.no_value();
  }
  for (const OutputHeader& header : output.headers) frame.header(header.name, header.value.header_text(inputs));
}

}  // namespace penstock
