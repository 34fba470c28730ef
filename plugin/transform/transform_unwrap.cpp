// ExtractNewRecordState: the envelope becomes its row (contract 8.1, findings A20 and A21).
#include "plugin/text/setting.h"
#include "plugin/transform/transform.h"

namespace penstock {

namespace {

enum class OnDelete : uint8_t { kDrop, kTombstone, kRewrite, kRewriteWithTombstone, kDeleteToTombstone };

// A member of the envelope that becomes a field or a header.
struct Reference {
  std::string_view parent;  // "source", "transaction" …; empty: the envelope itself
  std::string_view field;
  std::string_view name;  // that it gets
};

struct Unwrap {
  OnDelete on_delete = OnDelete::kTombstone;
  Array<Reference> fields;
  Array<Reference> headers;
  std::string_view route_field;
  bool replace_null = true;
};

std::string_view parent_of(std::string_view field) {
  if (field == "id" || field == "total_order" || field == "data_collection_order") return "transaction";
  if (field == "op" || field == "ts_ms" || field == "ts_us" || field == "ts_ns") return {};
  return "source";
}

std::string_view concatenated(std::string_view a, std::string_view b, std::string_view c = {},
                              std::string_view d = {}) {
  return psprintf("%.*s%.*s%.*s%.*s", length(a), a.data(), length(b), b.data(), length(c), c.data(), length(d),
                  d.data());
}

// [parent.]field[:name]
Array<Reference> references(TransformSettings& settings, std::string_view key, std::string_view prefix_key) {
  const std::string_view prefix = settings.text(prefix_key, "__");
  Array<Reference> result;
  for (std::string_view item : settings.list(key)) {
    std::string_view name = item;
    const std::string_view path = wire::take_part(name, ':');
    std::string_view field = path;
    std::string_view parent = wire::take_part(field, '.');
    Reference reference;
    const bool nested = field.data() != nullptr;
    reference.field = nested ? wire::take_part(field, '.') : parent;
    reference.parent = nested ? parent : parent_of(reference.field);
    if (name.data() != nullptr) {
      if (memchr(name.data(), ':', name.size()) != nullptr) {
        settings.refuse(key, item, "It must be a list of <field> or <field>:<new name>.");
      }
      reference.name = concatenated(prefix, name);
    } else if (nested) {
      reference.name = concatenated(prefix, reference.parent, "_", reference.field);
    } else {
      reference.name = concatenated(prefix, reference.field);
    }
    result.add(reference);
  }
  return result;
}

// The member with its own value and the name of the reference; nullptr: there is none.
const RecordNode* resolve(const RecordNode& envelope, const Reference& reference) {
  const RecordNode* parent = reference.parent.empty() ? &envelope : envelope.find(reference.parent);
  const RecordNode* member = parent == nullptr ? nullptr : parent->find(reference.field);
  if (member == nullptr) {
    parent = &envelope;
    member = envelope.find(reference.field);
  }
  if (member == nullptr) return nullptr;
  RecordNode* copy = copy_of(*without_default(*member));
  copy->field = reference.name;
  copy->schema.optional = true;
  copy->schema.initial = {};
  if (parent->prints == Prints::kNull) copy->prints = Prints::kNull;
  return copy;
}

void add_header(Draft& draft, const HeaderNode& header) {
  draft.headers.add(header);
  if (draft.shared_headers != nullptr) draft.shared_headers->add(header);
}

void add_headers(const Unwrap& unwrap, Draft& draft) {
  for (const Reference& reference : unwrap.headers) {
    if (draft.value == nullptr) {  // a tombstone
      bool there = false;
      for (const HeaderNode& header : draft.headers) there = there || header.name == reference.name;
      if (reference.field == "op" && !there) draft.headers.add({reference.name, string_node({}, "d", false)});
      continue;
    }
    const RecordNode* node = resolve(*draft.value, reference);
    if (node != nullptr) add_header(draft, {reference.name, node});
  }
}

// As InsertField does it: a schema without its own optionality.
RecordNode* as_value(const RecordNode& row, bool replace_null) {
  RecordNode* value = copy_of(row);
  value->field = {};
  value->schema.optional = false;
  value->members = {};
  for (const RecordNode* member : row.members) value->members.add(replace_null ? with_default(*member) : member);
  return value;
}

// The row with __deleted, in the rewriting modes, and the fields of add.fields.
bool write_row(const Unwrap& unwrap, const Transform& transform, Draft& draft, Answers& answers, const RecordNode& row,
               bool deleted) {
  const RecordNode& envelope = *draft.value;
  const bool rewrites = unwrap.on_delete == OnDelete::kRewrite || unwrap.on_delete == OnDelete::kRewriteWithTombstone;
  RecordNode* value = as_value(row, rewrites && unwrap.replace_null);
  if (rewrites) add_field(transform, draft, *value, string_node("__deleted", deleted ? "true" : "false", true));
  draft.shared_headers = nullptr;
  if (!unwrap.route_field.empty()) {
    const RecordNode* route = row.find(unwrap.route_field);
    if (route == nullptr) {
      refuse_record(transform, draft,
                    psprintf("The row has no field \"%.*s\" (route.by.field).", length(unwrap.route_field),
                             unwrap.route_field.data()));
    }
    if (route->schema.type != "string") refuse_record(transform, draft, "The field of route.by.field is not a string.");
    std::string_view topic;
    if (!answers.ask(about(Question::About::kText, with_default(*route)), topic)) return false;
    if (!wire::trim(topic).empty()) draft.topic = topic;
  }
  for (const Reference& reference : unwrap.fields) {
    const RecordNode* node = resolve(envelope, reference);
    if (node != nullptr) add_field(transform, draft, *value, node);
  }
  draft.value = value;
  draft.value_changed = true;
  return true;
}

bool write_delete(const Unwrap& unwrap, const Transform& transform, Draft& draft, Answers& answers,
                  const RecordNode& before, const RecordNode& after) {
  switch (unwrap.on_delete) {
    case OnDelete::kDrop:
      draft.dropped = true;
      return true;
    case OnDelete::kRewrite:
    case OnDelete::kRewriteWithTombstone:
      return write_row(unwrap, transform, draft, answers, before, true);
    case OnDelete::kTombstone:
    case OnDelete::kDeleteToTombstone:
      break;
  }
  if (!unwrap.route_field.empty()) {
    const RecordNode* route = before.find(unwrap.route_field);
    if (route == nullptr) refuse_record(transform, draft, "The row has no such field (route.by.field).");
    std::string_view topic;
    if (!answers.ask(about(Question::About::kText, with_default(*route)), topic)) return false;
    if (!wire::trim(topic).empty()) draft.topic = topic;
  }
  draft.shared_headers = nullptr;
  draft.value_changed = true;
  // tombstone keeps a schema, so that the converter writes null instead of nothing.
  draft.value = unwrap.on_delete == OnDelete::kTombstone ? renamed(after, {}) : nullptr;
  return true;
}

bool apply(const Transform& transform, Draft& draft, Answers& answers) {
  const auto& unwrap = *static_cast<const Unwrap*>(transform.settings);
  const bool tombstone = draft.value == nullptr;
  const bool envelope = !tombstone && draft.value->schema.name.ends_with(".Envelope");
  if (tombstone || envelope) add_headers(unwrap, draft);
  if (tombstone) {
    draft.dropped = unwrap.on_delete != OnDelete::kRewriteWithTombstone;
    return true;
  }
  if (!envelope) return true;
  const RecordNode* before = draft.value->find("before");
  const RecordNode* after = draft.value->find("after");
  if (before == nullptr || after == nullptr) {
    refuse_record(transform, draft, "A transform before it has taken before or after away.");
  }
  if (after->prints != Prints::kNull) return write_row(unwrap, transform, draft, answers, *after, false);
  if (before->prints == Prints::kNull) {  // a truncate
    draft.dropped = true;
    return true;
  }
  return write_delete(unwrap, transform, draft, answers, *before, *after);
}

OnDelete on_delete_of(std::string_view mode) {
  if (mode == "drop") return OnDelete::kDrop;
  if (mode == "rewrite") return OnDelete::kRewrite;
  if (mode == "rewrite-with-tombstone") return OnDelete::kRewriteWithTombstone;
  if (mode == "delete-to-tombstone") return OnDelete::kDeleteToTombstone;
  return OnDelete::kTombstone;
}

}  // namespace

void compile_unwrap(Transform& transform, TransformSettings& settings) {
  Unwrap* unwrap = palloc_one<Unwrap>();
  unwrap->on_delete =
      on_delete_of(settings.choice("delete.tombstone.handling.mode",
                                   "drop|tombstone|rewrite|rewrite-with-tombstone|delete-to-tombstone", "tombstone"));
  unwrap->fields = references(settings, "add.fields", "add.fields.prefix");
  unwrap->headers = references(settings, "add.headers", "add.headers.prefix");
  unwrap->route_field = palloc_copy(settings.text("route.by.field"));
  unwrap->replace_null = settings.flag("replace.null.with.default", true);
  // Without ExtractChangedRecordState there is no header with a list of fields.
  const std::string_view drop = settings.text("drop.fields.header.name");
  if (!drop.empty()) {
    settings.refuse("drop.fields.header.name", drop,
                    "No transform that is available here makes such a header: leave it out, or use ReplaceField.");
  }
  for (const char* removed : {"drop.tombstones", "delete.handling.mode"}) {
    if (settings.text(removed).data() == nullptr) continue;
    ereport(WARNING, errmsg("option \"%s\" has no effect", settings.option(removed)),
            errdetail("Debezium 3 has delete.tombstone.handling.mode instead."));
  }
  settings.flag("drop.fields.from.key", false);
  settings.flag("drop.fields.keep.schema.compatible", true);
  transform.settings = unwrap;
  transform.apply = apply;
}

}  // namespace penstock
