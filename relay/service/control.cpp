#include "relay/service/control.h"

#include <chrono>
#include <utility>

namespace penstock {

namespace {

constexpr int kSyslogError = 3;

Time steady_now() {
  return std::chrono::steady_clock::now();
}

int64_t unix_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

template <typename T>
Answer answer_of(Result<T> result) {
  if (!result.is_ok()) return result.problem();
  return std::move(result.value());
}

Answer opened(Result<std::unique_ptr<KafkaProducer>> producer) {
  if (!producer.is_ok()) return producer.problem();
  return ProducerOpened{std::move(producer.value())};
}

void add_postgres(PostgresControl& postgres, Facts& facts) {
  Result<ServerFacts> server = postgres.probe();
  if (server.is_ok()) {
    facts.server = std::move(server.value());
  } else {
    facts.problems.push_back(server.problem());
  }
}

// After PostgreSQL, which says which topics will be used.
void add_kafka(KafkaControl& kafka, Facts& facts) {
  Result<KafkaFacts> broker = kafka.probe();
  if (!broker.is_ok()) {
    facts.problems.push_back(broker.problem());
    return;
  }
  facts.kafka = std::move(broker.value());
  std::vector<std::string> topics;
  if (facts.server) {
    for (const TableFacts& table : facts.server->tables) {
      if (!table.topic.empty()) topics.push_back(table.topic);
    }
  }
  const Result<std::vector<Problem>> audit = kafka.audit(topics);
  if (audit.is_ok()) facts.problems.insert(facts.problems.end(), audit.value().begin(), audit.value().end());
}

Answer answer_of(const Status& status) {
  if (!status.is_ok()) return status.problem();
  return Done{};
}

}  // namespace

Facts gather_facts(PostgresControl& postgres, KafkaControl& kafka) {
  Facts facts;
  add_postgres(postgres, facts);
  add_kafka(kafka, facts);
  return facts;
}

AdapterControl::~AdapterControl() {
  cancel();
}

void AdapterControl::configure(PostgresSettings postgres, KafkaSettings kafka) {
  postgres_settings_ = std::move(postgres);
  kafka_settings_ = std::move(kafka);
  identities_set_ = std::make_shared<IdentitiesSet>(false);
  renew();
}

// What the adapters before have opened outlives neither them nor the session: they go when the next one is probed for.
void AdapterControl::renew() {
  if (postgres_) old_postgres_.push_back(std::move(postgres_));
  if (kafka_) old_kafka_.push_back(std::move(kafka_));
  postgres_ = std::make_unique<PostgresControl>(
      postgres_settings_, [this](const Problem& problem) { log_.problem(problem); }, identities_set_);
  KafkaLog log = [this](int level, std::string_view line) {
    // librdkafka says much about what it mends itself; what it cannot mend comes back as a problem.
    log_.write(level <= kSyslogError ? LogLevel::kWarn : LogLevel::kDebug, line);
  };
  kafka_ = std::make_unique<KafkaControl>(kafka_settings_, std::move(log), partitions_);
  cancelled_ = false;
}

void AdapterControl::ask(Request request) {
  CHECK(!outstanding_);
  outstanding_ = true;
  if (cancelled_) renew();
  std::visit([this](auto&& asked) { perform(std::move(asked)); }, std::move(request));
}

std::optional<Answer> AdapterControl::answer() {
  std::optional<Answer> answer;
  {
    const std::lock_guard lock(mutex_);
    answer.swap(answer_);
  }
  if (!answer) return std::nullopt;
  outstanding_ = false;
  if (const Facts* facts = std::get_if<Facts>(&*answer)) take_note(*facts);
  if (std::holds_alternative<StreamOpened>(*answer) || std::holds_alternative<SnapshotOpened>(*answer))
    heartbeat_.carrying = true;
  ProducerOpened* opened = std::get_if<ProducerOpened>(&*answer);
  if (opened != nullptr) producer_ = static_cast<const KafkaProducer*>(opened->producer.get());
  if (opened != nullptr && heartbeat_.interval.count() > 0) {
    opened->producer = std::make_unique<HeartbeatProducer>(std::move(opened->producer), heartbeat_,
                                                           HeartbeatProducer::Clocks{steady_now, unix_now_ms});
  }
  return answer;
}

// What is asked may be of the configuration before.
void AdapterControl::cancel() {
  for (const auto& old : old_postgres_) old->cancel();
  for (const auto& old : old_kafka_) old->cancel();
  if (postgres_) postgres_->cancel();
  if (kafka_) kafka_->cancel();
  cancelled_ = true;
}

KafkaGauges AdapterControl::kafka_gauges() const {
  if (producer_ == nullptr) return {0, 0, recoveries_before_};
  return {producer_->queued_records(), producer_->queued_bytes(), recoveries_before_ + producer_->recoveries()};
}

void AdapterControl::take_note(const Facts& facts) {
  facts_ = facts;
  if (!facts.server) return;
  for (const TableFacts& table : facts.server->tables) {
    if (table.kind != "heartbeat") continue;
    heartbeat_.topic = table.topic;
    heartbeat_.key = table.heartbeat_key;
    heartbeat_.value = table.heartbeat_value;
  }
}

void AdapterControl::post(Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  wake_.wake();
}

// PostgreSQL first: it says which topics Kafka is asked about. Kafka is asked also if PostgreSQL did not answer.
void AdapterControl::perform(Probe) {
  old_postgres_.clear();
  old_kafka_.clear();
  gathering_ = {};
  postgres_worker_.run([this, postgres = postgres_.get(), kafka = kafka_.get()] {
    add_postgres(*postgres, gathering_);
    kafka_worker_.run([this, kafka] {
      add_kafka(*kafka, gathering_);
      post(std::move(gathering_));
    });
  });
}

void AdapterControl::perform(WriteIntent request) {
  kafka_worker_.run([this, kafka = kafka_.get(), request = std::move(request)] {
    StoredPosition intent;
    intent.epoch = request.epoch;
    intent.intent = true;
    post(answer_of(kafka->write_position(request.identity, intent)));
  });
}

void AdapterControl::perform(WritePosition request) {
  kafka_worker_.run([this, kafka = kafka_.get(), request = std::move(request)] {
    post(answer_of(kafka->write_position(request.identity, request.stored)));
  });
}

void AdapterControl::perform(WriteTargetState request) {
  kafka_worker_.run([this, kafka = kafka_.get(), request = std::move(request)] {
    post(answer_of(kafka->write_target_state(request)));
  });
}

void AdapterControl::perform(DropSlot) {
  postgres_worker_.run([this, postgres = postgres_.get()] { post(answer_of(postgres->drop_slot())); });
}

void AdapterControl::perform(CreateSlot) {
  postgres_worker_.run([this, postgres = postgres_.get()] { post(answer_of(postgres->create_slot())); });
}

void AdapterControl::perform(OpenSnapshot request) {
  postgres_worker_.run([this, postgres = postgres_.get(), request = std::move(request)] {
    post(answer_of(postgres->open_snapshot(request)));
  });
}

// The server's plugin knows which group a topic belongs to.
void AdapterControl::perform(CreateTopics request) {
  if (kafka_->has_groups() && !request.topics.empty()) {
    postgres_worker_.run(
        [this, postgres = postgres_.get(), kafka = kafka_.get(), request = std::move(request)]() mutable {
          Result<TopicGroups> groups = postgres->topic_groups(request.topics);
          if (!groups.is_ok()) return post(groups.problem());
          kafka_worker_.run([this, kafka, request = std::move(request), groups = std::move(groups.value())] {
            post(answer_of(kafka->create_topics(request.topics, groups)));
          });
        });
    return;
  }
  kafka_worker_.run([this, kafka = kafka_.get(), request = std::move(request)] {
    post(answer_of(kafka->create_topics(request.topics)));
  });
}

void AdapterControl::perform(OpenStream request) {
  postgres_worker_.run(
      [this, postgres = postgres_.get(), request] { post(answer_of(postgres->open_stream(request))); });
}

void AdapterControl::perform(OpenProducer) {
  kafka_worker_.run([this, kafka = kafka_.get()] { post(opened(kafka->open_producer())); });
}

void AdapterControl::perform(Close request) {
  heartbeat_.carrying = false;
  if (request.producer) {
    recoveries_before_ = kafka_gauges().recoveries;
    producer_ = nullptr;
  }
  closing_ = std::move(request);
  kafka_worker_.run([this] {
    closing_->source.reset();
    closing_->publisher.reset();
    closing_->producer.reset();
    closing_.reset();
    post(Done{});
  });
}

}  // namespace penstock
