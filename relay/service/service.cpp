// The loop. Each round: let the supervisor do what it can, say what happened, publish what HTTP
// shows, and wait for the first of: a descriptor, a signal, an answer of a worker, a deadline.

#include "relay/service/service.h"

#include <poll.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <mutex>

#include "relay/core/supervisor.h"
#include "relay/http/connect_rest.h"
#include "relay/service/control.h"
#include "relay/service/heartbeat.h"
#include "relay/service/heartbeat_action.h"
#include "relay/service/notify.h"
#include "relay/service/signals.h"
#include "relay/service/slot_monitor.h"
#include "relay/service/trial.h"
#include "relay/service/worker.h"

namespace penstock {

namespace {

// How old what HTTP shows may be while the loop is busy; an idle loop publishes as often as it turns, at least each
// second.
constexpr auto kPublishInterval = std::chrono::milliseconds(200);
// With several brokers, or records that arrive in between, trouble is over sooner.
constexpr auto kTroubleShown = std::chrono::seconds(5);
constexpr auto kIdleInterval = std::chrono::seconds(1);

Time steady_now() {
  return std::chrono::steady_clock::now();
}

int64_t unix_now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// What HTTP threads ask of the loop.
class Commands {
 public:
  explicit Commands(WakeUp& wake) : wake_(wake) {}

  void push(Command command) {
    {
      const std::lock_guard lock(mutex_);
      if (commands_.size() < kMax) commands_.push_back(command);
    }
    wake_.wake();
  }
  std::deque<Command> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(commands_, {});
  }

 private:
  static constexpr size_t kMax = 64;  // more than that is somebody's loop: the rest says the same
  WakeUp& wake_;
  std::mutex mutex_;
  std::deque<Command> commands_;
};

LogLevel level_of(Event::Level level) {
  switch (level) {
    case Event::Level::kInfo:
      return LogLevel::kInfo;
    case Event::Level::kWarn:
      return LogLevel::kWarn;
    case Event::Level::kError:
      return LogLevel::kError;
  }
  return LogLevel::kInfo;
}

class Service {
 public:
  Service(ServiceSettings settings, const std::function<Reloaded()>& reload, Log& log)
      : settings_(std::move(settings)),
        reload_(reload),
        log_(log),
        control_(wake_, log_, heartbeat_),
        supervisor_(settings_.core, control_),
        commands_(wake_) {
    started_unix_us_ = unix_now_us();
    configure();
  }

  int run() {
    serve();
    notify_.ready();
    while (true) {
      const Time now = steady_now();
      supervisor_.turn(now, unix_now_us());
      say();
      publish(now);
      notify_.watchdog(now);
      if (supervisor_.view().state == State::kStopped) break;
      wait(now);
      take_signals();
      take_commands();
      take_trial();
    }
    log_.write(LogLevel::kInfo, "penstock ends", {{"stored", to_string(supervisor_.view().stored)}});
    // A worker that still closes may take as long as librdkafka wants, one that connects as long as the resolver; what
    // they hold is not needed any more.
    if (control_.busy() || trial_ || slot_monitor_.busy()) {
      log_.flush();
      std::_Exit(0);
    }
    return 0;
  }

 private:
  void configure() {
    heartbeat_.interval = settings_.heartbeat_interval;
    heartbeat_.topic.clear();
    heartbeat_.acting = false;
    heartbeat_.action.reset();
    heartbeat_.note = [this](const Problem& problem) { log_.problem(problem); };
    settings_.postgres.notice = [this](const Problem& problem) { log_.problem(problem); };
    if (!settings_.postgres.heartbeat_query.empty() && heartbeat_.interval.count() > 0) {
      heartbeat_.action = std::make_unique<QueryAction>(settings_.postgres, wake_);
    }
    control_.configure(settings_.postgres, settings_.kafka);
    slot_monitor_.configure(settings_.postgres);
    for (const std::string& note : settings_.notes) log_.write(LogLevel::kInfo, note);
    for (const Problem& warning : settings_.warnings) log_.problem(warning);
    log_.write(LogLevel::kInfo, "configured",
               {{"connector", settings_.connector.name},
                {"postgres", describe(settings_.postgres)},
                {"slot", settings_.core.slot},
                {"kafka", settings_.kafka.bootstrap_servers}});
  }

