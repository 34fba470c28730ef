#include "relay/postgres/publication.h"

#include <vector>

#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

std::string table_list(const std::set<std::string>& tables) {
  std::string list;
  for (const std::string& table : tables) list += (list.empty() ? "" : ", ") + table;
  return list;
}

Result<std::set<std::string>> names(Connection& sql, const std::string& query) {
  const PgResult rows = TRY(sql.run(query, Activity::kProbing));
  std::set<std::string> found;
  for (int row = 0; row < PQntuples(rows.get()); ++row) found.insert(field(rows, row, 0));
  return found;
}

// What the filters of the configuration name, whatever is published now. Partitioned tables too, so that partitions
// which are made later are published.
Result<std::set<std::string>> selected_tables(Connection& sql) {
  return names(sql, "SELECT format('%I.%I', n.nspname, c.relname) FROM unnest(penstock.selected_tables(" +
                        config_argument(sql.settings().plugin_config) +
                        ")) AS s JOIN pg_class AS c ON c.oid = s JOIN pg_namespace AS n ON n.oid = c.relnamespace");
}

// publish: what is not skipped by name, as the connector makes its publication.
std::string published_operations(std::string_view skipped) {
  std::set<char> left = {'c', 'u', 'd', 't'};
  for (const char letter : skipped) left.erase(static_cast<char>(letter | 0x20));
  if (skipped.find_first_of("nN") != std::string_view::npos) left = {'c', 'u', 'd', 't'};  // none
  std::string list;
  for (const auto& [letter, name] : {std::pair{'c', "insert"}, {'u', "update"}, {'d', "delete"}, {'t', "truncate"}}) {
    if (left.contains(letter)) list += (list.empty() ? "" : ", ") + std::string(name);
  }
  return list;
}

Problem with_mend(Problem problem, const std::string& command) {
  if (problem.code == Code::kPgRights) problem.mend = "as superuser: " + command;
  return problem;
}

Status run(Connection& sql, const std::string& command) {
  auto done = sql.run(command, Activity::kProbing);
  return done.is_ok() ? Status::ok() : Status(with_mend(done.problem(), command));
}

}  // namespace

std::string create_publication_command(const PostgresSettings& settings, const std::set<std::string>& tables) {
  std::string command = "CREATE PUBLICATION " + quote_identifier(settings.publication_name);
  if (settings.publication_autocreate == PublicationAutocreate::kAllTables) command += " FOR ALL TABLES";
  if (settings.publication_autocreate == PublicationAutocreate::kFiltered)
    command += " FOR TABLE " + table_list(tables);
  std::vector<std::string> options;
  if (settings.skipped_operations) {
    options.push_back("publish = " + quote_literal(published_operations(*settings.skipped_operations)));
  }
  if (settings.publish_via_partition_root) options.emplace_back("publish_via_partition_root = true");
  for (size_t i = 0; i < options.size(); ++i) command += (i == 0 ? " WITH (" : ", ") + options[i];
  return options.empty() ? command : command + ')';
}

Status make_publication(const PostgresSettings& settings, const Cancel& cancel) {
  if (settings.publication_autocreate == PublicationAutocreate::kDisabled) return Status::ok();
  Connection sql = TRY(Connection::open(settings, ConnectionKind::kSql, cancel));
  const std::string name = quote_literal(settings.publication_name);
  const bool filtered = settings.publication_autocreate == PublicationAutocreate::kFiltered;
  const PgResult row =
      TRY(sql.run("SELECT puballtables, pubviaroot FROM pg_publication WHERE pubname = " + name, Activity::kProbing));
  const bool exists = PQntuples(row.get()) > 0;
  if (exists && !filtered) return Status::ok();

  std::set<std::string> tables;
  if (filtered) {
    tables = TRY(selected_tables(sql));
    if (tables.empty())
      return Problem{Code::kPgNoTables, "no table matches: a filtered publication would be empty", ""};
  }
  if (!exists) return run(sql, create_publication_command(settings, tables));
  if (field(row, 0) == "t") {
    return Problem{
        Code::kPgPluginOptions,
        "publication " + settings.publication_name + " is FOR ALL TABLES, but publication.autocreate.mode is filtered",
        "set publication.autocreate.mode=disabled, or another publication.name"};
  }
  if (settings.publish_via_partition_root && field(row, 0, 1) != "t") {
    TRY_STATUS(run(sql, "ALTER PUBLICATION " + quote_identifier(settings.publication_name) +
                            " SET (publish_via_partition_root = true)"));
  }
  const std::set<std::string> published = TRY(names(
      sql,
      "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_publication AS p JOIN pg_publication_rel AS r ON "
      "r.prpubid = p.oid JOIN pg_class AS c ON c.oid = r.prrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace "
      "WHERE p.pubname = " +
          name));
  if (published == tables) return Status::ok();
  return run(sql,
             "ALTER PUBLICATION " + quote_identifier(settings.publication_name) + " SET TABLE " + table_list(tables));
}

}  // namespace penstock
