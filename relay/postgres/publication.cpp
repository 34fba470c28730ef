#include "relay/postgres/publication.h"

#include <vector>

#include "relay/postgres/sql_text.h"

namespace penstock {
namespace {

// Longer than deadlock_timeout, after which an autovacuum gives its table to whoever waits; nobody else waits for us
// for longer than that.
constexpr const char* kLockTimeout = "SET lock_timeout = '1500ms'";

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
// which are made later are published. A table whose name cannot be written here is not among them: facts tell it.
Result<std::set<std::string>> selected_tables(Connection& sql) {
  return names(sql,
               "SELECT format('%I.%I', n.nspname, c.relname) FROM unnest(penstock.selected_tables(" +
                   config_argument(sql.settings().plugin_config) +
                   ")) AS s JOIN pg_class AS c ON c.oid = s JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE "
                   "penstock.shown(n.nspname || c.relname) = n.nspname || c.relname");
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

// What must be run so that the publication is as the mode says; empty: nothing.
Result<std::string> plan(Connection& sql) {
  const PostgresSettings& settings = sql.settings();
  const std::string name = quote_literal(settings.publication_name);
  const bool filtered = settings.publication_autocreate == PublicationAutocreate::kFiltered;
  const PgResult row =
      TRY(sql.run("SELECT puballtables, pubviaroot FROM pg_publication WHERE pubname = " + name, Activity::kProbing));
  const bool exists = PQntuples(row.get()) > 0;
  if (exists && !filtered) return std::string();

  std::set<std::string> tables;
  if (filtered) {
    tables = TRY(selected_tables(sql));
    if (tables.empty())
      return Problem{Code::kPgNoTables, "no table matches: a filtered publication would be empty", ""};
  }
  if (!exists) return create_publication_command(settings, tables);
  if (field(row, 0) == "t") {
    return Problem{
        Code::kPgPluginOptions,
        "publication " + settings.publication_name + " is FOR ALL TABLES, but publication.autocreate.mode is filtered",
        "set publication.autocreate.mode=disabled, or another publication.name"};
  }
  const std::string alter = "ALTER PUBLICATION " + quote_identifier(settings.publication_name);
  std::string commands;
  if (settings.publish_via_partition_root && field(row, 0, 1) != "t") {
    commands = alter + " SET (publish_via_partition_root = true)";
  }
  const std::set<std::string> published = TRY(names(
      sql,
      "SELECT penstock.shown(format('%I.%I', n.nspname, c.relname)) FROM pg_publication AS p JOIN pg_publication_rel "
      "AS r ON "
      "r.prpubid = p.oid JOIN pg_class AS c ON c.oid = r.prrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace "
      "WHERE p.pubname = " +
          name));
  if (published != tables) commands += (commands.empty() ? "" : "; ") + alter + " SET TABLE " + table_list(tables);
  return commands;
}

// The server's rules: CREATE on the database, or the publication; each table; superuser for all tables.
std::string permission_query(const PostgresSettings& settings) {
  std::string query = "SELECT coalesce((SELECT pg_has_role(pubowner, 'USAGE') FROM pg_publication WHERE pubname = " +
                      quote_literal(settings.publication_name) +
                      "), has_database_privilege(current_database(), 'CREATE'))";
  if (settings.publication_autocreate == PublicationAutocreate::kAllTables) {
    query += " AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)";
  }
  if (settings.publication_autocreate == PublicationAutocreate::kFiltered) {
    query += " AND NOT EXISTS (SELECT FROM unnest(penstock.selected_tables(" + config_argument(settings.plugin_config) +
             ")) AS s JOIN pg_class AS c ON c.oid = s WHERE NOT pg_has_role(c.relowner, 'USAGE'))";
  }
  return query + ", current_setting('default_transaction_read_only') = 'on'";
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
  const std::string commands = TRY(plan(sql));
  if (commands.empty()) return Status::ok();
  TRY(sql.run(kLockTimeout, Activity::kProbing));
  const auto done = sql.run(commands, Activity::kProbing);
  if (done.is_ok()) return Status::ok();
  Problem problem = done.problem();
  if (problem.code == Code::kPgRights) problem.mend = "as superuser: " + commands;
  if (problem.code == Code::kPgReadOnly) problem.mend += ": " + commands;
  return problem;
}

Status take_publication_plan(Connection& connection, ServerFacts& facts) {
  const PostgresSettings& settings = connection.settings();
  if (settings.publication_autocreate == PublicationAutocreate::kDisabled) return Status::ok();
  if (!settings.initial_statements.empty()) return Status::ok();
  const auto planned = plan(connection);
  // What is wrong with it is the start's to say.
  if (!planned.is_ok()) return PQstatus(connection.raw()) == CONNECTION_OK ? Status::ok() : planned.status();
  facts.publication_command = planned.value();
  if (facts.publication_command.empty()) return Status::ok();
  const PgResult row = TRY(connection.run(permission_query(settings), Activity::kProbing));
  facts.publication_allowed = field(row, 0) == "t";
  facts.read_only = field(row, 1) == "t";
  return Status::ok();
}

}  // namespace penstock
