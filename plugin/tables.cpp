// penstock.version(), .tables(), .selected_tables() and .topic_groups(): what the options capture, from the same plan
// builder as the stream, so that locks, snapshot order, topic creation and diagnosis need no filter, no naming and no
// regular expression of their own.
#include "plugin/options/identity_rules.h"
#include "plugin/pg/compat.h"
#include "plugin/pg/set_result.h"
#include "plugin/plan/topic.h"
#include "plugin/plan/topic_owners.h"
#include "plugin/record/record_drafts.h"
#include "plugin/record/service_records.h"
#include "plugin/session/decoder.h"
#include "plugin/text/encoding.h"

#pragma GCC visibility push(default)
extern "C" {
PG_FUNCTION_INFO_V1(penstock_version);
PG_FUNCTION_INFO_V1(penstock_tables);
PG_FUNCTION_INFO_V1(penstock_selected_tables);
PG_FUNCTION_INFO_V1(penstock_topic_groups);
PG_FUNCTION_INFO_V1(penstock_shown);
}
#pragma GCC visibility pop

namespace penstock {

namespace {

constexpr int kColumns = 12;

struct Captured {
  Oid relid = InvalidOid;
  std::string_view topic;  // data() null where rows decide it, or there are none
  Datum keys = 0;          // text[]: names of the key columns, in the server's encoding
  bool has_keys = false;
  const char* topic_owner = nullptr;  // schema.table that has its topic, if that is another
  const char* schema = nullptr;       // in the server's encoding
  const char* table = nullptr;
  const char* name = nullptr;  // schema.table
  char identity = 'd';
  bool in_snapshot = true;
  std::string_view wanted_identity;  // of replica.identity.autoset.values
  size_t rank = 0;                   // place of its pattern in table.include.list
};

// The connector's order: that of the patterns of table.include.list, alphabetical inside one pattern.
int compare(const void* a, const void* b) {
  const auto* left = static_cast<const Captured*>(a);
  const auto* right = static_cast<const Captured*>(b);
  if (left->rank != right->rank) return left->rank < right->rank ? -1 : 1;
  return strcmp(left->name, right->name);
}

// snapshot.include.collection.list: as the connector, by the plain name or the quoted one.
bool is_in_snapshot(const Options& options, const Captured& table) {
  if (options.snapshot_tables.empty()) return true;
  const char* quoted = psprintf("\"%s\".\"%s\"", table.schema, table.table);
  for (const Pattern& pattern : options.snapshot_tables) {
    if (pattern.matches(table.name) || pattern.matches(quoted)) return true;
  }
  return false;
}

// A partitioned table has no old rows of its own: that of its partitions counts, the one that gives least.
char identity_of(Relation relation) {
  if (relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE) return relation->rd_rel->relreplident;
  constexpr std::string_view kLeastFirst = {"nidf", 4};
  size_t least = kLeastFirst.size();
  ListCell* cell;
  foreach (cell, find_all_inheritors(RelationGetRelid(relation), NoLock, nullptr)) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(tuple)) continue;
    const FormData_pg_class form = *reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    ReleaseSysCache(tuple);
    if (form.relkind != RELKIND_PARTITIONED_TABLE) least = std::min(least, kLeastFirst.find(form.relreplident));
  }
  return least < kLeastFirst.size() ? kLeastFirst[least] : static_cast<char>(REPLICA_IDENTITY_DEFAULT);
}

// Topic of the records; data() null where rows decide it, or there are none.
std::string_view topic_of(Outputs& outputs, size_t kind) {
  const Output* output = outputs.constant(kind);
  if (output == nullptr || output->dropped) return {};
  return output->definition->relation.topic;
}

Datum keys_of(const Plan& plan) {
  const std::span<Datum> names = palloc_span<Datum>(plan.keys.size());
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = text_of(sendable(get_attname(plan.relid, plan.keys[i].attnum, false)));
  }
  return PointerGetDatum(
      construct_array(names.data(), static_cast<int>(names.size()), TEXTOID, -1, false, TYPALIGN_INT));
}

