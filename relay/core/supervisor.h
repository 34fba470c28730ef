// Decides which session comes next and runs it: probe, judge, create, snapshot, stream, drain. Crash-only: any doubt
// ends the session, and the next one starts from the stored position. Never blocks: what is slow is asked of Control.
//
// One thread calls everything here. Other threads read copies of view() and stats() that the loop publishes.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/core/acked_publisher.h"
#include "relay/core/control.h"
#include "relay/core/facts.h"
#include "relay/core/judge.h"
#include "relay/core/pipeline.h"
#include "relay/core/settings.h"
#include "relay/core/standstill.h"
#include "relay/core/stats.h"
#include "relay/core/target_state.h"
#include "relay/core/view.h"

namespace penstock {

class Supervisor {
 public:
  // `control` outlives the supervisor.
  Supervisor(CoreSettings settings, Control& control);
  ~Supervisor();

  // Does what can be done now. Call it when a descriptor of wants() is ready, at its deadline, and when Control has an
  // answer; calling it more often is harmless. `unix_now_us` is the wall clock, for latencies and for the epochs of
  // sessions, which must differ.
  void turn(Time now, int64_t unix_now_us);

  // What poll(2) should wait for before the next turn.
  struct Wants {
    int source = -1;  // descriptor to read, -1: none, or the pipeline has no room
    int producer = -1;
    bool at_once = false;  // there is more to do now
    std::optional<Time> deadline;
  };
  Wants wants() const;

  void stop(Time now);  // SIGTERM: reads no more, waits for Kafka, stores and confirms, closes; then kStopped
  // Closes the session, keeps the slot. Stored in the position topic, so that the connector stays paused when the
  // process is started again; kPosPauseUnstored stands while that is tried.
  void pause(Time now);
  void resume(Time now);                            // begins with a probe, once the end of the pause is stored
  void restart(Time now);                           // ends the session, leaves kFailed, begins with a probe
  void configure(CoreSettings settings, Time now);  // SIGHUP: restart with these

  const View& view() const { return view_; }
  const Stats& stats() const { return stats_; }
  std::vector<Event> take_events();  // since the last call

 private:
  enum class Goal : uint8_t { kRun, kRestart, kPause, kStop };
  struct Doubt {
    Code code;
    Position in_kafka;
    bool operator==(const Doubt&) const = default;
  };

  // Asking, and being answered.
  void settle(Time now);
  bool is_held(Time now);
  void ask(Request request);
  void take_answer(Time now);
  void take_live_answer(const Answer& answer, Time now);
  void take(const Facts& facts, Time now);
  void take_target_state(const Answer& answer, Time now);
  void renew_epoch();
  void note_standstill(Duration gap, Time now);
  void take_stale(Answer& answer);

  // A pause that outlives the process.
  void ask_target_state();
  void store_pause(Time now);
  void learn_target_state(const KafkaFacts& kafka);
  void stay_paused(const Facts& facts, Time now);

  // The session.
  void begin_session(std::unique_ptr<Source> source, Watermark start, State state);
  void begin_snapshot(SnapshotOpened opened);
  void run(Time now);
  void drain(Time now);
  void end_session();
  void close();
  void tend_producer();  // between sessions: reports are nobody's, and it may break
  void note_session();

  void leave(Goal goal, Time now);
  void left(Time now);
  void fail(Problem problem, Time now);
  void wait_or_fail(ProblemClass klass, Time now);
  bool stop_stands(const Facts& facts);
  Duration back_off(uint32_t& attempts) const;
  void tell_refused(const std::vector<RefusedTopic>& refused, Time now);
  void set_state(State state);
  void say(Event::Level level, std::string text, std::optional<Problem> problem = std::nullopt);
  void say_warnings();
  bool producer_goes() const;
  bool must_close() const { return source_ != nullptr || publisher_ != nullptr || producer_goes(); }

  CoreSettings settings_;
  Control& control_;
  Stats stats_;
  View view_;
  std::vector<Event> events_;
  std::vector<Problem> warned_;  // warnings that were said already

  Goal goal_ = Goal::kRun;
  bool asked_ = false;        // Control has a request of ours
  bool asked_live_ = false;   // it is about topics for the running session
  bool asked_stale_ = false;  // we stood still since: what it says may not hold any more
  std::deque<Request> plan_;  // what is to be asked before the next session
  TargetState target_;
  std::optional<WriteTargetState> writing_;  // the request, while Control has it
  std::optional<Time> write_at_;             // after a failure: when a pause is tried to be stored again
  uint32_t write_attempts_ = 0;              // failures in a row
  bool last_write_asked_ = false;            // of stop()
  Verdict verdict_;
  std::optional<Doubt> doubt_;             // the last probe would have us stop: asked once more
  std::vector<std::string> topics_there_;  // as the probe saw them, until a session begins
  bool rows_done_ = false;                 // this process has read the rows (snapshot.mode=always)
  std::optional<Time> probe_at_;           // when the next probe is due; nullopt: none
  std::optional<Time> hold_until_;         // snapshot.delay.ms, streaming.delay.ms: when rows or stream may be opened
  std::optional<Time> leave_by_;           // of stop() and its like
  bool drop_asked_ = false;                // slot.drop.on.stop
  uint32_t attempts_ = 0;                  // failures in a row
  Time session_began_;
  Standstill standstill_;
  std::optional<Side> broken_by_;  // whose problem ended the last session

  std::unique_ptr<Producer> producer_;  // outlives sessions
  bool producer_unwanted_ = false;      // though it works
  std::unique_ptr<Source> source_;
  std::unique_ptr<AckedPublisher> publisher_;
  std::unique_ptr<Pipeline> pipeline_;     // while a session runs
  std::vector<Producer::Report> ignored_;  // of sessions that have ended; kept for its memory
};

}  // namespace penstock
