#include "relay/postgres/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "wire/mask_name.h"

namespace penstock {
namespace {

struct ParameterName {
  std::string_view property;  // after "database." or "driver."
  std::string_view libpq;
};

// What Debezium hands to pgjdbc, and libpq's word for it. Names of pgjdbc's documentation.
constexpr std::array kParameterNames = {
    ParameterName{"sslmode", "sslmode"},
    ParameterName{"sslcert", "sslcert"},
    ParameterName{"sslkey", "sslkey"},
    ParameterName{"sslrootcert", "sslrootcert"},
    ParameterName{"sslpassword", "sslpassword"},
    ParameterName{"sslcrl", "sslcrl"},
    ParameterName{"sslNegotiation", "sslnegotiation"},
    ParameterName{"channelBinding", "channel_binding"},
    ParameterName{"requireAuth", "require_auth"},
    ParameterName{"gssEncMode", "gssencmode"},
    ParameterName{"kerberosServerName", "krbsrvname"},
    ParameterName{"options", "options"},
};

// No limit that an administrator set for people ends a snapshot or a slot creation half-way, or keeps the plugin's
// warnings back. quote_literal() rests on standard_conforming_strings.
constexpr std::string_view kSessionOptions =
    "-c standard_conforming_strings=on -c statement_timeout=0 -c lock_timeout=0 "
    "-c idle_in_transaction_session_timeout=0 -c client_min_messages=notice";
// The server's own look at a peer that says nothing: a host that vanished holds locks, xmin and slot for a minute
// instead of the two hours of an ordinary kernel. No effect on Unix-domain sockets. No tcp_user_timeout there: Linux
// ends a connection by it also when the peer lives and only does not read, as we do not while Kafka is away.
constexpr std::string_view kServerKeepalive =
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3";
// Nobody but pg_catalog answers for an unqualified name in our own statements.
constexpr std::string_view kOwnPath = " -c search_path=pg_catalog";

// What a person wrote runs with the path that the role has; Connection::open() takes ours up behind it.
bool has_own_path(const PostgresSettings& settings, ConnectionKind kind) {
  if (kind == ConnectionKind::kReplication) return true;
  return kind == ConnectionKind::kSql && settings.initial_statements.empty();
}

const std::string* find(const Properties& properties, std::string_view name) {
  const auto at = properties.find(name);
  return at == properties.end() || at->second.empty() ? nullptr : &at->second;
}

Problem bad_value(std::string_view name, std::string_view wanted) {
  return {Code::kConfigValue, std::string(name) + " must be " + std::string(wanted), ""};
}

template <typename Number>
Status take_number(const Properties& properties, std::string_view name, int64_t min, int64_t max, Number& to) {
  const std::string* text = find(properties, name);
  if (text == nullptr) return Status::ok();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < min || number > max) {
    return bad_value(name, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  to = Number(number);
  return Status::ok();
}

Status take_boolean(const Properties& properties, std::string_view name, bool& to) {
  const std::string* text = find(properties, name);
  if (text == nullptr) return Status::ok();
  std::string lower = *text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower != "true" && lower != "false") return bad_value(name, "true or false");
  to = lower == "true";
  return Status::ok();
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string joined(const std::vector<std::string>& parts) {
  std::string list;
  for (const std::string& part : parts) list += (list.empty() ? "" : ",") + part;
  return list;
}

// As libpq takes it: without blanks, and IPv6 addresses without the brackets that URLs need.
std::string host_list(std::string_view text) {
  std::vector<std::string> hosts = split(text, ',');
  for (std::string& host : hosts) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  }
  return joined(hosts);
}

// Statements end at a semicolon; two stand for one in the text.
std::vector<std::string> split_statements(std::string_view text) {
  std::vector<std::string> statements;
  std::string statement;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == ';' && i + 1 < text.size() && text[i + 1] == ';') {
      statement += ';';
      ++i;
    } else if (i < text.size() && text[i] != ';') {
      statement += text[i];
    } else {
      if (std::string whole = trimmed(statement); !whole.empty()) statements.push_back(std::move(whole));
      statement.clear();
    }
  }
  return statements;
}

