// Kafka's transforms of headers: HeaderFrom, InsertHeader, DropHeaders.
#include "plugin/option_values.h"
#include "plugin/transform.h"

namespace penstock {

namespace {

struct From {
  bool key = false;
  bool moves = false;
  Array<std::string_view> fields;
  Array<std::string_view> headers;
  bool replace_null = true;
};

bool contains(const Array<std::string_view>& list, std::string_view name) {
  for (std::string_view one : list) {
    if (one == name) return true;
  }
  return false;
}

Array<HeaderNode> copied(const Array<HeaderNode>& headers) {
  Array<HeaderNode> copy;
  for (const HeaderNode& header : headers) copy.add(header);
  return copy;
}

bool copy_to_headers(const Transform& transform, Draft& draft, Answers&) {
  const auto& from = *static_cast<const From*>(transform.settings);
  const RecordNode* side = from.key ? draft.key : draft.value;
  if (side == nullptr || !side->is_struct() || side->prints != Prints::kMembers) {
    refuse_record(transform, draft, from.key ? "Its key is not a struct." : "Its value is not a struct.");
  }
  draft.shared_headers = nullptr;
  draft.headers = copied(draft.headers);
  for (size_t i = 0; i < from.fields.size(); ++i) {
    const RecordNode* member = side->find(from.fields[i]);
    if (member == nullptr) {
      refuse_record(transform, draft,
                    psprintf("It has no field \"%.*s\".", length(from.fields[i]), from.fields[i].data()));
    }
    draft.headers.add({from.headers[i], from.replace_null ? with_default(*member) : without_default(*member)});
  }
  if (!from.moves) return true;
  RecordNode* rest = copy_of(*side);
  rest->schema.optional = false;
  rest->members = {};
  for (const RecordNode* member : side->members) {
    if (contains(from.fields, member->field)) continue;
    rest->members.add(from.replace_null ? with_default(*member) : without_default(*member));
  }
  (from.key ? draft.key : draft.value) = rest;
  (from.key ? draft.key_changed : draft.value_changed) = true;
  return true;
}

struct Constant {
  std::string_view header;
  const RecordNode* value = nullptr;
};

bool insert_header(const Transform& transform, Draft& draft, Answers&) {
  const auto& constant = *static_cast<const Constant*>(transform.settings);
  draft.shared_headers = nullptr;
  draft.headers = copied(draft.headers);
  draft.headers.add({constant.header, constant.value});
  return true;
}

struct Dropped {
  Array<std::string_view> headers;
};

bool drop_headers(const Transform& transform, Draft& draft, Answers&) {
  const auto& dropped = *static_cast<const Dropped*>(transform.settings);
  Array<HeaderNode> rest;
  for (const HeaderNode& header : draft.headers) {
    if (!contains(dropped.headers, header.name)) rest.add(header);
  }
  draft.shared_headers = nullptr;
  draft.headers = rest;
  return true;
}

}  // namespace

void compile_header_from(Transform& transform, TransformSettings& settings, bool key) {
  From* from = palloc_one<From>();
  from->key = key;
  settings.required("fields");
  settings.required("headers");
  from->fields = settings.list("fields");
  from->headers = settings.list("headers");
  settings.required("operation");
  from->moves = settings.choice("operation", "move|copy", "copy") == "move";
  from->replace_null = settings.flag("replace.null.with.default", true);
  if (from->fields.size() != from->headers.size()) {
    settings.refuse("headers", settings.text("headers"), "It must have as many names as \"fields\".");
  }
  transform.settings = from;
  transform.apply = copy_to_headers;
}

void compile_insert_header(Transform& transform, TransformSettings& settings) {
  Constant* constant = palloc_one<Constant>();
  constant->header = palloc_copy(settings.required("header"));
  constant->value = string_node({}, settings.required("value.literal"), false);
  transform.settings = constant;
  transform.apply = insert_header;
}

void compile_drop_headers(Transform& transform, TransformSettings& settings) {
  Dropped* dropped = palloc_one<Dropped>();
  settings.required("headers");
  dropped->headers = settings.list("headers");
  transform.settings = dropped;
  transform.apply = drop_headers;
}

}  // namespace penstock
