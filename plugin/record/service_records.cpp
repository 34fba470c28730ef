#include "plugin/record/service_records.h"

#include "plugin/plan/topic.h"
#include "plugin/record/record_drafts.h"

namespace penstock {

namespace {

struct ServiceDrafts {
  const Options* options = nullptr;
  Naming naming;
};

Draft make_draft(const void* owner, size_t kind) {
  const auto& drafts = *static_cast<const ServiceDrafts*>(owner);
  const Options& options = *drafts.options;
  const Naming& naming = drafts.naming;
  switch (static_cast<ServiceRecord>(kind)) {
    case ServiceRecord::kMessage:
    case ServiceRecord::kMessageOutside:
      return message_draft(options, naming.server, message_topic(naming.server), naming.database,
                           static_cast<ServiceRecord>(kind) == ServiceRecord::kMessage);
    case ServiceRecord::kBegin:
    case ServiceRecord::kEnd:
      return mark_draft(transaction_topic(options, naming.server),
                        static_cast<ServiceRecord>(kind) == ServiceRecord::kBegin);
    case ServiceRecord::kHeartbeat:
      break;
  }
  return heartbeat_draft(heartbeat_topic(options, naming.server), naming.server);
}

std::string_view wrapped(std::string_view prefix, std::string_view text, std::string_view suffix) {
  return psprintf("%.*s%.*s%.*s", static_cast<int>(prefix.size()), prefix.data(), static_cast<int>(text.size()),
                  text.data(), static_cast<int>(suffix.size()), suffix.data());
}

}  // namespace

Outputs* service_outputs(const Options& options, const Naming& naming, uint32* next_id) {
  ServiceDrafts* drafts = palloc_one<ServiceDrafts>();
  *drafts = {&options, naming};
  Outputs::Facts facts;
  facts.options = &options;
  facts.make = make_draft;
  facts.owner = drafts;
  facts.next_id = next_id;
  facts.relation.kind = wire::RelationKind::kMessage;
  Outputs* outputs = palloc_one<Outputs>();
  outputs->open(facts);
  return outputs;
}

bool heartbeat_template(Outputs& outputs, HeartbeatTemplate& heartbeat) {
  const Output* output = outputs.constant(static_cast<size_t>(ServiceRecord::kHeartbeat));
  if (output == nullptr || output->dropped) return false;
  const wire::Relation& relation = output->definition->relation;
  heartbeat.topic = relation.topic;
  if (output->has_key) {
    JsonWriter key;
    key.open(CurrentMemoryContext, 256);
    output->key.run(key, {});
    heartbeat.key = wrapped(relation.key_prefix, key.view(), relation.key_suffix);
  }
  if (!output->has_value) return true;
  std::string_view text = relation.value_prefix;
  for (size_t i = 0; i < output->value.size(); ++i) {
    if (output->value.is_text(i)) {
      text = wrapped(text, output->value.text_of(i), {});
    } else {
      heartbeat.value.add(text.data() == nullptr ? "" : text);
      text = "";
    }
  }
  heartbeat.value.add(wrapped(text, relation.value_suffix, {}));
  return true;
}

}  // namespace penstock
