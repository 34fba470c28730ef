#include "relay/kafka/producer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "relay/kafka/admin.h"
#include "relay/kafka/client.h"
#include "relay/kafka/flusher.h"

namespace penstock {

namespace {

using HeadersHandle = std::unique_ptr<rd_kafka_headers_t, Destroy<rd_kafka_headers_destroy>>;

constexpr size_t kHeadersUsual = 4;  // __debezium.context.*
constexpr size_t kReportsAtOnce = 512;
constexpr int kShownLevel = 3;  // of syslog: less is not shown
// Longer than a broker that works takes; one that hangs may still take what lies in its socket, whatever we do.
constexpr std::chrono::seconds kAnswersAwaited{10};

bool add_headers(rd_kafka_headers_t& headers, std::string_view encoded) {
  wire::HeaderReader reader(encoded);
  for (wire::KafkaHeader header; reader.next(header);) {
    const auto value_size = header.value.data() == nullptr ? 0 : static_cast<ssize_t>(header.value.size());
    if (rd_kafka_header_add(&headers, header.name.data(), static_cast<ssize_t>(header.name.size()), header.value.data(),
                            value_size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return false;
    }
  }
  return reader.ok();
}

// `text` between prefix and suffix, in `scratch`; a null text stays null.
std::string_view wrap(std::string& scratch, std::string_view prefix, std::string_view text, std::string_view suffix) {
  if (text.data() == nullptr) return text;
  scratch.assign(prefix).append(text).append(suffix);
  return scratch;
}

bool sets_linger(const KafkaSettings& settings) {
  return std::any_of(settings.producer.begin(), settings.producer.end(), [](const ClientProperty& property) {
    return property.name == "linger.ms" || property.name == "queue.buffering.max.ms";
  });
}

rd_kafka_vu_t bytes_argument(rd_kafka_vtype_t type, std::string_view bytes) {
  rd_kafka_vu_t argument;
  argument.vtype = type;
  argument.u.mem.ptr = const_cast<char*>(bytes.data());  // copied: RD_KAFKA_MSG_F_COPY
  argument.u.mem.size = bytes.size();
  return argument;
}

}  // namespace

struct KafkaProducer::Parts {
  rd_kafka_topic_t* topic = nullptr;
  int32_t partition = RD_KAFKA_PARTITION_UA;
  int64_t timestamp_ms = 0;  // 0: now
  std::string_view key;
  std::string_view value;
  rd_kafka_headers_t* headers = nullptr;  // null: none. Taken by librdkafka if it takes the record
  uint64_t opaque = 0;
  bool by_wish = false;  // the partition is what a row asks for: if there is none, the key decides
};

class KafkaProducer::Client {
 public:
  Client(ClientHandle handle, bool lingers) : client_(std::move(handle)) {
    wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    CHECK(wake_ >= 0);
    queue_.reset(rd_kafka_queue_get_main(client_.get()));
    const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue_.get(), wake_, &one, sizeof one);
    if (!lingers) flusher_.emplace(*client_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    flusher_.reset();
    rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_INFLIGHT);
    topics_by_name_.clear();
    queue_.reset();
    client_.reset();
    close(wake_);
  }

  rd_kafka_t& handle() { return *client_; }
  int descriptor() const { return wake_; }

  void send_now() {
    if (flusher_) flusher_->flush();
  }

  // The next event, null if none comes within the time. The descriptor stays readable until nothing is left.
  EventHandle next(int timeout_ms) { return EventHandle(rd_kafka_queue_poll(queue_.get(), timeout_ms)); }

  void clear_descriptor() const {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = read(wake_, &count, sizeof count);  // fails when nothing was written: as good
  }

