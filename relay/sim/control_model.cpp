#include "relay/sim/control_model.h"

#include "relay/sim/snapshot_model.h"

namespace penstock::sim {

namespace {
using std::chrono::milliseconds;
constexpr std::chrono::seconds kAnswersAwaited{10};
constexpr uint32_t kTimeline = 1;
constexpr uint32_t kDatabase = 5;
}  // namespace

StreamIdentity identity_of(const std::string& slot) {
  return {"7300000000000000001", kDatabase, slot};
}

ControlModel::ControlModel(PostgresModel& server, KafkaModel& kafka, uint64_t budget, std::string slot)
    : server_(server), kafka_(kafka), budget_(budget), slot_(std::move(slot)) {}

ControlModel::~ControlModel() {
  dying_ = true;
  if (!request_ || answer_) return;
  server_.coverage.reach(Rare::kCrashWhileControlWorks);
  if (server_.random.once_in(2)) act();
}

void ControlModel::ask(Request request) {
  if (request_) Checker::violated("control", "two requests at a time");
  request_ = std::move(request);
  act_at_ = server_.now + milliseconds(server_.random.below(faults.delay_ms + 1));
  answer_at_ = act_at_ + milliseconds(server_.random.below(faults.delay_ms + 1));
}

// A producer that is closed waits for what it has in flight, for some time.
bool ControlModel::waits_for_answers() const {
  const Close* close = std::get_if<Close>(&*request_);
  return close != nullptr && close->producer && !kafka_.up && server_.now < act_at_ + kAnswersAwaited;
}

void ControlModel::step() {
  if (!request_ || answer_ || server_.now < act_at_) return;
  if (waits_for_answers()) {
    std::get<Close>(*request_).source.reset();
    stream_ = nullptr;
    answer_at_ = server_.now + milliseconds(100);
    return;
  }
  answer_ = act();
}

std::optional<Answer> ControlModel::answer() {
  step();
  if (!answer_ || server_.now < answer_at_) return std::nullopt;
  std::optional<Answer> answer = std::move(answer_);
  answer_.reset();
  request_.reset();
  // The server is asked first: what others do until Kafka answers is in one of the two only.
  if (auto* probed = std::get_if<Facts>(&*answer); probed != nullptr && probed->kafka) {
    probed->kafka = facts().kafka;
    told_of_pause_ = !probed->kafka->paused.empty();
  }
  if (auto* opened = std::get_if<StreamOpened>(&*answer)) stream_ = static_cast<StreamModel*>(opened->source.get());
  if (auto* opened = std::get_if<ProducerOpened>(&*answer)) {
    producer_ = static_cast<ProducerModel*>(opened->producer.get());
  }
  return answer;
}

Answer ControlModel::act() {
  return std::visit([this](auto& request) { return act(request); }, *request_);
}

std::optional<Problem> ControlModel::failure(bool of_kafka) {
  const bool up = of_kafka ? kafka_.up : server_.up && !server_.stopping_since;
  if (!up) return Problem{of_kafka ? Code::kKafkaUnreachable : Code::kPgUnreachable, "down", ""};
  if (!server_.random.once_in(faults.fail_once_in)) return std::nullopt;
  server_.coverage.reach(Rare::kControlFailed);
  return Problem{of_kafka ? Code::kKafkaUnreachable : Code::kPgUnreachable, "failed", ""};
}

Facts ControlModel::facts() const {
  Facts facts;
  ServerFacts& server = facts.server.emplace();
  server.version_num = 150020;
  server.system_id = identity_of(slot_).system_id;
  server.database_oid = kDatabase;
  server.database = "shop";
  server.role = "penstock";
  server.timeline = kTimeline;
  server.flushed = Lsn{server_.history.end};
  server.wal_level = "logical";
  server.role_replication = true;
  server.plugin_gate = true;
  server.extension_version = "0.1.0";
  for (uint32_t table = 0; table < server_.history.tables; ++table) {
    TableFacts& facts_of_table = server.tables.emplace_back();
    facts_of_table.oid = 16384 + table;
    facts_of_table.kind = "table";
    facts_of_table.schema = "public";
    facts_of_table.table = "t" + std::to_string(table);
    facts_of_table.topic = topic_of(table);
    facts_of_table.replica_identity = "full";
    facts_of_table.has_key = true;
  }
  if (server_.slot) {
    SlotFacts& slot = server.slot.emplace();
    slot.plugin = "penstock";
    slot.database = "shop";
    slot.confirmed_flush = Lsn{server_.slot->confirmed};
    slot.active = server_.slot_busy();
    slot.wal_status = "reserved";
  }
  facts.kafka.emplace().positions = kafka_.positions();
  facts.kafka->paused = kafka_.paused();
  facts.kafka->topics.assign(kafka_.topics.begin(), kafka_.topics.end());
  return facts;
}

Answer ControlModel::act(const Probe&) {
  Facts gathered = facts();
  if (auto problem = failure(false)) {
    gathered.server.reset();
    gathered.problems.push_back(*problem);
  }
  if (auto problem = failure(true)) {
    gathered.kafka.reset();
    gathered.problems.push_back(*problem);
  }
  if (gathered.server && gathered.server->slot && gathered.server->slot->active) {
    server_.coverage.reach(Rare::kSlotBusy);
  }
  return gathered;
}

// P1: whoever knows that the connector is paused makes nothing and reads nothing before its end is stored.
void ControlModel::check_not_paused() const {
  if (told_of_pause_ && !dying_) Checker::violated("P1", "a paused connector begins a session");
}

Answer ControlModel::act(const WriteTargetState& request) {
  if (!kafka_.up) return Problem{Code::kKafkaUnreachable, "down", ""};
  Sent sent;
  sent.position = true;
  sent.key = encode_target_state_key(request.connector);
  sent.null_value = !request.paused;
  if (request.paused) sent.value = encode_target_state_value(request.unix_ms);
  const auto problem = failure(true);
  if (problem) server_.coverage.reach(Rare::kPauseNotStored);
  if (!problem || server_.random.once_in(2)) kafka_.append(sent, true);  // durable, though we hear of a failure
  if (problem) return *problem;
  told_of_pause_ = request.paused;
  return Done{};
}

Answer ControlModel::write(const StreamIdentity& identity, const StoredPosition& stored) {
  check_not_paused();
  if (!kafka_.up) return Problem{Code::kKafkaUnreachable, "down", ""};
  Sent sent;
  sent.position = true;
  sent.key = encode_position_key(identity, stored.epoch);
  sent.value = encode_position_value(stored);
  const auto problem = failure(true);
  if (!problem || server_.random.once_in(2)) kafka_.append(sent, true);  // durable, though we hear of a failure
  if (problem) return *problem;
  return Done{};
}

Answer ControlModel::act(const WriteIntent& request) {
  StoredPosition intent;
  intent.epoch = request.epoch;
  intent.intent = true;
  return write(request.identity, intent);
}

Answer ControlModel::act(const WritePosition& request) {
  return write(request.identity, request.stored);
}

Answer ControlModel::act(const DropSlot&) {
  if (auto problem = failure(false)) return *problem;
  if (server_.slot_busy()) return Problem{Code::kPgSlotBusy, "active", ""};
  if (server_.slot) server_.coverage.reach(Rare::kUnfinishedStartDropped);
  server_.slot.reset();
  return Done{};
}

Answer ControlModel::act(const CreateSlot&) {
  check_not_paused();
  if (auto problem = failure(false)) return *problem;
  if (server_.slot) return Problem{Code::kPgSlotBusy, "the slot exists", ""};
  return SlotCreated{Lsn{server_.create_slot()}};
}

void ControlModel::begin_session() {
  check_not_paused();
  ++kafka_.newest_session;
  if (!dying_) producer_->session = kafka_.newest_session;  // a relay that is killed has no producer any more
}

Answer ControlModel::act(const OpenSnapshot& request) {
  if (auto problem = failure(false)) return *problem;
  if (!request.temporary && server_.slot) return Problem{Code::kPgSlotBusy, "the slot exists", ""};
  if (kafka_.positions().empty()) {
    Checker::violated("snapshot", "rows are read before anything is stored: every retry would read them again");
  }
  const StoredPosition& stored = kafka_.positions()[0].stored;
  const bool first = stored.intent || stored.rows_pending;
  begin_session();
  const uint64_t consistent_point = request.temporary ? server_.history.end : server_.create_slot();
  return SnapshotOpened{Lsn{consistent_point},
                        std::make_unique<SnapshotModel>(server_, first, consistent_point, !first)};
}

Answer ControlModel::act(const CreateTopics& request) {
  if (auto problem = failure(true)) return *problem;
  if (producer_ != nullptr) server_.coverage.reach(Rare::kTopicCreatedLive);
  kafka_.topics.insert(request.topics.begin(), request.topics.end());
  return TopicsCreated{};
}

Answer ControlModel::act(const OpenStream& request) {
  if (auto problem = failure(false)) return *problem;
  if (!server_.slot) return Problem{Code::kPgSlotMissing, "no slot", ""};
  if (server_.slot_busy()) return Problem{Code::kPgSlotBusy, "active", ""};
  // Nobody else can move it any more; the facts were older.
  if (server_.slot->confirmed > request.from.end.value) return Problem{Code::kPgSlotBusy, "it was moved meanwhile", ""};
  if (request.from.end.value > server_.history.end)
    Checker::violated("I5", "the stream starts beyond the server's end");
  begin_session();
  return StreamOpened{std::make_unique<StreamModel>(server_, request.from, kafka_.positions())};
}

Answer ControlModel::act(const OpenProducer&) {
  if (auto problem = failure(true)) return *problem;
  return ProducerOpened{std::make_unique<ProducerModel>(kafka_, budget_, server_.now)};
}

Answer ControlModel::act(Close& request) {
  stream_ = nullptr;
  if (request.producer) {
    producer_ = nullptr;
    auto* producer = static_cast<ProducerModel*>(request.producer.get());
    if (kafka_.up && !dying_) producer->settle();
    kafka_.nobody_waits = true;
    request.producer.reset();
    kafka_.nobody_waits = false;
  }
  request.source.reset();
  request.publisher.reset();
  return Done{};
}

}  // namespace penstock::sim
