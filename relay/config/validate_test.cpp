#include "relay/config/validate.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace penstock {
namespace {

using Values = std::map<std::string, std::string>;

// A complete connector with `more` on top; an empty value takes a property away.
Loaded validated(const Values& more) {
  Values values = {{"connector.class", "io.debezium.connector.postgresql.PostgresConnector"},
                   {"database.hostname", "db"},
                   {"database.user", "cdc"},
                   {"database.password", "s3cret"},
                   {"database.dbname", "shop"},
                   {"topic.prefix", "shop"},
                   {"bootstrap.servers", "kafka:9092"}};
  for (const auto& [name, value] : more) values[name] = value;
  Settings settings;
  for (const auto& [name, value] : values) settings[name] = Setting{value, value, "shop.json"};
  return validate(std::move(settings));
}

// The one problem that `more` makes, as "code: what / mend"; all of them if there are several.
std::string problem_of(const Values& more) {
  std::string text;
  for (const Problem& problem : validated(more).problems) {
    text += std::string(info(problem.code).name) + ": " + problem.what + " / " + problem.mend + "\n";
  }
  return text;
}

bool has(const Loaded& loaded, Code code, std::string_view what) {
  for (const Problem& problem : loaded.problems) {
    if (problem.code == code && problem.what.find(what) != std::string::npos) return true;
  }
  return false;
}

TEST(Validate, AcceptsTheMinimalConnector) {
  const Loaded loaded = validated({});
  EXPECT_TRUE(loaded.usable()) << problem_of({});
  EXPECT_TRUE(loaded.problems.empty()) << problem_of({});
  EXPECT_EQ(loaded.configuration.name(), "shop");
  EXPECT_EQ(loaded.configuration.text("slot.name"), "debezium");
  EXPECT_EQ(loaded.configuration.number("database.port"), 5432);
  EXPECT_EQ(loaded.notes.size(), 2u);  // both converters: said loudly
}

TEST(Validate, NamesEveryRequiredPropertyThatIsMissing) {
  for (const char* name :
       {"topic.prefix", "database.hostname", "database.user", "database.dbname", "bootstrap.servers"}) {
    const Loaded loaded = validated({{name, ""}});
    EXPECT_FALSE(loaded.usable());
    EXPECT_TRUE(has(loaded, Code::kConfigMissing, name)) << name;
  }
}

TEST(Validate, TakesOldNames) {
  const Loaded loaded = validated({{"topic.prefix", ""},
                                   {"database.server.name", "shop"},
                                   {"table.whitelist", "public.a"},
                                   {"heartbeat.topics.prefix", "hb"},
                                   {"snapshot.mode", "never"}});
  EXPECT_TRUE(loaded.usable());
  EXPECT_EQ(loaded.configuration.text("topic.prefix"), "shop");
  EXPECT_EQ(loaded.configuration.text("table.include.list"), "public.a");
  EXPECT_EQ(loaded.configuration.text("topic.heartbeat.prefix"), "hb");
  EXPECT_EQ(loaded.configuration.text("snapshot.mode"), "no_data");
  EXPECT_EQ(loaded.problems.size(), 4u);
  EXPECT_TRUE(has(loaded, Code::kConfigRenamed, "shop.json: database.server.name: is now topic.prefix"));
}

TEST(Validate, TakesTheNewNameIfBothAreSet) {
  const Loaded loaded = validated({{"database.server.name", "old"}});
  EXPECT_TRUE(loaded.usable());
  EXPECT_EQ(loaded.configuration.text("topic.prefix"), "shop");
}

TEST(Validate, EmptyMeansNotSet) {
  const Loaded loaded = validated({{"table.include.list", ""},
                                   {"table.exclude.list", "public.x"},
                                   {"transforms", " "},
                                   {"slot.drop.on.stop", ""},
                                   {"skipped.operations", ""},
                                   {"heartbeat.interval.ms", ""}});
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_FALSE(loaded.configuration.is_set("table.include.list"));
  EXPECT_EQ(loaded.configuration.number("heartbeat.interval.ms"), 0);
}

TEST(Validate, WarnsOfUnknownPropertiesWithTheNearestName) {
  const Loaded loaded = validated({{"table.includ.list", "public.a"}, {"completely.else", "1"}});
  EXPECT_TRUE(loaded.usable());
  ASSERT_EQ(loaded.problems.size(), 2u);
  EXPECT_NE(problem_of({{"table.includ.list", "a"}}).find("did you mean table.include.list"), std::string::npos);
  EXPECT_TRUE(has(validated({{"database.pasword", "x"}}), Code::kConfigUnknownHarmless, "database.pasword"));
}

TEST(Validate, RefusesUnknownPropertiesOfFamiliesThatChangeRecords) {
  for (const char* name : {"column.hide.list", "converters.x", "predicates.p.type"}) {
    const Loaded loaded = validated({{"transforms", "route"},
                                     {"transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter"},
                                     {"transforms.route.regex", "a"},
                                     {"transforms.route.replacement", "b"},
                                     {name, "1"}});
    EXPECT_FALSE(loaded.usable()) << name;
  }
}

TEST(Validate, RefusesByNameWithWhatToDo) {
  EXPECT_NE(problem_of({{"signal.data.collection", "public.s"}}).find("remove the line"), std::string::npos);
  EXPECT_NE(problem_of({{"time.precision.mode", "structured"}}).find("one of: adaptive"), std::string::npos);
  EXPECT_FALSE(validated({{"converters", "isbn"}}).usable());
  EXPECT_TRUE(
      validated({{"slot.drop.on.stop", "false"}, {"flush.lsn.source", "true"}, {"sanitize.field.names", "false"}})
          .usable());
}

TEST(Validate, RefusesOneTransformOnce) {
  const Values mask = {{"transforms", "mask"},
                       {"transforms.mask.type", "org.apache.kafka.connect.transforms.MaskField$Value"},
                       {"transforms.mask.fields", "email"},
                       {"transforms.mask.replacement", "x"}};
  const Loaded loaded = validated(mask);
  ASSERT_EQ(loaded.problems.size(), 1u) << problem_of(mask);
  EXPECT_EQ(loaded.problems[0].code, Code::kConfigRefused);
}

TEST(Validate, PassesRegexRouterOn) {
  const Loaded loaded = validated({{"transforms", "route"},
                                   {"transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter"},
                                   {"transforms.route.regex", "([^.]+)\\.([^.]+)\\.([^.]+)"},
                                   {"transforms.route.replacement", "$3"},
                                   {"transforms.idle.type", "com.example.Idle"}});
  EXPECT_TRUE(loaded.usable());
  const auto plugin = nlohmann::json::parse(loaded.configuration.plugin_config());
  EXPECT_EQ(plugin["transforms.route.replacement"], "$3");
  EXPECT_FALSE(plugin.contains("transforms.idle.type"));
}

// Options of transforms are the plugin's to check. An empty prefix is one.
TEST(Validate, KeepsEmptyOptionsOfTransforms) {
  const Loaded loaded = validated({{"transforms", "unwrap"},
                                   {"transforms.unwrap.type", "ExtractNewRecordState"},
                                   {"transforms.unwrap.add.fields.prefix", ""},
                                   {"publication.name", ""}});
  EXPECT_TRUE(loaded.usable());
  const auto plugin = nlohmann::json::parse(loaded.configuration.plugin_config());
  EXPECT_EQ(plugin["transforms.unwrap.type"], "io.debezium.transforms.ExtractNewRecordState");
  EXPECT_EQ(plugin["transforms.unwrap.add.fields.prefix"], "");
  EXPECT_FALSE(plugin.contains("publication.name"));
}

TEST(Validate, NeverPassesSecretsToThePlugin) {
  const Loaded loaded = validated({{"producer.override.sasl.jaas.config", "s3cret"}, {"publication.name", "p"}});
  const std::string plugin = loaded.configuration.plugin_config();
  EXPECT_EQ(plugin.find("s3cret"), std::string::npos);
  EXPECT_NE(plugin.find(R"("publication.name":"p")"), std::string::npos);
}

TEST(Validate, KeepsSaltsOutOfThePluginsConfig) {
  const Loaded loaded = validated({{"column.mask.hash.SHA-256.with.salt.pep.per", "a.b.c"},
                                   {"column.mask.hash.v2.MD5.with.salt.s3cret", "a.b.d"},
                                   {"column.mask.with.5.chars", "a.b.e"}});
  EXPECT_TRUE(loaded.usable());
  const std::string plugin = loaded.configuration.plugin_config();
  EXPECT_NE(plugin.find(R"("column.mask.hash.SHA-256.with.salt.@0":"a.b.c")"), std::string::npos);
  EXPECT_NE(plugin.find(R"("column.mask.hash.v2.MD5.with.salt.@1":"a.b.d")"), std::string::npos);
  EXPECT_NE(plugin.find(R"("column.mask.with.5.chars":"a.b.e")"), std::string::npos);
  EXPECT_EQ(plugin.find("s3cret"), std::string::npos);
  EXPECT_EQ(loaded.configuration.salts(), "7065702e706572,733363726574");
  EXPECT_EQ(masked_name("column.mask.hash.v2.MD5.with.salt.s3cret"), "column.mask.hash.v2.MD5.with.salt.********");
  EXPECT_EQ(masked_name("column.mask.with.5.chars"), "column.mask.with.5.chars");
}

TEST(Validate, FollowsConnectOnSchemas) {
  const std::string converter = "org.apache.kafka.connect.json.JsonConverter";
  const auto for_plugin = [](const Loaded& loaded) {
    return nlohmann::json::parse(loaded.configuration.plugin_config());
  };
  EXPECT_EQ(for_plugin(validated({{"value.converter", converter}}))["value.converter.schemas.enable"], "true");
  EXPECT_EQ(for_plugin(validated({{"key.converter.schemas.enable", "true"}}))["key.converter.schemas.enable"], "true");
  EXPECT_FALSE(for_plugin(validated({})).contains("value.converter.schemas.enable"));
  const Loaded loaded = validated({{"value.converter", converter},
                                   {"value.converter.schemas.enable", "false"},
                                   {"key.converter", converter},
                                   {"key.converter.schemas.enable", "False"}});
  EXPECT_TRUE(loaded.usable());
  EXPECT_TRUE(loaded.notes.empty());
}

TEST(Validate, ShowsTheSchemasItAddsAsAValue) {
  const Loaded loaded = validated({{"value.converter", "org.apache.kafka.connect.json.JsonConverter"}});
  const Setting& added = loaded.configuration.settings().at("value.converter.schemas.enable");
  EXPECT_EQ(masked("value.converter.schemas.enable", added), "true");
  EXPECT_EQ(added.origin, "shop.json");
}

TEST(Validate, ChecksNamesAndPairs) {
  EXPECT_FALSE(validated({{"topic.prefix", "bad prefix!"}}).usable());
  EXPECT_FALSE(validated({{"slot.name", "Upper"}}).usable());
  EXPECT_FALSE(validated({{"slot.name", std::string(64, 'a')}}).usable());
  EXPECT_FALSE(validated({{"table.include.list", "a"}, {"table.exclude.list", "b"}}).usable());
  EXPECT_FALSE(validated({{"skipped.operations", "c,x"}}).usable());
  EXPECT_TRUE(validated({{"skipped.operations", "none"}}).usable());
}

TEST(Validate, SaysWhatHasNoEffect) {
  const Loaded loaded =
      validated({{"poll.interval.ms", "50"}, {"include.schema.changes", "true"}, {"plugin.name", "pgoutput"}});
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.notes.size(), 5u);
}

TEST(Masked, HidesSecretsButNotReferences) {
  EXPECT_EQ(masked("database.password", {"x", "x", ""}), "********");
  EXPECT_EQ(masked("database.password", {"x", "${file:/a:b}", ""}), "${file:/a:b}");
  EXPECT_EQ(masked("database.password", {"x", "${file:/a:b}x", ""}), "********");
  EXPECT_EQ(masked("producer.override.ssl.keystore.key", {"x", "x", ""}), "********");
  EXPECT_EQ(masked("ssl.truststore.password", {"x", "x", ""}), "********");
  EXPECT_EQ(masked("topic.prefix", {"x", "x", ""}), "x");
}

}  // namespace
}  // namespace penstock
