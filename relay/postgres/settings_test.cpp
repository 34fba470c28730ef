#include "relay/postgres/settings.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

Properties minimal() {
  return {{"database.hostname", "db1"},
          {"database.user", "cdc"},
          {"database.dbname", "shop"},
          {"database.password", "s3cret"}};
}

std::string value_of(const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view name) {
  std::string found = "(none)";
  for (const auto& [keyword, value] : parameters) {
    if (keyword == name) found = value;
  }
  return found;
}

TEST(PostgresSettings, TakesDebeziumNames) {
  Properties properties = minimal();
  properties["database.port"] = "5433";
  properties["database.sslmode"] = "verify-full";
  properties["driver.channelBinding"] = "require";
  properties["database.tcpKeepAlive"] = "False";
  properties["database.initial.statements"] = "SET a = 'x;;y'; SET b = 1;";
  properties["slot.name"] = "orders";
  properties["status.update.interval.ms"] = "500";
  properties["slot.stream.params"] = "a=1; b = x=y";
  const auto settings = postgres_settings(properties);
  ASSERT_TRUE(settings.is_ok());
  EXPECT_EQ(settings.value().initial_statements, (std::vector<std::string>{"SET a = 'x;y'", "SET b = 1"}));
  EXPECT_EQ(settings.value().status_interval, std::chrono::milliseconds(500));
  EXPECT_EQ(settings.value().stream_params[1], (std::pair<std::string, std::string>("b", "x=y")));
  const auto parameters = connection_parameters(settings.value(), ConnectionKind::kReplication);
  EXPECT_EQ(value_of(parameters, "sslmode"), "verify-full");
  EXPECT_EQ(value_of(parameters, "channel_binding"), "require");
  EXPECT_EQ(value_of(parameters, "keepalives"), "0");
  EXPECT_EQ(value_of(parameters, "replication"), "database");
  EXPECT_EQ(value_of(parameters, "target_session_attrs"), "(none)");
  EXPECT_EQ(value_of(connection_parameters(settings.value(), ConnectionKind::kSql), "replication"), "(none)");
}

TEST(PostgresSettings, HostsAreTakenAsPeopleWriteThem) {
  Properties properties = minimal();
  for (const auto& [text, host] : {std::pair{" 127.0.0.1 ", "127.0.0.1"},
                                   {"[::1]", "::1"},
                                   {" db1 , [fe80::1] ", "db1,fe80::1"},
                                   {"::1", "::1"}}) {
    properties["database.hostname"] = text;
    const auto settings = postgres_settings(properties);
    ASSERT_TRUE(settings.is_ok()) << text;
    EXPECT_EQ(settings.value().host, host);
  }
  properties["database.port"] = " 5432 , 5433 ";
  properties["database.hostname"] = "a,b";
  EXPECT_EQ(postgres_settings(properties).value().port, "5432,5433");
}

TEST(PostgresSettings, SeveralHostsMeanThePrimary) {
  Properties properties = minimal();
  properties["database.hostname"] = "db1,db2";
  const auto settings = postgres_settings(properties);
  ASSERT_TRUE(settings.is_ok());
  EXPECT_EQ(value_of(connection_parameters(settings.value(), ConnectionKind::kSql), "target_session_attrs"), "primary");
  properties["database.port"] = "1,2,3";
  EXPECT_EQ(postgres_settings(properties).problem().code, Code::kConfigValue);
}

TEST(PostgresSettings, PathIsThatOfPeopleOnlyForTheirStatements) {
  const PostgresSettings settings;
  for (const auto& [kind, own] : {std::pair{ConnectionKind::kSql, true},
                                  {ConnectionKind::kReplication, true},
                                  {ConnectionKind::kUserSql, false}}) {
    EXPECT_EQ(connection_parameters(settings, kind).back().second.find("search_path=pg_catalog") != std::string::npos,
              own);
  }
}

TEST(PostgresSettings, ServerLooksWhetherWeAreStillThere) {
  PostgresSettings settings;
  for (const ConnectionKind kind : {ConnectionKind::kSql, ConnectionKind::kUserSql, ConnectionKind::kReplication}) {
    settings.tcp_keepalive = true;
    EXPECT_NE(connection_parameters(settings, kind).back().second.find("tcp_keepalives_idle=30"), std::string::npos);
    // It would end a stream that only waits for Kafka.
    EXPECT_EQ(connection_parameters(settings, kind).back().second.find("tcp_user_timeout"), std::string::npos);
    settings.tcp_keepalive = false;
    EXPECT_EQ(connection_parameters(settings, kind).back().second.find("tcp_keepalives"), std::string::npos);
  }
}

TEST(PostgresSettings, SaltsGoWithTheConnection) {
  PostgresSettings settings;
  settings.salts = "7065702e706572,73";
  for (const ConnectionKind kind : {ConnectionKind::kSql, ConnectionKind::kReplication}) {
    const auto parameters = connection_parameters(settings, kind);
    EXPECT_EQ(parameters.back().first, "options");
    EXPECT_TRUE(parameters.back().second.ends_with(" -c penstock.salts=7065702e706572,73"));
  }
  settings.salts.clear();
  EXPECT_EQ(connection_parameters(settings, ConnectionKind::kSql).back().second.find("salts"), std::string::npos);
}

TEST(PostgresSettings, DescriptionHoldsNoSecret) {
  const auto settings = postgres_settings(minimal());
  ASSERT_TRUE(settings.is_ok());
  EXPECT_EQ(describe(settings.value()), "database shop on db1:5432 as cdc");
}

TEST(PostgresSettings, MakesNoPublicationUnasked) {
  Properties properties = minimal();
  EXPECT_EQ(postgres_settings(properties).value().publication_autocreate, PublicationAutocreate::kDisabled);
  properties["publication.autocreate.mode"] = "filtered";
  EXPECT_EQ(postgres_settings(properties).value().publication_autocreate, PublicationAutocreate::kFiltered);
  EXPECT_EQ(postgres_settings(properties).value().publication_name, "dbz_publication");
}

TEST(PostgresSettings, RefusesWhatTheServerWould) {
  for (const auto& [name, value] : {std::pair{"slot.name", "Orders"},
                                    {"slot.name", "a-b"},
                                    {"database.port", "http"},
                                    {"status.update.interval.ms", "0"},
                                    {"database.tcpKeepAlive", "yes"},
                                    {"slot.stream.params", "novalue"},
                                    {"publication.autocreate.mode", "some"}}) {
    Properties properties = minimal();
    properties[name] = value;
    const auto settings = postgres_settings(properties);
    ASSERT_FALSE(settings.is_ok()) << name;
    EXPECT_EQ(settings.problem().code, Code::kConfigValue) << name;
    EXPECT_EQ(settings.problem().what.find(name), 0u);
  }
  Properties properties = minimal();
  properties.erase("database.user");
  EXPECT_EQ(postgres_settings(properties).problem().code, Code::kConfigMissing);
}

TEST(PostgresSettings, OverridesNeedTheirStatements) {
  Properties properties = minimal();
  properties["snapshot.select.statement.overrides"] = "public.a, public.b";
  properties["snapshot.select.statement.overrides.public.a"] = "SELECT * FROM public.a WHERE x";
  EXPECT_EQ(postgres_settings(properties).problem().what, "snapshot.select.statement.overrides.public.b is not set");
  properties["snapshot.select.statement.overrides.public.b"] = "SELECT * FROM public.b";
  EXPECT_EQ(postgres_settings(properties).value().snapshot_select_overrides.at("public.b"), "SELECT * FROM public.b");
}

}  // namespace
}  // namespace penstock
