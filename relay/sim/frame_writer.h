// The model's plugin: makes wire frames of the truth, with random cuts, as the real one may.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "relay/core/frame.h"
#include "relay/sim/checker.h"
#include "relay/sim/history.h"
#include "relay/sim/random.h"
#include "wire/frame.h"

namespace penstock::sim {

std::string topic_of(uint32_t table);

// Builds one frame; relations are defined before their first use in a connection, and again now and then.
class FrameWriter {
 public:
  FrameWriter(Random& random, Coverage& coverage) : random_(random), coverage_(coverage) {}

  void begin();
  void row(uint32_t table, uint32_t key, char op, wire::RecordKind kind, uint8_t part, uint32_t ordinal_delta,
           const Identity& identity);
  Frame finish(wire::Header header);

 private:
  void define(uint32_t table);

  Random& random_;
  Coverage& coverage_;
  std::string bytes_;
  uint32_t count_ = 0;
  std::vector<uint32_t> defined_ = std::vector<uint32_t>(kTables, 0);  // shape + 1
};

}  // namespace penstock::sim
