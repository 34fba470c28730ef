#include "relay/config/load.h"

#include <gtest/gtest.h>

#include <fstream>

namespace penstock {
namespace {

class LoadTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = testing::TempDir() + "penstock_load_test_" + name;
    std::ofstream(path) << text;
    return path;
  }
  std::string connector_ = write("shop.json", R"({"name":"shop-connector","config":{
      "connector.class":"io.debezium.connector.postgresql.PostgresConnector","database.hostname":"db",
      "database.user":"cdc","database.dbname":"shop","topic.prefix":"shop","database.port":5433,
      "key.converter":"org.apache.kafka.connect.json.JsonConverter","key.converter.schemas.enable":false}})");
  std::string worker_ = write("worker.properties",
                              "bootstrap.servers=kafka:9092\nkey.converter.schemas.enable=true\nvalue.converter="
                              "org.apache.kafka.connect.json.JsonConverter\nvalue.converter.schemas.enable=false\n"
                              "offset.storage.topic=offsets\nproducer.linger.ms=5\n");
};

TEST_F(LoadTest, LaysConnectorOverWorkerAndSetsOverBoth) {
  const Loaded loaded = load_configuration({worker_, connector_, {"slot.name=other", "database.port=5434"}});
  EXPECT_TRUE(loaded.usable());
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.configuration.name(), "shop-connector");
  EXPECT_EQ(loaded.configuration.text("bootstrap.servers"), "kafka:9092");
  EXPECT_EQ(loaded.configuration.text("database.port"), "5434");
  EXPECT_EQ(loaded.configuration.text("slot.name"), "other");
  EXPECT_EQ(loaded.configuration.text("producer.linger.ms"), "5");
}

TEST_F(LoadTest, AConnectorsConverterTakesNothingOfTheWorkers) {
  const std::string connector =
      write("named.properties",
            "database.hostname=db\ndatabase.user=cdc\ndatabase.dbname=shop\ntopic.prefix=shop\n"
            "value.converter=org.apache.kafka.connect.json.JsonConverter\n");
  const Loaded loaded = load_configuration({worker_, connector, {"key.converter.schemas.enable=false"}});
  EXPECT_TRUE(loaded.usable());
  EXPECT_TRUE(loaded.configuration.flag("value.converter.schemas.enable"));
  EXPECT_FALSE(loaded.configuration.flag("key.converter.schemas.enable"));
}

TEST_F(LoadTest, SaysWhichFileAndWhy) {
  const Loaded missing = load_configuration({"", "/nowhere/shop.json", {}});
  ASSERT_EQ(missing.problems.size(), 1u);
  EXPECT_EQ(missing.problems[0].code, Code::kConfigFile);
  EXPECT_NE(missing.problems[0].what.find("/nowhere/shop.json"), std::string::npos);
  EXPECT_FALSE(missing.usable());
  EXPECT_FALSE(load_configuration({worker_, connector_, {"slot.name"}}).usable());
  EXPECT_FALSE(load_configuration({worker_, connector_, {"database.password=${env:PENSTOCK_NOT_SET}"}}).usable());
}

}  // namespace
}  // namespace penstock