  void serve() {
    server_.reset();  // its ports are free before the next one wants them
    server_ = std::make_unique<HttpServer>(published_,
                                           HttpCallbacks{[this](Command command) { commands_.push(command); },
                                                         [this](const Problem& problem) { log_.problem(problem); }});
    const Status listening = server_->listen(settings_.listeners, settings_.allowed_hosts);
    http_problem_.reset();
    if (listening.is_ok()) {
      log_.write(LogLevel::kInfo, "serving REST, health and metrics", {{"listeners", settings_.listeners}});
    } else {
      http_problem_ = listening.problem();
      log_.problem(*http_problem_);
    }
  }

  void wait(Time now) {
    const Supervisor::Wants wants = supervisor_.wants();
    // A negative descriptor is passed over by poll(2).
    pollfd fds[] = {{signals_.descriptor(), POLLIN, 0},
                    {wake_.descriptor(), POLLIN, 0},
                    {wants.source, POLLIN, 0},
                    {wants.producer, POLLIN, 0}};
    Time until = now + kIdleInterval;
    for (const std::optional<Time>& deadline : {wants.deadline, notify_.deadline()}) {
      if (deadline) until = std::min(until, *deadline);
    }
    // Compared before it is subtracted: a deadline may be Time::min(), "at once", and the difference would wrap around.
    const Time from = steady_now();
    const auto left = wants.at_once || until <= from ? Duration(0) : until - from;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
    if (ppoll(fds, std::size(fds), &timeout, nullptr) < 0) CHECK(errno == EINTR);
    if ((fds[1].revents & POLLIN) != 0) wake_.clear();
  }

