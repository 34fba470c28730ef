#include "relay/core/supervisor.h"

#include <algorithm>
#include <utility>

#include "relay/core/handover.h"
#include "relay/core/overloaded.h"
#include "relay/core/plan.h"

namespace penstock {

namespace {

void earliest(std::optional<Time>& deadline, std::optional<Time> other) {
  if (other && (!deadline || *other < *deadline)) deadline = other;
}

}  // namespace

Supervisor::Supervisor(CoreSettings settings, Control& control)
    : settings_(std::move(settings)), control_(control), probe_at_(Time::min()) {}

Supervisor::~Supervisor() = default;

void Supervisor::turn(Time now, int64_t unix_now_us) {
  stats_.unix_now_us = unix_now_us;
  if (view_.state == State::kStopped) return;
  note_standstill(standstill_.turned(now, unix_now_us), now);
  if (asked_) take_answer(now);
  if (pipeline_) run(now);
  if (!pipeline_) tend_producer();
  store_pause(now);
  if (!pipeline_ && !asked_) settle(now);
  view_.paused_unix_ms = target_.paused() ? target_.unix_ms() : 0;
  if (goal_ == Goal::kStop && view_.state != State::kStopped && now >= *leave_by_) {
    say(Event::Level::kWarn, "not everything could be closed in time");
    set_state(State::kStopped);
  }
}

// What was read before we stood still may be sent by somebody else by now, and newer changes with it: both sides are
// asked anew before anything goes on.
void Supervisor::note_standstill(Duration gap, Time now) {
  if (gap < settings_.frozen) return;
  producer_unwanted_ = producer_ != nullptr;
  asked_stale_ = asked_ && !asked_live_ && !writing_;
  if (!pipeline_) return plan_.clear();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(gap).count();
  fail({Code::kPosFrozen, "the relay stood still for " + std::to_string(seconds) + " s", ""}, now);
}

// What an answer from before has opened is closed. Where a session was to come of it, settle() has the facts gathered
// anew; what has failed or is complete stays so.
void Supervisor::take_stale(Answer& answer) {
  if (auto* opened = std::get_if<StreamOpened>(&answer)) source_ = std::move(opened->source);
  if (auto* opened = std::get_if<SnapshotOpened>(&answer)) source_ = std::move(opened->source);
  if (auto* opened = std::get_if<ProducerOpened>(&answer)) producer_ = std::move(opened->producer);
}

void Supervisor::tend_producer() {
  if (producer_ == nullptr || producer_->finished()) return;
  ignored_.clear();
  const Status status = producer_->poll(ignored_);
  if (!status.is_ok()) say(Event::Level::kWarn, "", status.problem());
}

// Another one would not know what this one has in flight: it goes only where it must.
bool Supervisor::producer_goes() const {
  return producer_ != nullptr && (producer_unwanted_ || goal_ == Goal::kStop || producer_->finished());
}

// Nothing runs and nothing is asked: what is next?
void Supervisor::settle(Time now) {
  if (goal_ != Goal::kRun) plan_.clear();
  if (must_close() && plan_.empty()) return close();
  if (goal_ != Goal::kRun) return left(now);
  // A plan that has come to its end has changed the facts, and a standstill may have.
  const bool looks = view_.state == State::kStarting || view_.state == State::kPaused;
  if (plan_.empty() && !probe_at_ && looks) probe_at_ = now;
  const bool due = probe_at_ && now >= *probe_at_;
  if (target_.unwritten() && (due || !probe_at_)) return ask_target_state();
  if (is_held(now)) return;
  if (!plan_.empty()) {
    Request request = std::move(plan_.front());
    plan_.pop_front();
    return ask(std::move(request));
  }
  if (due) {
    probe_at_.reset();
    view_.retry_at.reset();
    if (view_.state != State::kPaused) set_state(State::kStarting);
    ask(Probe{});
  }
}

// Whether rows or stream wait for a delay that was asked for.
bool Supervisor::is_held(Time now) {
  if (plan_.empty() || !hold_until_) return false;
  const bool rows = std::holds_alternative<OpenSnapshot>(plan_.front());
  if (!rows && !std::holds_alternative<OpenStream>(plan_.front())) return false;
  if (now >= *hold_until_) return false;
  view_.step = rows ? "waiting for snapshot.delay.ms" : "waiting for streaming.delay.ms";
  return true;
}

void Supervisor::ask(Request request) {
  CHECK(!asked_);
  asked_ = true;
  view_.step = step_of(request);
  control_.ask(std::move(request));
}

void Supervisor::take_answer(Time now) {
  std::optional<Answer> answer = control_.answer();
  if (!answer) return;
  asked_ = false;
  view_.step.clear();
  if (writing_) return take_target_state(*answer, now);
  if (asked_live_) return take_live_answer(*answer, now);
  if (std::exchange(asked_stale_, false)) return take_stale(*answer);
  std::visit(Overloaded{
                 [](Done&) {},
                 [&](TopicsCreated& created) { tell_refused(created.refused, now); },
                 [&](Facts& facts) { take(facts, now); },
                 [&](SlotCreated& created) {
                   StoredPosition first;
                   first.epoch = verdict_.epoch;
                   first.timeline = verdict_.timeline;
                   first.server = verdict_.mark;
                   first.position.end = created.consistent_point;
                   plan_.push_back(WritePosition{verdict_.identity, first});
                 },
                 [&](ProducerOpened& opened) { producer_ = std::move(opened.producer); },
                 [&](SnapshotOpened& opened) {
                   session_began_ = now;
                   begin_snapshot(std::move(opened));
                 },
                 [&](StreamOpened& opened) {
                   session_began_ = now;
                   renew_epoch();  // we have the slot: whoever had it before has an older one
                   begin_session(std::move(opened.source), {verdict_.from.position, verdict_.from.sequence_lsn},
                                 State::kStreaming);
                 },
                 [&](Problem& problem) { fail(std::move(problem), now); },
             },
             *answer);
}

void Supervisor::take_live_answer(const Answer& answer, Time now) {
  asked_live_ = false;
  if (!pipeline_) return;  // the session has ended meanwhile
  if (const Problem* problem = std::get_if<Problem>(&answer)) return fail(*problem, now);
  const TopicsCreated& created = std::get<TopicsCreated>(answer);
  pipeline_->topics_created(created.refused);
  tell_refused(created.refused, now);
}

// penstock.bad.table: records for topics that cannot be are left out, or end the session.
void Supervisor::tell_refused(const std::vector<RefusedTopic>& refused, Time now) {
  for (const RefusedTopic& one : refused) {
    const std::string what = "topic " + one.topic + " cannot be made: " + one.reason;
    if (settings_.bad_table_stops) return fail({Code::kKafkaTopicNameStops, what, ""}, now);
    view_.problems.push_back({Code::kKafkaTopicName, what, ""});
  }
  say_warnings();
}

// A record of a killed session may still be on its way to Kafka, unseen by the probe: counting alone would give its
// epoch a second time, and it could then replace a newer position of ours.
void Supervisor::renew_epoch() {
  verdict_.epoch = std::max(verdict_.epoch, static_cast<uint64_t>(std::max<int64_t>(stats_.unix_now_us, 0)));
  view_.epoch = verdict_.epoch;
}

void Supervisor::take(const Facts& facts, Time now) {
  if (facts.kafka) learn_target_state(*facts.kafka);
  if (target_.paused()) return stay_paused(facts, now);
  if (view_.state == State::kPaused && goal_ == Goal::kRun) set_state(State::kStarting);
  verdict_ = judge(facts, settings_, !rows_done_);
  if (verdict_.next != Next::kStop) doubt_.reset();
  if (verdict_.next == Next::kStop && !stop_stands(facts)) {
    probe_at_ = now;
    return;
  }
  renew_epoch();
  view_.problems = verdict_.problems;
  view_.identity = verdict_.identity;
  if (facts.server) view_.server_end = facts.server->flushed;
  if (facts.kafka) topics_there_ = facts.kafka->topics;
  // Somebody else may read the slot by now: what was not sent yet is not ours to send any more.
  if (facts.server && facts.server->slot && facts.server->slot->active) producer_unwanted_ = producer_ != nullptr;
  say_warnings();
  switch (verdict_.next) {
    case Next::kWait:
    case Next::kStop:
      for (const Problem& problem : verdict_.problems)
        if (info(problem.code).klass != ProblemClass::kWarn) say(Event::Level::kError, "", problem);
      return wait_or_fail(gravest(verdict_.problems), now);
    case Next::kComplete:
      view_.stored = verdict_.from.position;
      return set_state(State::kCompleted);
    case Next::kCreate:
    case Next::kAdopt:
    case Next::kStream:
      if (verdict_.snapshot && settings_.snapshot_delay.count() > 0) hold_until_ = now + settings_.snapshot_delay;
      plan_ = plan_of(verdict_, producer_ != nullptr);
      return;
  }
}

// Server and Kafka are asked one after the other. Another relay may take the slot, and store a position, in between:
// the answers then do not fit together, though all is well. So what stops for good must be seen twice, with the same
// position in Kafka.
bool Supervisor::stop_stands(const Facts& facts) {
  if (!facts.server || !facts.kafka || gravest(verdict_.problems) != ProblemClass::kStop) return true;
  const Doubt seen{verdict_.problems.front().code, verdict_.in_kafka};
  const bool stands = doubt_ == seen;
  doubt_ = stands ? std::nullopt : std::optional(seen);
  return stands;
}

void Supervisor::begin_snapshot(SnapshotOpened opened) {
  // A slot that was there before anything was stored keeps its place: the stream repeats what happened since. With a
  // stored position (snapshot.mode=always) it goes on where the rows were read, as with Debezium, and so does
  // source.sequence, which begins anew.
  const bool adopted = verdict_.next == Next::kAdopt;
  const Lsn start = adopted ? verdict_.from.position.end : opened.consistent_point;
  Watermark stored;
  if (verdict_.next == Next::kStream) stored = {verdict_.from.position, Lsn{}};
  stats_.snapshot.begin(std::move(opened.estimates), stats_.tables, stats_.unix_now_us);
  begin_session(std::make_unique<Handover>(std::move(opened.source), start), stored, State::kSnapshot);
}

void Supervisor::begin_session(std::unique_ptr<Source> source, Watermark start, State state) {
  CHECK(producer_ != nullptr && source_ == nullptr && pipeline_ == nullptr);
  AckedPublisher::Session session;
  session.number = ++view_.sessions;
  session.identity = verdict_.identity;
  session.epoch = verdict_.epoch;
  session.old_epoch = verdict_.old_epoch;
  session.timeline = verdict_.timeline;
  session.server = verdict_.mark;
  session.start = start;
  source_ = std::move(source);
  publisher_ = std::make_unique<AckedPublisher>(*producer_, settings_, session);
  Pipeline::Settings settings;
  settings.budget = settings_.queue_bytes;
  settings.start = start.position.end;
  settings.topics = std::exchange(topics_there_, {});
  settings.topics.insert(settings.topics.end(), verdict_.topics.begin(), verdict_.topics.end());
  settings.bad_table_stops = settings_.bad_table_stops;
  pipeline_ = std::make_unique<Pipeline>(*source_, *publisher_, stats_, settings);
  if (goal_ != Goal::kRun) pipeline_->drain();
  view_.stored = start.position;
  if (broken_by_) ++stats_.reconnects[static_cast<size_t>(*broken_by_)];
  broken_by_.reset();
  set_state(state);
}

void Supervisor::run(Time now) {
  const Status status = pipeline_->turn(now);
  note_session();
  if (!status.is_ok()) return fail(status.problem(), now);
  if (pipeline_->wants_topics() && !asked_) {
    asked_live_ = true;
    ask(CreateTopics{pipeline_->take_missing_topics()});
  }
  if (goal_ != Goal::kRun) return drain(now);
  if (pipeline_->finished()) {
    rows_done_ = true;
    stats_.snapshot.end(true);
    if (settings_.streaming_delay.count() > 0) hold_until_ = now + settings_.streaming_delay;
    say(Event::Level::kInfo, "every row of the snapshot is in Kafka, stored up to " + to_string(view_.stored));
    end_session();
    set_state(State::kStarting);
  }
}

void Supervisor::note_session() {
  if (pipeline_->stored() != view_.stored && pipeline_->stored().end) {
    view_.stored = pipeline_->stored();
    attempts_ = 0;
    stats_.stored_time_us = stats_.unix_now_us;
    ++stats_.confirms;
  }
  view_.received = std::max(view_.received, pipeline_->received());
  stats_.position_records += publisher_->take_position_records();
  for (Problem& news : stats_.notices.take_news()) say(Event::Level::kWarn, "", std::move(news));
}

void Supervisor::drain(Time now) {
  publisher_->hurry();
  const Time last = *leave_by_ - settings_.drain / 4;  // the rest is for closing
  // Rows without the end of their snapshot are worth nothing.
  if (pipeline_->idle() || view_.state == State::kSnapshot || now >= last) end_session();
}

void Supervisor::end_session() {
  if (asked_live_) control_.cancel();  // nobody waits for these topics any more, and everybody for the answer
  if (stats_.snapshot.running) stats_.snapshot.end(false);
  pipeline_.reset();
  stats_.in_flight_bytes = 0;
  stats_.in_flight_frames = 0;
  stats_.waiting = Waiting::kNothing;
}

void Supervisor::close() {
  Close parts{std::move(source_), std::move(publisher_), nullptr};
  if (producer_goes()) parts.producer = std::move(producer_);
  producer_unwanted_ = false;
  ask(std::move(parts));
}

void Supervisor::fail(Problem problem, Time now) {
  if (pipeline_) {
    broken_by_ = is_kafka(problem.code) ? Side::kKafka : Side::kPostgres;
    if (now - session_began_ >= settings_.retry_last) attempts_ = 0;  // it had run well
    end_session();
  }
  plan_.clear();
  if (drop_asked_) say(Event::Level::kWarn, "the slot could not be dropped", std::move(problem));
  if (goal_ != Goal::kRun) return;  // leaving anyhow
  const ProblemClass klass = info(problem.code).klass;
  say(klass == ProblemClass::kStop ? Event::Level::kError : Event::Level::kWarn, "", problem);
  view_.problems.insert(view_.problems.begin(), std::move(problem));
  wait_or_fail(klass, now);
}

void Supervisor::wait_or_fail(ProblemClass klass, Time now) {
  if (klass == ProblemClass::kStop || klass == ProblemClass::kExit) return set_state(State::kFailed);
  probe_at_ = now + back_off(attempts_);
  view_.retry_at = probe_at_;
  set_state(State::kWaiting);
}

Duration Supervisor::back_off(uint32_t& attempts) const {
  constexpr uint32_t kDoublings = 10;
  const Duration wait = settings_.retry_first * (1u << std::min(attempts++, kDoublings));
  return std::min(wait, settings_.retry_last);
}

void Supervisor::set_state(State state) {
  if (view_.state == state) return;
  view_.state = state;
  say(Event::Level::kInfo, std::string(name(state)));
}

void Supervisor::say(Event::Level level, std::string text, std::optional<Problem> problem) {
  events_.push_back({level, std::move(text), std::move(problem)});
}

void Supervisor::say_warnings() {
  std::vector<Problem> warnings;
  for (const Problem& problem : view_.problems) {
    if (info(problem.code).klass != ProblemClass::kWarn) continue;
    const bool said = std::any_of(warned_.begin(), warned_.end(), [&](const Problem& known) {
      return known.code == problem.code && known.what == problem.what;
    });
    if (!said) say(Event::Level::kWarn, "", problem);
    warnings.push_back(problem);
  }
  warned_ = std::move(warnings);
}

std::vector<Event> Supervisor::take_events() {
  return std::exchange(events_, {});
}

Supervisor::Wants Supervisor::wants() const {
  Wants wants;
  if (view_.state == State::kStopped) return wants;
  // Who is broken is asked nothing between sessions: what it still has to say would turn the loop for ever.
  if (producer_ && (pipeline_ || !producer_->finished())) {
    wants.producer = producer_->descriptor();
    earliest(wants.deadline, producer_->deadline());
  }
  if (pipeline_) {
    if (pipeline_->has_room()) wants.source = source_->descriptor();
    wants.at_once = pipeline_->more();
    earliest(wants.deadline, source_->deadline());
    earliest(wants.deadline, publisher_->deadline());
  }
  if (pipeline_ && leave_by_) earliest(wants.deadline, *leave_by_ - settings_.drain / 4);
  if (goal_ == Goal::kStop) earliest(wants.deadline, leave_by_);
  if (!asked_) earliest(wants.deadline, probe_at_);
  if (!asked_ && goal_ == Goal::kPause) earliest(wants.deadline, write_at_);
  if (!asked_ && !plan_.empty()) earliest(wants.deadline, hold_until_);
  return wants;
}

}  // namespace penstock
