// EventRouter: rows of an outbox table become events (contract 8.2, findings A22).
#include "plugin/text/encoding.h"
#include "plugin/text/setting.h"
#include "plugin/transform/transform.h"

namespace penstock {

namespace {

enum class Placement : uint8_t { kHeader, kEnvelope, kPartition };

struct Extra {
  std::string_view field;
  std::string_view name;
  Placement placement = Placement::kHeader;
};

// The schema of a value is named by the first topic that had one like it since the start, as in the connector, which
// keeps schemas by the payload's schema, or by their version.
struct NamedSchema {
  std::string_view like;
  std::string_view routed;
};

struct Outbox {
  std::string_view id;
  std::string_view key;
  std::string_view payload;
  std::string_view timestamp;  // empty: the envelope's ts_ms
  std::string_view version;    // empty: no version of the value's schema
  std::string_view route_field;
  Replacement route;
  Array<Extra> extras;
  bool has_envelope = false;  // one of them is placed there
  bool missing_is_error = true;
  bool tombstone_if_empty = false;
  bool expand = false;
  bool keep_nulls = false;
  bool fails_on_update = false;
  MemoryContext context = nullptr;  // of the session
  mutable Array<NamedSchema> named;
  bool schemas = false;  // schemas of values are written, so that of an expanded payload matters
};

class Event {
 public:
  Event(const Transform& transform, Draft& draft, Answers& answers)
      : transform_(transform),
        outbox_(*static_cast<const Outbox*>(transform.settings)),
        draft_(draft),
        answers_(answers),
        row_(*draft.value->find("after")) {}

  bool make() {
    const RecordNode& payload_field = field(outbox_.payload, "payload");
    const RecordNode& route = field(outbox_.route_field, "route.by.field");
    if (route.schema.type != "string")
      refuse_record(transform_, draft_, "The field of route.by.field is not a string.");
    std::string_view routed;
    if (!answers_.ask(about(Question::About::kText, &route), routed)) return false;
    if (!make_payload(payload_field)) return false;
    draft_.headers.add({"id", &field(outbox_.id, "table.field.event.id")});
    RecordNode* value = nullptr;
    if (outbox_.has_envelope && !make_value(routed, value)) return false;
    place_extras(value);
    take_timestamp();
    bool blank = false;
    if (!ask_blank(payload_field, blank)) return false;
    draft_.key = outbox_.key.empty() ? new_node({}, schema_type("string"))
                                     : renamed(field(outbox_.key, "table.field.event.key"), {});
    draft_.value = blank ? nullptr : value != nullptr ? value : payload_;
    draft_.key_changed = draft_.value_changed = true;
    draft_.topic = routed;
    std::string_view topic;
    if (outbox_.route.apply(routed, topic)) draft_.topic = topic;
    return true;
  }

 private:
  // A member of the row as Struct.get() gives it; the connector's task ends where there is none.
  const RecordNode& field(std::string_view name, const char* what) const {
    const RecordNode* found = row_.find(name);
    if (found == nullptr) {
      refuse_record(transform_, draft_,
                    psprintf("The row has no field \"%.*s\" (%s).", length(name), name.data(), what));
    }
    return *with_default(*found);
  }

  bool make_payload(const RecordNode& payload) {
    payload_ = renamed(payload, {});
    if (!outbox_.expand || payload.prints != Prints::kColumn || payload.schema.type != "string") return true;
    RecordNode* expanded = copy_of(payload);
    expanded->field = {};
    expanded->prints = Prints::kExpanded;
    expanded->keeps_null_members = outbox_.keep_nulls;
    payload_ = expanded;
    if (!outbox_.schemas) return true;
    Question question = about(Question::About::kSchema, &payload);
    question.format = outbox_.payload;
    question.keep_nulls = outbox_.keep_nulls;
    std::string_view members;
    if (!answers_.ask(question, members)) return false;
    if (members.empty()) return true;  // it stays a string
    expanded->schema = {};
    expanded->schema.text_members = members;
    return true;
  }