Captured captured_table(Relation relation, const Plan& plan, const Options& options, Oid topic_owner) {
  Captured one;
  one.relid = plan.relid;
  const std::string_view topic = topic_of(*plan.outputs, static_cast<size_t>(Variant::kCreate));
  if (topic.data() != nullptr) one.topic = palloc_copy(topic);
  one.keys = keys_of(plan);
  one.has_keys = !plan.keys.empty();
  one.schema = get_namespace_name(RelationGetNamespace(relation));
  one.table = pstrdup(RelationGetRelationName(relation));
  one.name = psprintf("%s.%s", one.schema, one.table);
  one.identity = identity_of(relation);
  if (topic_owner != plan.as) one.topic_owner = topic_owner_name(topic_owner);
  one.in_snapshot = topic_owner == plan.as && is_in_snapshot(options, one);
  one.wanted_identity = wanted_identity(options, one.name);
  one.rank = options.tables.rank(one.name);
  return one;
}

// Of each table what is shown of it is kept; its plan, which is a hundred times that, is not.
Array<Captured> captured_tables(const Options& options, const Naming& naming, uint32* next_id) {
  Array<Captured> captured;
  PublicationWatch watch;  // a missing publication is the stream's to tell
  TopicOwners owners;
  owners.open(options, naming, PlanUse::kSnapshot);
  MemoryContext plans = AllocSetContextCreate(CurrentMemoryContext, "penstock plan", ALLOCSET_DEFAULT_SIZES);
  for (Oid oid : all_tables()) {
    Relation relation = RelationIdGetRelation(oid);  // no lock: a table that somebody holds must not stop us
    if (!RelationIsValid(relation)) continue;
    Plan* plan = nullptr;
    {
      ContextScope scope(plans);
      plan = build_plan(relation, options, naming, PlanUse::kSnapshot, next_id, nullptr, watch);
    }
    if (plan->outputs != nullptr) captured.add(captured_table(relation, *plan, options, owners.owner_of(*plan)));
    MemoryContextReset(plans);
    RelationClose(relation);
  }
  if (captured.size() > 1) qsort(captured.begin(), captured.size(), sizeof(Captured), compare);
  return captured;
}

const char* identity_name(char identity) {
  switch (identity) {
    case REPLICA_IDENTITY_FULL:
      return "full";
    case REPLICA_IDENTITY_INDEX:
      return "index";
    case REPLICA_IDENTITY_NOTHING:
      return "nothing";
    default:
      return "default";
  }
}

void put_table(Tuplestorestate* store, TupleDesc descriptor, const Captured& table) {
  const std::string_view topic = table.topic;
  Datum values[kColumns] = {ObjectIdGetDatum(table.relid),
                            text_of("table"),
                            text_of(sendable(table.schema)),
                            text_of(sendable(table.table)),
                            topic.data() == nullptr ? Datum{0} : text_of(topic),
                            table.keys,
                            text_of(identity_name(table.identity)),
                            BoolGetDatum(table.in_snapshot),
                            {},
                            {},
                            text_of(table.wanted_identity),
                            text_of(table.topic_owner == nullptr ? "" : sendable(table.topic_owner))};
  bool nulls[kColumns] = {false,
                          false,
                          false,
                          false,
                          topic.data() == nullptr,
                          !table.has_keys,
                          false,
                          false,
                          true,
                          true,
                          table.wanted_identity.data() == nullptr,
                          table.topic_owner == nullptr};
  tuplestore_putvalues(store, descriptor, values, nulls);
}