Status take_connection(const Properties& properties, PostgresSettings& settings) {
  for (const auto& [name, to] : {std::pair{"database.hostname", &settings.host},
                                 {"database.user", &settings.user},
                                 {"database.dbname", &settings.dbname}}) {
    const std::string* value = find(properties, name);
    if (value == nullptr) return Problem{Code::kConfigMissing, std::string(name) + " is not set", ""};
    *to = *value;
  }
  settings.host = host_list(settings.host);
  if (const std::string* value = find(properties, "database.port")) settings.port = joined(split(*value, ','));
  if (const std::string* value = find(properties, "database.password")) settings.password = *value;
  for (const std::string& port : split(settings.port, ',')) {
    const bool digits = !port.empty() && port.size() <= 5 &&
                        std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!digits) return bad_value("database.port", "a port number, or one a host");
  }
  const size_t ports = split(settings.port, ',').size();
  if (ports != 1 && ports != split(settings.host, ',').size()) {
    return bad_value("database.port", "one port, or as many as database.hostname has hosts");
  }
  for (const auto& [name, value] : properties) {
    const std::string_view parameter = libpq_parameter(name);
    if (!parameter.empty() && !value.empty()) settings.libpq.emplace_back(parameter, value);
  }
  if (const std::string* value = find(properties, "database.ApplicationName")) settings.application_name = *value;
  if (const std::string* value = find(properties, "database.initial.statements")) {
    settings.initial_statements = split_statements(*value);
  }
  TRY_STATUS(take_boolean(properties, "database.tcpKeepAlive", settings.tcp_keepalive));
  for (const std::string_view name : {"database.loginTimeout", "database.connectTimeout"}) {
    TRY_STATUS(take_number(properties, name, 1, 3600, settings.connect_timeout));
  }
  return Status::ok();
}

Status take_slot(const Properties& properties, PostgresSettings& settings) {
  if (const std::string* value = find(properties, "slot.name")) settings.slot_name = *value;
  const bool valid = settings.slot_name.size() <= 63 && !settings.slot_name.empty() &&
                     std::all_of(settings.slot_name.begin(), settings.slot_name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!valid) {
    return bad_value("slot.name", "1 to 63 lower-case letters, digits and underscores: PostgreSQL takes no other");
  }
  TRY_STATUS(take_boolean(properties, "slot.failover", settings.slot_failover));
  if (const std::string* value = find(properties, "slot.stream.params")) {
    for (const std::string& part : split(*value, ';')) {
      if (part.empty()) continue;
      const size_t equals = part.find('=');
      if (equals == std::string::npos) return bad_value("slot.stream.params", "name=value pairs, ; between them");
      settings.stream_params.emplace_back(trimmed(part.substr(0, equals)), trimmed(part.substr(equals + 1)));
    }
  }
  if (const std::string* value = find(properties, "lsn.flush.mode")) settings.manual_flush = *value == "manual";
  bool flush_source = true;  // its old name: false is manual
  TRY_STATUS(take_boolean(properties, "flush.lsn.source", flush_source));
  settings.manual_flush = settings.manual_flush || !flush_source;
  settings.autoset_replica_identity = find(properties, "replica.identity.autoset.values") != nullptr;
  if (const std::string* value = find(properties, "heartbeat.action.query")) settings.heartbeat_query = *value;
  return take_number(properties, "status.update.interval.ms", 1, 3'600'000, settings.status_interval);
}