  // The struct around payload and the fields that are placed in the envelope.
  bool make_value(std::string_view routed, RecordNode*& value) {
    Schema schema = schema_type("struct");
    std::string_view version;
    if (!outbox_.version.empty()) {
      const RecordNode& node = field(outbox_.version, "table.field.event.schema.version");
      if (!answers_.ask(about(Question::About::kText, &node), version)) return false;
      int64_t number = 0;
      if (wire::parse_integer(version, number)) schema.version = static_cast<int>(number);
    }
    routed = first_routed(version, routed);
    const std::string_view name = row_.schema.name;
    size_t dot = name.size();
    while (dot > 0 && name[dot - 1] != '.') --dot;
    schema.name = psprintf("%.*s%.*s.%.*s", static_cast<int>(dot), name.data(), length(routed), routed.data(),
                           static_cast<int>(name.size() - dot), name.data() + dot);
    value = struct_node({}, schema);
    value->members.add(renamed(*payload_, "payload"));
    return true;
  }

  std::string_view first_routed(std::string_view version, std::string_view routed) {
    JsonWriter like;
    like.open(CurrentMemoryContext, 256);
    if (version.empty()) {
      append_schema(like, *payload_, false);
    } else {
      like.append(version);
    }
    for (const NamedSchema& known : outbox_.named) {
      if (known.like == like.view()) return known.routed;
    }
    constexpr size_t kNamedMax = 10000;  // as many as the connector keeps
    if (outbox_.named.size() == kNamedMax) return routed;
    ContextScope scope(outbox_.context);
    outbox_.named.add({palloc_copy(like.view()), palloc_copy(routed)});
    return routed;
  }

  void place_extras(RecordNode* value) {
    for (const Extra& extra : outbox_.extras) {
      if (row_.find(extra.field) == nullptr && !outbox_.missing_is_error) continue;
      const RecordNode& node = field(extra.field, "table.fields.additional.placement");
      switch (extra.placement) {
        case Placement::kEnvelope:
          add_field(transform_, draft_, *value, renamed(node, extra.name));
          break;
        case Placement::kHeader:
          draft_.headers.add({extra.name, renamed(node, {})});
          break;
        case Placement::kPartition:
          if (node.schema.type != "int32")
            refuse_record(transform_, draft_, "The field of the partition is not an int32.");
          draft_.partition = &node;
          break;
      }
    }
  }

  void take_timestamp() {
    const RecordNode* now = draft_.value->find("ts_ms");
    draft_.timestamp = now;
    if (outbox_.timestamp.empty()) return;
    const RecordNode& node = field(outbox_.timestamp, "table.field.event.timestamp");
    const std::string_view name = node.schema.name;
    if (node.schema.type != "int64") refuse_record(transform_, draft_, "The field of the timestamp is not an int64.");
    if (name == "io.debezium.time.Timestamp") {
      draft_.timestamp_divisor = 1;
    } else if (name == "io.debezium.time.MicroTimestamp") {
      draft_.timestamp_divisor = 1000;
    } else if (name == "io.debezium.time.NanoTimestamp") {
      draft_.timestamp_divisor = 1000000;
    } else {
      refuse_record(transform_, draft_, "The field of the timestamp is not a timestamp.");
    }
    draft_.timestamp = &node;
    draft_.timestamp_else = now;
  }

  bool ask_blank(const RecordNode& payload, bool& blank) {
    if (!outbox_.tombstone_if_empty) return true;
    std::string_view answer;
    if (!answers_.ask(about(Question::About::kBlank, &payload), answer)) return false;
    blank = !answer.empty();
    return true;
  }