void put_service(Tuplestorestate* store, TupleDesc descriptor, const char* kind, std::string_view topic,
                 const HeartbeatTemplate* heartbeat) {
  if (topic.data() == nullptr) return;
  Datum values[kColumns] = {ObjectIdGetDatum(InvalidOid), text_of(kind), {}, {}, text_of(topic), {}, {},
                            BoolGetDatum(false)};
  bool nulls[kColumns] = {false, false, true, true, false, true, true, false, true, true, true, true};
  if (heartbeat != nullptr && heartbeat->key.data() != nullptr) {
    values[8] = text_of(heartbeat->key);
    nulls[8] = false;
  }
  if (heartbeat != nullptr && !heartbeat->value.empty()) {
    const std::span<Datum> pieces = palloc_span<Datum>(heartbeat->value.size());
    for (size_t i = 0; i < pieces.size(); ++i) pieces[i] = text_of(heartbeat->value[i]);
    values[9] = PointerGetDatum(
        construct_array(pieces.data(), static_cast<int>(pieces.size()), TEXTOID, -1, false, TYPALIGN_INT));
    nulls[9] = false;
  }
  tuplestore_putvalues(store, descriptor, values, nulls);
}

}  // namespace

}  // namespace penstock

Datum penstock_version(FunctionCallInfo) {
  return PointerGetDatum(cstring_to_text(PENSTOCK_VERSION));
}

Datum penstock_tables(FunctionCallInfo fcinfo) {
  using namespace penstock;
  TupleDesc descriptor = nullptr;
  Tuplestorestate* store = open_result(fcinfo, &descriptor);
  const Options& options =
      *parse_options(PG_ARGISNULL(0) ? std::span<const Setting>() : settings_of(PG_GETARG_ARRAYTYPE_P(0)));
  const Naming naming = naming_of(options);
  uint32 next_id = 1;
  for (const Captured& table : captured_tables(options, naming, &next_id)) put_table(store, descriptor, table);
  Outputs& service = *service_outputs(options, naming, &next_id);
  HeartbeatTemplate heartbeat;
  if (options.heartbeats && heartbeat_template(service, heartbeat)) {
    put_service(store, descriptor, "heartbeat", heartbeat.topic, &heartbeat);
  }
  const auto put = [&](const char* kind, ServiceRecord record) {
    put_service(store, descriptor, kind, topic_of(service, static_cast<size_t>(record)), nullptr);
  };
  if (options.transactions) put("transaction", ServiceRecord::kBegin);
  put("message", ServiceRecord::kMessage);
  return Datum{0};
}

Datum penstock_selected_tables(FunctionCallInfo fcinfo) {
  using namespace penstock;
  const Options& options =
      *parse_options(PG_ARGISNULL(0) ? std::span<const Setting>() : settings_of(PG_GETARG_ARRAYTYPE_P(0)));
  Array<Datum> selected;
  for (Oid oid : all_tables()) {
    Relation relation = RelationIdGetRelation(oid);
    if (!RelationIsValid(relation)) continue;
    if (is_publishable(relation) && is_selected(relation, options)) selected.add(ObjectIdGetDatum(oid));
    RelationClose(relation);
  }
  return PointerGetDatum(
      construct_array(selected.begin(), static_cast<int>(selected.size()), OIDOID, sizeof(Oid), true, TYPALIGN_INT));
}

Datum penstock_shown(FunctionCallInfo fcinfo) {
  using namespace penstock;
  return text_of(sendable(TextDatumGetCString(PG_GETARG_DATUM(0))));
}

Datum penstock_topic_groups(FunctionCallInfo fcinfo) {
  using namespace penstock;
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  Datum* topics = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &topics, &nulls, &count);
  const Options& options =
      *parse_options(PG_ARGISNULL(1) ? std::span<const Setting>() : settings_of(PG_GETARG_ARRAYTYPE_P(1)));
  for (int i = 0; i < count; ++i) {
    topics[i] = text_of(nulls[i] ? std::string_view() : topic_group(options, TextDatumGetCString(topics[i])));
  }
  return PointerGetDatum(construct_array(topics, count, TEXTOID, -1, false, TYPALIGN_INT));
}