Status take_publication(const Properties& properties, PostgresSettings& settings) {
  if (const std::string* value = find(properties, "publication.name")) settings.publication_name = *value;
  if (const std::string* value = find(properties, "publication.autocreate.mode")) {
    if (*value == "all_tables") {
      settings.publication_autocreate = PublicationAutocreate::kAllTables;
    } else if (*value == "filtered") {
      settings.publication_autocreate = PublicationAutocreate::kFiltered;
    } else if (*value == "no_tables") {
      settings.publication_autocreate = PublicationAutocreate::kNoTables;
    } else if (*value != "disabled") {
      return bad_value("publication.autocreate.mode", "all_tables, disabled, filtered or no_tables");
    }
    if (settings.publication_name.empty()) settings.publication_name = "dbz_publication";
  }
  if (const std::string* value = find(properties, "skipped.operations")) settings.skipped_operations = *value;
  return take_boolean(properties, "publish.via.partition.root", settings.publish_via_partition_root);
}

Status take_snapshot(const Properties& properties, PostgresSettings& settings) {
  TRY_STATUS(take_number(properties, "snapshot.lock.timeout.ms", 0, 86'400'000, settings.snapshot_lock_timeout));
  const std::string* tables = find(properties, "snapshot.select.statement.overrides");
  if (tables == nullptr) return Status::ok();
  for (const std::string& table : split(*tables, ',')) {
    if (table.empty()) continue;
    const std::string name = "snapshot.select.statement.overrides." + table;
    const std::string* statement = find(properties, name);
    if (statement == nullptr) return Problem{Code::kConfigMissing, name + " is not set", ""};
    settings.snapshot_select_overrides.emplace(table, *statement);
  }
  return Status::ok();
}

}  // namespace

std::string_view libpq_parameter(std::string_view property) {
  for (const std::string_view family : {"database.", "driver."}) {
    if (!property.starts_with(family)) continue;
    const std::string_view name = property.substr(family.size());
    for (const ParameterName& known : kParameterNames) {
      if (name == known.property) return known.libpq;
    }
  }
  return {};
}

Result<PostgresSettings> postgres_settings(const Properties& properties) {
  PostgresSettings settings;
  TRY_STATUS(take_connection(properties, settings));
  TRY_STATUS(take_slot(properties, settings));
  TRY_STATUS(take_publication(properties, settings));
  TRY_STATUS(take_snapshot(properties, settings));
  if (settings.application_name.empty()) settings.application_name = "penstock " + settings.slot_name;
  return settings;
}

std::vector<std::pair<std::string, std::string>> connection_parameters(const PostgresSettings& settings,
                                                                       ConnectionKind kind) {
  std::vector<std::pair<std::string, std::string>> parameters = {
      {"user", settings.user},
      {"dbname", settings.dbname},
      {"application_name", settings.application_name},
      {"client_encoding", "UTF8"},
      {"gssencmode", "disable"},  // saves a round trip; database.gssEncMode sets it
      {"keepalives", settings.tcp_keepalive ? "1" : "0"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", std::to_string(settings.tcp_user_timeout.count())},
  };
  if (!settings.password.empty()) parameters.emplace_back("password", settings.password);
  // A standby cannot be streamed from as the primary can; with one host the server itself says what is wrong.
  if (settings.host.find(',') != std::string::npos) parameters.emplace_back("target_session_attrs", "primary");
  if (kind == ConnectionKind::kReplication) parameters.emplace_back("replication", "database");
  std::string options(kSessionOptions);
  if (settings.tcp_keepalive) options += kServerKeepalive;
  if (has_own_path(settings, kind)) options += kOwnPath;
  if (!settings.salts.empty()) {
    options += " -c " + std::string(wire::kSaltsSetting) + '=' + settings.salts;  // hexadecimal and commas
  }
  for (const auto& [name, value] : settings.libpq) {
    if (name == "options") {
      options += ' ' + value;
    } else {
      parameters.emplace_back(name, value);  // libpq takes the last of several
    }
  }
  parameters.emplace_back("options", options);
  return parameters;
}

std::string describe(const PostgresSettings& settings) {
  return "database " + settings.dbname + " on " + settings.host + ':' + settings.port + " as " + settings.user;
}

}  // namespace penstock
