-- Names of topics: sanitising, routing, service topics, tables that meet on one.
SET synchronous_commit = on;
\pset format unaligned
CREATE SCHEMA "topics Ü";
CREATE TABLE "topics Ü"."a""b" (id int PRIMARY KEY);
CREATE TABLE "topics Ü"."a'b" (id int PRIMARY KEY);
CREATE TABLE "topics Ü"."elephant 🐘" (id int PRIMARY KEY);
CREATE TABLE topics_orders (id int PRIMARY KEY);
SELECT "table", topic FROM penstock.tables('topic.prefix', 'shop', 'schema.include.list', 'topics.*,public', 'table.include.list', 'topics.*,.*topics_.*');
SELECT kind, topic FROM penstock.tables('topic.prefix', 'shop', 'table.include.list', '.*\.topics_.*', 'heartbeat.interval.ms', '5',
  'provide.transaction.metadata', 'true', 'topic.delimiter', '_', 'topic.heartbeat.prefix', 'hb', 'topic.transaction', 'tx');
SELECT kind, topic FROM penstock.tables('topic.prefix', 'shop', 'table.include.list', '.*\.topics_.*', 'heartbeat.interval.ms', '5',
  'topic.heartbeat.name', 'beat', 'transforms', 'one, two', 'transforms.one.type', 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.one.regex', '([^.]+)\.([^.]+)\.([^.]+)', 'transforms.one.replacement', '$3.$1\$',
  'transforms.two.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.two.regex', 'shop.*', 'transforms.two.replacement', 'service');
SELECT 'slot' FROM pg_create_logical_replication_slot('topics', 'penstock');
INSERT INTO "topics Ü"."a""b" VALUES (1);
INSERT INTO "topics Ü"."a'b" VALUES (1);
SELECT data::json->>'topic' AS topic, data::json->'value'->'source'->>'schema' AS schema, data::json->'value'->'source'->>'table' AS "table"
  FROM pg_logical_slot_get_changes('topics', NULL, NULL, 'topic.prefix', 'shop');
SELECT pg_drop_replication_slot('topics');
SET client_min_messages = warning;
DROP SCHEMA "topics Ü" CASCADE;
DROP TABLE topics_orders;
