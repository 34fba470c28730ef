// Kafka's transforms of headers: HeaderFrom, InsertHeader, DropHeaders.
#include "plugin/text/setting.h"
#include "plugin/transform/transform.h"
#include "plugin/value/value_writers.h"

namespace penstock {

namespace {

struct From {
  bool key = false;
  bool moves = false;
  Array<std::string_view> fields;
  Array<std::string_view> headers;
  bool replace_null = true;
};

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

// Connect's Values.parseString(), as far as it changes what is shown: a whole number loses leading zeros, one with a
// point is a float or a double, quotes go, null is null. Lists and maps are not read here.
const RecordNode* literal(TransformSettings& settings, std::string_view text) {
  const Schema schema = schema_type("string");
  if (text == "null") return new_node({}, schema);
  if (text.starts_with("[") || text.starts_with("{")) {
    settings.refuse("value.literal", text, "Lists and maps are not available here.");
  }
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text_node({}, schema, palloc_copy(text));
  const std::string_view copy = palloc_copy(text);
  char* end = nullptr;
  errno = 0;
  const double number = strtod(copy.data(), &end);
  const bool digits = !text.empty() && strspn(copy.data(), "+-.0123456789eE") == copy.size();
  if (!digits || *end != '\0' || errno != 0) return string_node({}, text, false);
  JsonWriter json;
  json.open(CurrentMemoryContext, 32);
  int64_t whole = 0;
  if (strpbrk(copy.data(), ".eE") == nullptr && wire::parse_integer(text, whole)) {
    json.append_int(whole);
  } else if (std::isfinite(static_cast<float>(number))) {
    append_real(json, static_cast<float>(number));
  } else {
    append_double(json, number);
  }
  return text_node({}, schema_type("double"), json.view());
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
  draft.headers = std::move(rest);
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
  constant->value = literal(settings, settings.required("value.literal"));
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