  const Transform& transform_;
  const Outbox& outbox_;
  Draft& draft_;
  Answers& answers_;
  const RecordNode& row_;
  const RecordNode* payload_ = nullptr;
};

bool apply(const Transform& transform, Draft& draft, Answers& answers) {
  const auto& outbox = *static_cast<const Outbox*>(transform.settings);
  if (draft.value == nullptr) {
    draft.dropped = true;
    return true;
  }
  if (!draft.value->schema.name.ends_with(".Envelope")) return true;
  const RecordNode* op = draft.value->find("op");
  const RecordNode* after = draft.value->find("after");
  if (op == nullptr || after == nullptr) refuse_record(transform, draft, "It is not an envelope.");
  if (op->text == "\"u\"" && outbox.fails_on_update) {
    refuse_record(transform, draft, "The row was updated, and table.op.invalid.behavior is fatal.");
  }
  if (op->text == "\"u\"") {  // told once a table, not for each row
    ereport(WARNING, errmsg("updates in topic \"%s\" are no events and are left out", shown_utf8(draft.topic)),
            errdetail("EventRouter makes events of inserted rows only."));
  }
  if (op->text == "\"u\"" || after->prints == Prints::kNull) {  // d and t are dropped
    draft.dropped = true;
    return true;
  }
  return Event(transform, draft, answers).make();
}

Array<Extra> extras_of(TransformSettings& settings, bool& has_envelope) {
  Array<Extra> extras;
  for (std::string_view item : settings.list("table.fields.additional.placement")) {
    std::string_view rest = item;
    Extra extra;
    extra.field = wire::trim(wire::take_part(rest, ':'));
    const std::string_view placement = wire::trim(wire::take_part(rest, ':'));
    extra.name = rest.data() == nullptr ? extra.field : wire::trim(rest);
    if (wire::equal_ignoring_case(placement, "header")) {
      extra.placement = Placement::kHeader;
    } else if (wire::equal_ignoring_case(placement, "envelope")) {
      extra.placement = Placement::kEnvelope;
      has_envelope = true;
    } else if (wire::equal_ignoring_case(placement, "partition")) {
      extra.placement = Placement::kPartition;
    } else {
      settings.refuse(
          "table.fields.additional.placement", item,
          "It must be a list of <column>:header[:<name>], <column>:envelope[:<name>] or <column>:partition.");
    }
    extras.add(extra);
  }
  return extras;
}

}  // namespace

void compile_outbox(Transform& transform, TransformSettings& settings, bool schemas) {
  Outbox* outbox = palloc_one<Outbox>();
  outbox->schemas = schemas;
  outbox->context = CurrentMemoryContext;
  outbox->id = palloc_copy(settings.text("table.field.event.id", "id"));
  outbox->key = palloc_copy(settings.text("table.field.event.key", "aggregateid"));
  outbox->payload = palloc_copy(settings.text("table.field.event.payload", "payload"));
  outbox->timestamp = palloc_copy(settings.text("table.field.event.timestamp"));
  outbox->version = palloc_copy(settings.text("table.field.event.schema.version"));
  outbox->route_field = palloc_copy(settings.text("route.by.field", "aggregatetype"));
  outbox->route = settings.replacement("route.topic.regex", "(?<routedByValue>.*)", "route.topic.replacement",
                                       "outbox.event.${routedByValue}");
  outbox->extras = extras_of(settings, outbox->has_envelope);
  outbox->missing_is_error = settings.choice("table.field.additional.missing", "error|ignore", "error") == "error";
  outbox->missing_is_error = settings.flag("table.fields.additional.error.on.missing", outbox->missing_is_error);
  outbox->tombstone_if_empty = settings.flag("route.tombstone.on.empty.payload", false);
  outbox->expand = settings.flag("table.expand.json.payload", false);
  outbox->keep_nulls =
      settings.choice("table.json.payload.null.behavior", "ignore|optional_bytes", "ignore") != "ignore";
  outbox->fails_on_update = settings.choice("table.op.invalid.behavior", "warn|error|fatal", "warn") == "fatal";
  settings.text("table.field.event.type");  // read by nobody, in the connector too
  settings.choice("field.name.adjustment.mode", "none", "none");
  // OpenTelemetry is not there, as in a worker without its agent: the column is not read.
  settings.text("tracing.span.context.field");
  settings.text("tracing.operation.name");
  settings.flag("tracing.with.context.field.only", false);
  transform.settings = outbox;
  transform.apply = apply;
}

}  // namespace penstock
