#include "plugin/plan/publication_watch.h"

#include "plugin/options/options.h"
#include "plugin/pg/compat.h"
#include "plugin/pg/problem_state.h"
#include "plugin/plan/publication.h"
#include "plugin/text/encoding.h"

namespace penstock {

namespace {

bool is_of_publications(const SharedInvalidationMessage& message) {
  if (is_publication_cache(message.id)) return message.cc.dbId == MyDatabaseId;
  if (message.id != SHAREDINVALCATALOG_ID) return false;
  const auto catalogs = publication_catalogs();
  return std::find(catalogs.begin(), catalogs.end(), message.cat.catId) != catalogs.end();
}

// What is cached of them, plans included, is looked up again.
void forget_publications() {
  for (Oid catalog : publication_catalogs()) {
    SharedInvalidationMessage message = {};
    message.cat.id = SHAREDINVALCATALOG_ID;
    message.cat.dbId = MyDatabaseId;
    message.cat.catId = catalog;
    LocalExecuteInvalidationMessage(&message);
  }
}

const char* name_of(Relation relation) {
  return psprintf("%s.%s", get_namespace_name(RelationGetNamespace(relation)), RelationGetRelationName(relation));
}

// `table`: schema.table that is changed, or nullptr.
[[noreturn]] void refuse(const Options& options, const char* table) {
  const char* name = shown(options.publication);
  ereport(
      ERROR, errcode(kPublicationGone),
      table == nullptr ? errmsg("publication \"%s\" was dropped or renamed", name)
                       : errmsg("publication \"%s\" did not exist when table \"%s\" was changed", name, table),
      errdetail("What it did not publish would be published from there on. A publication that is created later does "
                "not count for changes before."),
      errhint("Create the publication again if it is to count from now on. Then, for the changes of the time "
              "without it, set penstock.publication.missing=nothing to leave them out, or =everything to publish "
              "them with all rows and columns, and restart the connector."));
  pg_unreachable();
}

}  // namespace

void PublicationWatch::open(const Options& options) {
  told_ = false;
  if (!options.publication.empty()) options_ = &options;
  last_change_ = options.start.end;
  if (MyReplicationSlot != nullptr) last_change_ = std::max(last_change_, MyReplicationSlot->data.confirmed_flush);
}

PublicationWatch::State PublicationWatch::look() const {
  HeapTuple tuple = SearchSysCache1(PUBLICATIONNAME, CStringGetDatum(options_->publication.data()));
  if (!HeapTupleIsValid(tuple)) return State::kMissing;
  const FormData_pg_publication form = *reinterpret_cast<Form_pg_publication>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  const bool whole = form.puballtables && form.pubinsert && form.pubupdate && form.pubdelete && form.pubtruncate;
  // Without it the options say what partitions are published as, and generated columns are not published.
  const bool same_roots = form.pubviaroot == options_->via_root && !(form.pubviaroot && options_->publication_filtered);
  return whole && same_roots && !publishes_generated(form) ? State::kWhole : State::kRestricting;
}

void PublicationWatch::see(State state) {
  state_ = std::max(state_, state);
  held_ = held_ || state == State::kRestricting;
}

void PublicationWatch::begin(const ReorderBufferTXN& txn) {
  if (options_ == nullptr) return;
  const bool overlaps = overlaps_change(txn);
  State now = state_;
  if (overlaps) forget_publications();
  if (overlaps || !settled_) now = look();
  // What an older transaction sees is over, and only counts where nothing newer is known.
  state_ = overlaps ? std::max(state_, now) : now;
  settled_ = !overlaps;
  follows_ = false;
  look_at_snapshot();
  follows_ = overlaps;
  held_ = now == State::kRestricting;
}

// Before the minor releases of May 2025 a transaction that was open while another changed publications does not get
// that one's invalidations, only its snapshot.
void PublicationWatch::look_at_snapshot() {
  const Snapshot snapshot = GetCatalogSnapshot(InvalidOid);  // the historic one
  const bool other = snapshot->xmax != snapshot_xmax_ || snapshot->xcnt != snapshot_xcnt_;
  snapshot_xmax_ = snapshot->xmax;
  snapshot_xcnt_ = snapshot->xcnt;
  if (other && follows_) forget_publications();
}

// The transaction's last invalidations are the server's to execute after this, so those that matter are executed here.
// What an older one has cached would stay for those after it.
void PublicationWatch::commit(const ReorderBufferTXN& txn) {
  if (options_ == nullptr) return;
  const bool touched = std::any_of(txn.invalidations, txn.invalidations + txn.ninvalidations, is_of_publications);
  if (touched || overlaps_change(txn)) forget_publications();
  if (!touched) return;
  const State now = look();
  if (now == State::kMissing && state_ == State::kRestricting && !options_->publication_required &&
      options_->publication_missing == MissingPublication::kStop) {
    refuse(*options_, nullptr);
  }
  state_ = now;
  last_change_ = std::max(last_change_, txn.final_lsn);
}

MissingPublication PublicationWatch::meaning() const {
  if (options_ == nullptr) return MissingPublication::kEverything;
  if (options_->publication_missing != MissingPublication::kStop) return options_->publication_missing;
  const bool missed = options_->publication_required || held_;
  return missed ? MissingPublication::kStop : MissingPublication::kEverything;
}

void PublicationWatch::apply(Published& published, const Table& table) {
  if (options_ == nullptr) return;
  if (published.found) {
    see(look());
    if (options_->via_root && !published.via_root) tell_other_root();
    if (table.selected && !table.told_before && !published.any()) tell_unpublished(table.relation);
    return;
  }
  const MissingPublication now = meaning();
  if (now == MissingPublication::kStop && table.selected) refuse(*options_, shown(name_of(table.relation)));
  if (now != MissingPublication::kEverything) {
    published.insert = published.update = published.remove = published.truncate = published.member = false;
  }
  if (now != MissingPublication::kStop) tell_missing(now);
}

void PublicationWatch::tell_missing(MissingPublication meaning) {
  if (!is_first()) return;
  const bool nothing = meaning == MissingPublication::kNothing;
  ereport(WARNING, errcode(nothing ? kNotPublished : ERRCODE_UNDEFINED_OBJECT),
          errmsg("publication \"%s\" does not exist: %s table is published", shown(options_->publication),
                 nothing ? "no" : "every"),
          errhint("Create it, or leave out publication.name."));
}

void PublicationWatch::tell_other_root() {
  if (!is_first()) return;
  ereport(
      WARNING,
      errmsg("publication \"%s\" does not publish partitions as their root, which publish.via.partition.root asks for",
             shown(options_->publication)),
      errhint("ALTER PUBLICATION ... SET (publish_via_partition_root = true)"));
}

// Only of tables that somebody has named: a publication may be what leaves the others out.
void PublicationWatch::tell_unpublished(Relation relation) const {
  if (options_->tables.include.empty() || relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) return;
  const char* schema = get_namespace_name(RelationGetNamespace(relation));
  ereport(WARNING, errcode(kNotPublished),
          errmsg("table \"%s\" is captured, but publication \"%s\" does not publish its changes",
                 shown(name_of(relation)), shown(options_->publication)),
          errhint("ALTER PUBLICATION %s ADD TABLE %s; that counts for changes from then on.",
                  shown(quote_identifier(options_->publication.data())),
                  shown(quote_qualified_identifier(schema, RelationGetRelationName(relation)))));
}

}  // namespace penstock
