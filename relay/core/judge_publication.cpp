#include "relay/core/judge_publication.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace penstock {

namespace {

constexpr size_t kNamesShown = 5;     // in a sentence
constexpr size_t kNamesInSql = 1000;  // in a command, which has to be whole

std::string sql_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string joined(const std::vector<std::string>& names, size_t most) {
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), most); ++i) list += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most) list += " and " + std::to_string(names.size() - most) + " more";
  return list;
}

std::string count_of(const std::vector<std::string>& names, std::string_view one, std::string_view many) {
  return names.size() == 1 ? std::string(one) : std::to_string(names.size()) + ' ' + std::string(many);
}

// Each table once.
std::vector<std::string> tables_with(const ServerFacts& server, std::string_view finding) {
  std::set<std::string> tables;
  for (const CaptureFinding& found : server.findings) {
    if (found.finding == finding) tables.insert(found.table);
  }
  return {tables.begin(), tables.end()};
}

std::vector<std::string> captured_tables(const ServerFacts& server) {
  std::vector<std::string> tables;
  for (const TableFacts& table : server.tables) {
    if (table.kind == "table") tables.push_back(sql_name(table.schema) + '.' + sql_name(table.table));
  }
  return tables;
}

// As it is to be run.
std::string create_command(const ServerFacts& server, const CoreSettings& settings) {
  const std::vector<std::string> tables = captured_tables(server);
  std::string command = "CREATE PUBLICATION " + sql_name(settings.publication);
  if (tables.empty() || tables.size() > kNamesInSql) return command + " FOR ALL TABLES";
  return command + " FOR TABLE " + joined(tables, kNamesInSql);
}

void judge_missing(const ServerFacts& server, const CoreSettings& settings, std::vector<Problem>& problems) {
  const bool counts = settings.publication_missing_stops;
  if (settings.publication_use == Publication::kOptional && counts) {
    problems.push_back({Code::kPgNotice,
                        "publication " + settings.publication +
                            " does not exist and publication.autocreate.mode is not set: every captured table is "
                            "streamed whole until there is one",
                        create_command(server, settings) + "  -- or leave out publication.name"});
  }
  if (settings.publication_use != Publication::kRequired || !counts) return;
  const std::vector<std::string>& others = server.publication->others;
  problems.push_back(
      {Code::kPgNoPublication,
       "publication " + settings.publication + " does not exist, and publication.autocreate.mode is " + "disabled; " +
           (others.empty() ? std::string("the database has none") : "the database has " + joined(others, kNamesShown)),
       "correct publication.name, or: " + create_command(server, settings)});
}

// Updates and deletes of a table without replica identity are errors to the application once they are published.
std::string add_command(const ServerFacts& server, const CoreSettings& settings,
                        const std::vector<std::string>& tables) {
  std::string command;
  for (const CaptureFinding& found : server.findings) {
    if (found.finding == "not published" && !found.has_identity) {
      command += "ALTER TABLE " + found.table + " REPLICA IDENTITY FULL; ";
    }
  }
  if (tables.size() > kNamesInSql) return "";
  return command + "ALTER PUBLICATION " + sql_name(settings.publication) + " ADD TABLE " + joined(tables, kNamesInSql) +
         "  -- or exclude them; it counts for changes from then on";
}

