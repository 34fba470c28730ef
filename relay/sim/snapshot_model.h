// The rows of an exported snapshot, as the relay reads them: in ranges, some of them empty.
#pragma once

#include <cstdint>
#include <vector>

#include "relay/core/ports.h"
#include "relay/sim/postgres_model.h"

namespace penstock::sim {

class SnapshotModel final : public Source {
 public:
  // `first`: no position may be stored before every row is in Kafka. `anew`: see Checker::snapshot_begins().
  SnapshotModel(PostgresModel& server, bool first, uint64_t point, bool anew);
  Result<bool> receive(Frame& frame, Time now) override;
  Status confirm(Lsn, Time) override { return Status::ok(); }
  bool finished() const override { return at_ == frames_.size(); }

 private:
  PostgresModel& server_;
  const uint64_t connection_;
  std::vector<Frame> frames_;
  size_t at_ = 0;
};

}  // namespace penstock::sim
