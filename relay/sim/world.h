// One run: a workload, faults until a certain turn, then quiet, in which everything must come to its end.
#pragma once

#include <memory>
#include <string>

#include "relay/core/supervisor.h"
#include "relay/sim/control_model.h"
#include "relay/sim/kafka_model.h"
#include "relay/sim/postgres_model.h"

namespace penstock::sim {

class World {
 public:
  World(uint64_t seed, Coverage& coverage, bool verbose);

  // Throws Violation.
  void run();
  uint64_t turns() const { return turns_; }

 private:
  void choose();
  void begin_relay();
  void kill_relay();
  void note_crash();
  void turn();
  void step_models();
  void freeze();
  void pass_others_by();
  void turn_other();
  void begin_other();
  void end_other();
  void turn_relay();
  void check_deadline();
  void advance();
  void grow();
  void fault();
  void fault_of_server();
  void fault_of_kafka();
  void command();
  void become_quiet();
  void pause_over_a_kill();
  void until(const char* what, bool (World::*reached)() const);
  bool pause_is_stored() const { return !kafka_.paused().empty(); }
  bool pause_is_over() const { return kafka_.paused().empty(); }
  bool is_paused() const { return relay_->view().state == State::kPaused; }
  bool done() const;
  void run_quiet();
  void stop_at_the_end();
  void say(const std::string& text) const;
  void show_events();
  int64_t unix_us() const;
  bool wants_rows() const { return settings_.snapshot_mode != SnapshotMode::kNoData; }

  const uint64_t seed_;
  const bool verbose_;
  Random random_;
  Coverage& coverage_;
  Time now_;
  History history_;
  Checker checker_;
  KafkaModel kafka_;
  PostgresModel server_;
  CoreSettings settings_;
  std::unique_ptr<ControlModel> control_;
  std::unique_ptr<Supervisor> relay_;
  std::unique_ptr<ControlModel> other_control_;  // of a second relay on the same slot
  std::unique_ptr<Supervisor> other_;
  ControlFaults control_faults_;

  uint32_t fault_once_in_ = 0;  // turns
  uint32_t units_to_come_ = 0;
  uint32_t changes_max_ = 0;
  uint32_t restarts_ = 0;
  std::optional<Time> server_back_;
  std::optional<Time> kafka_back_;
  bool stopping_relay_ = false;  // stop() was called; a new one follows
  bool paused_ = false;
  bool quiet_ = false;
  uint64_t turns_ = 0;
  uint64_t kill_at_ = 0;  // turn of the next kill; 0: none is planned
};

}  // namespace penstock::sim