void judge_unpublished(const ServerFacts& server, const CoreSettings& settings, std::vector<Problem>& problems) {
  const std::vector<std::string> unpublished = tables_with(server, "not published");
  // A filtered publication is brought up to the lists before the stream begins.
  if (!unpublished.empty() && settings.publication_use != Publication::kFiltered) {
    problems.push_back({Code::kPgNotPublished,
                        count_of(unpublished, "a table is", "tables are") + " captured, but publication " +
                            settings.publication + " does not publish changes: " + joined(unpublished, kNamesShown),
                        add_command(server, settings, unpublished)});
  }
  const std::vector<std::string> leaves = tables_with(server, "published as root");
  if (!leaves.empty()) {
    problems.push_back(
        {Code::kPgNotPublished,
         count_of(leaves, "a partition is", "partitions are") + " captured, but publication " + settings.publication +
             " publishes changes as the root's, which the lists do not name: " + joined(leaves, kNamesShown),
         "name the root in table.include.list, or: ALTER PUBLICATION " + sql_name(settings.publication) +
             " SET (publish_via_partition_root = false)"});
  }
  const std::vector<std::string> unnameable = tables_with(server, "name not UTF-8");
  if (!unnameable.empty()) {
    const bool filtered = settings.publication_use == Publication::kFiltered;
    problems.push_back(
        {filtered ? Code::kPgNotPublished : Code::kPgNotice,
         "the name of " + count_of(unnameable, "a table", "tables") + " has no form in UTF-8" +
             (filtered ? ", so a filtered publication cannot be made of it: "
                       : ", and records have U+FFFD in its place: ") +
             joined(unnameable, kNamesShown),
         "ALTER TABLE … RENAME TO …, in a session with the database's encoding; it counts for changes from then on"});
  }
  const std::vector<std::string> unlogged = tables_with(server, "unlogged");
  if (!unlogged.empty()) {
    problems.push_back(
        {Code::kPgNotPublished,
         count_of(unlogged, "an unlogged table is", "unlogged tables are") +
             " captured: snapshots read them, but no change is ever told: " + joined(unlogged, kNamesShown),
         "ALTER TABLE " + unlogged.front() + " SET LOGGED, or exclude the table"});
  }
}

void judge_keys(const ServerFacts& server, std::vector<Problem>& problems) {
  struct Kind {
    std::string_view finding;
    std::string_view what;
    std::string_view mend;
  };
  constexpr Kind kKinds[] = {
      {"key masked", " masked in the value and leaves the server as it is in the key", ""},
      {"key excluded", " left out of the value and leaves the server in the key", ""},
      {"key not published",
       " not in the publication's list of columns: keys of the stream are without it, so that rows which differ in "
       "nothing else of the key share one, and no update, delete or tombstone meets a record of a snapshot, whose keys "
       "have it",
       "ALTER PUBLICATION <publication> SET TABLE <table> (<its columns, with those of the key>), or set "
       "message.key.columns=<table>:<columns of the list>; then take a new snapshot of the table"},
  };
  for (const Kind& kind : kKinds) {
    std::vector<std::string> columns;
    for (const CaptureFinding& found : server.findings) {
      if (found.finding == kind.finding) columns.push_back(found.table + '.' + sql_name(found.column));
    }
    if (columns.empty()) continue;
    problems.push_back(
        {Code::kPgKeyLeaves,
         joined(columns, kNamesShown) + (columns.size() == 1 ? " is" : ": each is") + std::string(kind.what),
         std::string(kind.mend)});
  }
}

// The connector fills in zeros and empty texts, which may be the key of another row, and so do we.
void judge_identity(const ServerFacts& server, std::vector<Problem>& problems) {
  std::vector<std::string> columns;
  std::set<std::string> tables;
  for (const CaptureFinding& found : server.findings) {
    if (found.finding != "key not in identity") continue;
    columns.push_back(found.table + '.' + sql_name(found.column));
    tables.insert(found.table);
  }
  if (columns.empty()) return;
  std::string mend;
  for (const std::string& table : tables) {
    mend += (mend.empty() ? "ALTER TABLE " : "; ALTER TABLE ") + table + " REPLICA IDENTITY FULL";
  }
  problems.push_back({Code::kPgReplicaIdentity,
                      count_of(columns, "a key column is", "key columns are") +
                          " not in the replica identity: " + joined(columns, kNamesShown) +
                          "; the key of a delete has a zero or an empty text there, which may be another row's, and an "
                          "update that moves the key deletes nothing",
                      tables.size() > kNamesInSql ? "" : mend});
}

}  // namespace

void judge_publication(const ServerFacts& server, const CoreSettings& settings, std::vector<Problem>& problems) {
  if (server.publication && !server.publication->exists) judge_missing(server, settings, problems);
  judge_unpublished(server, settings, problems);
  judge_keys(server, problems);
  judge_identity(server, problems);
}

}  // namespace penstock