  void take_signals() {
    while (const int signal = signals_.take()) {
      log_.forget_repeats();
      if (signal == SIGHUP) {
        reload();
        continue;
      }
      log_.write(LogLevel::kInfo, "stopping: what was read is delivered first",
                 {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
      notify_.stopping();
      stopping_ = true;
      supervisor_.stop(steady_now());
    }
  }

  void take_commands() {
    const Time now = steady_now();
    for (const Command command : commands_.take()) {
      log_.forget_repeats();
      switch (command) {
        case Command::kPause:
          supervisor_.pause(now);
          break;
        case Command::kResume:
          supervisor_.resume(now);
          break;
        case Command::kRestart:
          supervisor_.restart(now);
          break;
      }
    }
  }

  // A bad file changes nothing: the session goes on with what it has. What only the server can judge is asked before
  // the session is dropped; a signal that comes meanwhile reads the files once more afterwards.
  void reload() {
    if (trial_) {
      reload_again_ = true;
      return;
    }
    notify_.reloading();
    Reloaded reloaded = reload_();
    if (!reloaded.settings) return refuse(std::move(reloaded.problems));
    candidate_ = std::move(*reloaded.settings);
    trial_ = std::make_unique<Trial>(candidate_->postgres, wake_);
  }

  void take_trial() {
    if (!trial_ || stopping_) return;
    const std::optional<Status> done = trial_->take();
    if (!done) return;
    trial_.reset();
    if (std::exchange(reload_again_, false)) return reload();
    if (done->is_ok()) {
      accept(std::move(*candidate_));
    } else {
      refuse({done->problem()});
    }
  }

  void refuse(std::vector<Problem> problems) {
    log_.write(LogLevel::kError, "the configuration was not taken: the old one goes on");
    for (const Problem& problem : problems) log_.problem(problem);
    refused_ = std::move(problems);
    candidate_.reset();
    notify_.ready();
  }

  void accept(ServiceSettings settings) {
    refused_.clear();
    candidate_.reset();
    const bool other_listeners =
        settings.listeners != settings_.listeners || settings.allowed_hosts != settings_.allowed_hosts;
    settings_ = std::move(settings);
    ++reloads_;
    configure();
    supervisor_.configure(settings_.core, steady_now());
    if (other_listeners) serve();
    notify_.ready();
  }

  void say() {
    const State state = supervisor_.view().state;
    if (state != said_state_ && (state == State::kSnapshot || state == State::kStreaming)) log_.forget_repeats();
    const bool paused_now = state == State::kPaused && said_state_ != state;
    said_state_ = state;
    for (const Event& event : supervisor_.take_events()) {
      if (event.problem) {
        if (!event.text.empty()) log_.write(level_of(event.level), event.text);
        log_.problem(*event.problem);
      } else {
        log_.write(level_of(event.level), event.text);
      }
    }
    if (paused_now) {
      log_.write(LogLevel::kInfo, "to go on: " + resume_command(settings_.listeners, settings_.connector.name));
    }
  }

  void publish(Time now) {
    const View& view = supervisor_.view();
    const bool changed = view.state != published_state_;
    if (!changed && now < publish_next_) return;
    slot_monitor_.turn(now);
    Picture picture{settings_.connector,
                    view,
                    supervisor_.stats(),
                    settings_.warnings,
                    refused_,
                    control_.facts().server,
                    control_.facts().kafka,
                    now,
                    unix_now_us(),
                    started_unix_us_,
                    reloads_,
                    heartbeat_.written,
                    control_.kafka_gauges(),
                    {},
                    slot_monitor_.look(now),
                    slot_monitor_.seconds_left()};
    if (http_problem_) picture.standing.push_back(*http_problem_);
    note_idle_slot(picture);
    for (Problem& problem : picture.stats.notices.standing()) picture.standing.push_back(std::move(problem));
    note_kafka_trouble(now);
    if (kafka_trouble_) show_kafka_trouble(picture, now);
    picture.problem_counts = log_.problem_counts();
    picture.log_lines_lost = log_.lines_lost();
    const std::string status = std::string(name(picture.view.state)) +
                               (picture.view.step.empty() ? "" : ": " + picture.view.step) + ", stored " +
                               to_string(view.stored.end);
    if (!published_.publish(picture)) return;
    published_state_ = view.state;
    publish_next_ = now + kPublishInterval;
    notify_.status(status);
  }

  // Said once for each time that the slot stops being read: by a pause, or by trouble that lasts.
  void note_idle_slot(Picture& picture) {
    const State state = picture.view.state;
    const bool stands = state == State::kPaused || state == State::kWaiting || state == State::kFailed;
    if (!stands || !picture.slot || !picture.slot->idle_seconds_left) {
      idle_slot_said_ = false;
      return;
    }
    const Problem problem{Code::kPgSlotIdleTimeout,
                          "slot " + settings_.core.slot + " is not read (" + std::string(name(state)) +
                              "): idle_replication_slot_timeout invalidates it in " +
                              std::to_string(*picture.slot->idle_seconds_left) + " s",
                          ""};
    if (!std::exchange(idle_slot_said_, true)) log_.problem(problem);
    picture.standing.push_back(problem);
  }

  // The session goes on while brokers are away, for records wait in it; to people that is waiting, not streaming.
  void show_kafka_trouble(Picture& picture, Time now) const {
    picture.standing.push_back(*kafka_trouble_);
    const bool at_work = picture.view.state == State::kStreaming || picture.view.state == State::kSnapshot;
    if (!at_work || info(kafka_trouble_->code).klass != ProblemClass::kWait ||
        now - kafka_trouble_since_ < kTroubleShown)
      return;
    picture.view.state = State::kWaiting;
    picture.view.step = "for Kafka; the session goes on when it is back";
  }

  // Trouble lasts: it is counted when it begins or becomes another, and said as long as it stands.
  void note_kafka_trouble(Time now) {
    const Problem* trouble = control_.kafka_trouble();
    if (trouble == nullptr) return kafka_trouble_.reset();
    if (!kafka_trouble_) kafka_trouble_since_ = now;
    if (!kafka_trouble_ || kafka_trouble_->code != trouble->code) {
      log_.problem(*trouble);
    } else {
      log_.still(*trouble);
    }
    kafka_trouble_ = *trouble;
  }

  Signals signals_;  // first: it blocks signals for the threads that follow
  ServiceSettings settings_;
  const std::function<Reloaded()>& reload_;
  Log& log_;
  WakeUp wake_;
  Heartbeat heartbeat_;
  AdapterControl control_;
  SlotMonitor slot_monitor_;
  Supervisor supervisor_;
  Commands commands_;
  Notify notify_;
  Published published_;
  std::unique_ptr<HttpServer> server_;
  std::optional<Problem> http_problem_;
  std::optional<Problem> kafka_trouble_;
  Time kafka_trouble_since_{};
  bool idle_slot_said_ = false;
  std::vector<Problem> refused_;              // of the last reload
  std::optional<ServiceSettings> candidate_;  // while trial_ asks the server
  std::unique_ptr<Trial> trial_;
  bool reload_again_ = false;
  bool stopping_ = false;
  std::optional<State> published_state_;
  std::optional<State> said_state_;
  Time publish_next_{};
  int64_t started_unix_us_ = 0;
  uint32_t reloads_ = 0;
};

}  // namespace

int run_service(ServiceSettings settings, const std::function<Reloaded()>& reload, Log& log) {
  return Service(std::move(settings), reload, log).run();
}

}  // namespace penstock