  // Null until the route's topic was opened.
  rd_kafka_topic_t* topic_of(const Route& route) const {
    return route.index < topics_by_index_.size() ? topics_by_index_[route.index] : nullptr;
  }
  rd_kafka_topic_t* open_topic(const Route& route) {
    if (route.index >= topics_by_index_.size()) topics_by_index_.resize(route.index + 1);
    return topics_by_index_[route.index] = open_topic(route.topic);
  }
  rd_kafka_topic_t* open_topic(const std::string& name) {
    TopicHandle& topic = topics_by_name_[name];
    if (!topic) topic.reset(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
    return topic.get();
  }
  rd_kafka_topic_t* find_topic(const std::string& name) const {
    const auto found = topics_by_name_.find(name);
    return found == topics_by_name_.end() ? nullptr : found->second.get();
  }
  QueueHandle& queue() { return queue_; }

 private:
  ClientHandle client_;
  QueueHandle queue_;
  std::unordered_map<std::string, TopicHandle> topics_by_name_;
  std::vector<rd_kafka_topic_t*> topics_by_index_;  // of routes; owned by topics_by_name_
  int wake_ = -1;
  std::optional<Flusher> flusher_;
};

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::open(const KafkaSettings& settings, KafkaLog log,
                                                           std::shared_ptr<const PartitionCounts> partitions) {
  ClientHandle handle = TRY(open_client(settings, ClientKind::kProducer));
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(settings, std::move(log), std::move(partitions)));
  producer->client_ = std::make_unique<Client>(std::move(handle), sets_linger(settings));
  return producer;
}

KafkaProducer::KafkaProducer(KafkaSettings settings, KafkaLog log, std::shared_ptr<const PartitionCounts> partitions)
    : settings_(std::move(settings)), log_(std::move(log)), partitions_(std::move(partitions)) {}

KafkaProducer::~KafkaProducer() {
  if (client_ == nullptr) return;
  rd_kafka_purge(&client_->handle(), RD_KAFKA_PURGE_F_QUEUE);
  const auto end = std::chrono::steady_clock::now() + kAnswersAwaited;
  std::vector<Report> ignored;
  constexpr int kSliceMs = 100;
  while (outstanding_ > 0 && std::chrono::steady_clock::now() < end) {
    // What the instance has become does not matter any more.
    if (!serve(ignored, kSliceMs).is_ok()) ignored.clear();
  }
}

// A truncate concerns every partition. It counts as one record: all reports but the last are kept.
Producer::Offer KafkaProducer::produce(const Record& record, uint64_t opaque) {
  const bool everywhere = settings_.truncate_everywhere && record.op == 't' && partitions_ != nullptr;
  const int32_t count = everywhere ? partitions_->of(record.route->topic) : 1;
  if (count <= 1) return produce_to(record, opaque, RD_KAFKA_PARTITION_UA);
  // The one before may have been given up half way, with its session.
  if (std::exchange(partial_opaque_, opaque) != opaque) next_partition_ = 0;
  for (; next_partition_ < count; ++next_partition_) {
    const Offer offered = produce_to(record, opaque, next_partition_);
    if (offered != Offer::kTaken) return offered;
    if (next_partition_ + 1 < count) ++own_reports_[opaque];
  }
  next_partition_ = 0;
  return Offer::kTaken;
}

Producer::Offer KafkaProducer::produce_to(const Record& record, uint64_t opaque, int32_t partition) {
  const Route& route = *record.route;
  Parts parts;
  parts.topic = client_->topic_of(route);
  if (parts.topic == nullptr) {
    parts.topic = client_->open_topic(route);
    if (parts.topic == nullptr)
      return refused(kafka_problem(rd_kafka_last_error(), "topic " + route.topic + " cannot be used"));
  }
  parts.opaque = opaque;
  parts.by_wish = partition == RD_KAFKA_PARTITION_UA && record.places.partition != wire::Places::kByKey;
  parts.partition = parts.by_wish ? record.places.partition : partition;
  if (record.places.timestamp_ms != wire::Places::kNow) parts.timestamp_ms = record.places.timestamp_ms;
  parts.key = record.key;
  parts.value = record.value;
  if (route.wrapped()) {
    parts.key = wrap(key_, route.key_prefix, record.key, route.key_suffix);
    parts.value = wrap(value_, route.value_prefix, record.value, route.value_suffix);
  }
  HeadersHandle headers;
  if (!record.headers.empty() || !route.headers.empty()) {
    headers.reset(rd_kafka_headers_new(kHeadersUsual));
    if (!add_headers(*headers, record.headers) || !add_headers(*headers, route.headers)) {
      return refused({Code::kPgProtocol, "the headers of a record for topic " + route.topic + " cannot be read", ""});
    }
    parts.headers = headers.get();
  }
  const Offer offered = offer(parts);
  if (offered == Offer::kTaken) headers.release();
  return offered;
}

Producer::Offer KafkaProducer::produce_service(std::string_view topic, int32_t partition, std::string_view key,
                                               std::string_view value, uint64_t opaque) {
  const std::string name(topic);
  Parts parts;
  parts.topic = client_->find_topic(name);
  if (parts.topic == nullptr) {
    parts.topic = client_->open_topic(name);
    if (parts.topic == nullptr)
      return refused(kafka_problem(rd_kafka_last_error(), "topic " + name + " cannot be used"));
  }
  parts.partition = partition < 0 ? RD_KAFKA_PARTITION_UA : partition;
  parts.key = key;
  parts.value = value;
  parts.opaque = opaque;
  return offer(parts);
}

Producer::Offer KafkaProducer::offer(const Parts& parts) {
  std::array<rd_kafka_vu_t, 8> arguments;
  arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
  arguments[0].u.rkt = parts.topic;
  arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  arguments[1].u.i32 = parts.partition;
  arguments[2] = bytes_argument(RD_KAFKA_VTYPE_KEY, parts.key);
  arguments[3] = bytes_argument(RD_KAFKA_VTYPE_VALUE, parts.value);
  arguments[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[4].u.i = RD_KAFKA_MSG_F_COPY;
  arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[5].u.ptr = reinterpret_cast<void*>(parts.opaque);  // comes back as a number
  arguments[6].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  arguments[6].u.i64 = parts.timestamp_ms;
  arguments[7].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[7].u.headers = parts.headers;
  const size_t count = parts.headers == nullptr ? arguments.size() - 1 : arguments.size();
  const ErrorHandle error(rd_kafka_produceva(&client_->handle(), arguments.data(), count));
  if (!error) {
    ++outstanding_;
    outstanding_bytes_ += parts.key.size() + parts.value.size();
    if (parts.by_wish) wishes_.insert(parts.opaque);
    return Offer::kTaken;
  }
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
  if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION && parts.by_wish) return offer_by_key(parts);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Offer::kFull;
  // The instance is finished. What says why is on its way to poll(), which tells it better.
  if (rd_kafka_fatal_error(&client_->handle(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) return Offer::kFull;
  return refused(kafka_problem(code,
                               "a record of " + std::to_string(parts.key.size() + parts.value.size()) +
                                   " bytes for topic " + rd_kafka_topic_name(parts.topic) + ": " +
                                   rd_kafka_error_string(error.get()),
                               Code::kKafkaRecordRefused));
}

// A partition that a row asks for, of a topic that has not so many: no row stops the stream by that.
Producer::Offer KafkaProducer::offer_by_key(Parts parts) {
  if (const char* topic = rd_kafka_topic_name(parts.topic); log_ && told_partitions_.insert(topic).second) {
    log_(kShownLevel, "a record asks for partition " + std::to_string(parts.partition) + " of topic " + topic +
                          ", which has not so many: such records go by their key");
  }
  parts.partition = RD_KAFKA_PARTITION_UA;
  parts.by_wish = false;
  return offer(parts);
}

// A record that was taken before anything was known of its topic.
bool KafkaProducer::sent_by_key(const rd_kafka_message_t& message) {
  const auto wish = wishes_.find(reinterpret_cast<uint64_t>(message._private));
  if (wish == wishes_.end()) return false;
  wishes_.erase(wish);
  if (message.err != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) return false;
  Parts parts;
  parts.topic = message.rkt;
  parts.partition = message.partition;
  parts.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  parts.key = {static_cast<const char*>(message.key), message.key_len};
  parts.value = {static_cast<const char*>(message.payload), message.len};
  parts.opaque = reinterpret_cast<uint64_t>(message._private);
  HeadersHandle headers;
  rd_kafka_headers_t* given = nullptr;
  if (rd_kafka_message_headers(&message, &given) == RD_KAFKA_RESP_ERR_NO_ERROR)
    headers.reset(rd_kafka_headers_copy(given));
  parts.headers = headers.get();
  if (offer_by_key(parts) != Offer::kTaken) return false;
  headers.release();
  return true;
}

Producer::Offer KafkaProducer::refused(Problem problem) {
  refusal_ = std::move(problem);
  return Offer::kRefused;
}

void KafkaProducer::send_now() {
  client_->send_now();
}

Status KafkaProducer::poll(std::vector<Report>& reports) {
  return serve(reports, 0);
}

Status KafkaProducer::wait(std::vector<Report>& reports, int timeout_ms) {
  return serve(reports, timeout_ms);
}

int KafkaProducer::descriptor() const {
  return client_->descriptor();
}

Status KafkaProducer::serve(std::vector<Report>& reports, int timeout_ms) {
  client_->clear_descriptor();  // before the queue is emptied, so that what comes meanwhile is seen
  for (EventHandle event = client_->next(timeout_ms); event; event = client_->next(0)) {
    switch (rd_kafka_event_type(event.get())) {
      case RD_KAFKA_EVENT_DR:
        take_reports(*event, reports);
        break;
      case RD_KAFKA_EVENT_ERROR:
        take_error(*event);
        break;
      case RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT:
        take_sign(*event);
        break;
      case RD_KAFKA_EVENT_LOG:
        pass_log(*event, log_);
        break;
      default:
        break;
    }
  }
  if (trouble_ && outstanding_ == 0 && !sign_asked_) {
    ask_for_sign(client_->handle(), *client_->queue(), settings_);
    sign_asked_ = true;
  }
  if (failed_) return *failed_;
  if (fatal_ && !explained_later_) return *fatal_;
  return Status::ok();
}

void KafkaProducer::take_reports(rd_kafka_event_t& event, std::vector<Report>& reports) {
  std::array<const rd_kafka_message_t*, kReportsAtOnce> messages;
  for (size_t count; (count = rd_kafka_event_message_array(&event, messages.data(), messages.size())) > 0;) {
    for (size_t i = 0; i < count; ++i) {
      const rd_kafka_message_t& message = *messages[i];
      outstanding_bytes_ -= message.key_len + message.len;
      if (!wishes_.empty() && sent_by_key(message)) continue;
      const bool delivered = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
      const auto opaque = reinterpret_cast<uint64_t>(message._private);
      if (!delivered || !is_own(opaque)) reports.push_back({opaque, delivered});
      if (delivered || failed_) continue;
      const std::string what = "a record of " + std::to_string(message.key_len + message.len) + " bytes for topic " +
                               rd_kafka_topic_name(message.rkt) + ": " + rd_kafka_err2str(message.err);
      failed_ = kafka_problem(message.err, what);
      // A purge only follows the fatal error that is the reason.
      if (fatal_ && failed_->code == Code::kKafkaFatal) failed_ = fatal_;
    }
    outstanding_ -= count;
    if (!failed_) recover();
  }
}

void KafkaProducer::recover() {
  if (trouble_) ++recoveries_;
  trouble_.reset();
}

// Whether a report is one of the many of a record that went to all partitions, and others are still to come.
bool KafkaProducer::is_own(uint64_t opaque) {
  if (own_reports_.empty()) return false;
  const auto found = own_reports_.find(opaque);
  if (found == own_reports_.end()) return false;
  if (--found->second == 0) own_reports_.erase(found);
  return true;
}

void KafkaProducer::take_error(rd_kafka_event_t& event) {
  if (rd_kafka_event_error_is_fatal(&event) == 0) {
    trouble_ =
        kafka_problem(rd_kafka_event_error(&event), rd_kafka_event_error_string(&event), Code::kKafkaUnreachable);
    return;
  }
  std::array<char, 512> reason{};
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(&client_->handle(), reason.data(), reason.size());
  explained_later_ = code == RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE;
  fatal_ = kafka_problem(code, std::string(rd_kafka_err2name(code)) + ": " + reason.data());
}

void KafkaProducer::take_sign(rd_kafka_event_t& event) {
  sign_asked_ = false;
  if (is_answer(event)) recover();
}

}  // namespace penstock
