-- Two tables, one topic: the one that was created first has it, and rows of the other are written nowhere.
SET synchronous_commit = on;
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE SCHEMA own;
CREATE SCHEMA "own.deep";
SELECT 'slot' FROM pg_create_logical_replication_slot('owners', 'penstock');
CREATE FUNCTION own.read(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (topic text, op text, id text) LANGUAGE sql AS $$
  SELECT data::json->>'topic', coalesce(data::json->'value'->>'op', 'tombstone'), coalesce(data::json->'key'->>'id', data::json->'value'->'after'->>'id')
  FROM pg_logical_slot_get_changes('owners', NULL, NULL, VARIADIC ARRAY['topic.prefix', 'p', 'schema.include.list', 'own(\.deep)?'] || options)
$$;
CREATE FUNCTION own.tables(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (schema text, "table" text, topic text, topic_owner text) LANGUAGE sql AS $$
  SELECT schema, "table", topic, topic_owner FROM penstock.tables(VARIADIC ARRAY['topic.prefix', 'p', 'schema.include.list', 'own(\.deep)?'] || options)
  WHERE kind = 'table' ORDER BY relation
$$;

-- by sanitising, by a dot that Kafka holds equal to an underscore, by a dot in a schema
CREATE TABLE own.order_items (id int PRIMARY KEY);
CREATE TABLE own."deep.t" (id int PRIMARY KEY);
CREATE TABLE own."order$items" (id int PRIMARY KEY);
CREATE TABLE own."order.items" (id int PRIMARY KEY);
CREATE TABLE "own.deep".t (id int PRIMARY KEY);
CREATE TABLE own.other (id int PRIMARY KEY);
INSERT INTO own."order$items" VALUES (1);
INSERT INTO own.order_items VALUES (2);
INSERT INTO own."order.items" VALUES (3);
INSERT INTO own."deep.t" VALUES (4);
INSERT INTO "own.deep".t VALUES (5);
INSERT INTO own.other VALUES (6);
DELETE FROM own."order$items";
TRUNCATE own."order.items", own.order_items;
SELECT * FROM own.tables();
SELECT * FROM own.read();

-- as of the change: born, renamed, dropped and left out in mid-stream; the name of a schema counts too
CREATE TABLE own.a_b (id int PRIMARY KEY);
BEGIN;
INSERT INTO own.a_b VALUES (1);
CREATE TABLE own."a b" (id int PRIMARY KEY);
INSERT INTO own."a b" VALUES (2);
ALTER TABLE own.a_b RENAME TO gone;
INSERT INTO own."a b" VALUES (3);
INSERT INTO own.gone VALUES (4);
ALTER TABLE own.gone RENAME TO a_b;
INSERT INTO own."a b" VALUES (5);
INSERT INTO own.a_b VALUES (6);
COMMIT;
INSERT INTO own."a b" VALUES (7);
ALTER TABLE own.a_b SET SCHEMA public;
INSERT INTO own."a b" VALUES (8);
ALTER TABLE public.a_b SET SCHEMA own;
INSERT INTO own."a b" VALUES (9);
DROP TABLE own.a_b;
INSERT INTO own."a b" VALUES (10);
INSERT INTO "own.deep".t VALUES (11);
ALTER SCHEMA own RENAME TO other;
INSERT INTO "own.deep".t VALUES (12);
ALTER SCHEMA other RENAME TO own;
INSERT INTO "own.deep".t VALUES (13);
SELECT * FROM own.read();
INSERT INTO own."order$items" VALUES (14);
SELECT * FROM own.read('table.exclude.list', 'own.order_items');

-- whom a router or a naming strategy brings together is meant to meet; a router that only renames means nobody
TRUNCATE own."order$items", own.order_items, own."order.items";
SELECT * FROM own.read();
INSERT INTO own.order_items VALUES (1);
INSERT INTO own."order$items" VALUES (2);
INSERT INTO own."order.items" VALUES (3);
CREATE FUNCTION own.peek(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (topic text, op text, id text) LANGUAGE sql AS $$
  SELECT data::json->>'topic', data::json->'value'->>'op', data::json->'value'->'after'->>'id'
  FROM pg_logical_slot_peek_changes('owners', NULL, NULL, VARIADIC ARRAY['topic.prefix', 'p', 'schema.include.list', 'own(\.deep)?'] || options)
$$;
SELECT * FROM own.peek('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', 'p\.own\.order.*', 'transforms.r.replacement', 'orders');
SELECT * FROM own.peek('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', 'p\.own\.(.*)', 'transforms.r.replacement', '$1');
SELECT * FROM own.peek('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', '.*\.order\.items', 'transforms.r.replacement', 'elsewhere');
SELECT * FROM own.peek('topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', '(.*)\.order.*', 'topic.replacement', '$1.all', 'topic.key.enforce.uniqueness', 'false');
SELECT * FROM own.peek('topic.naming.strategy', 'io.debezium.schema.SchemaUnicodeTopicNamingStrategy');
CREATE TABLE "own.deep".order_items (id int PRIMARY KEY);
SELECT * FROM own.tables('topic.naming.strategy', 'io.debezium.schema.DefaultTopicNamingStrategy', 'table.include.list', '.*order_items');
SELECT * FROM own.tables('topic.delimiter', '_', 'table.include.list', '.*(order_items|t)');
TRUNCATE own."order$items", own.order_items, own."order.items";
SELECT * FROM own.read();

-- where rows decide, or whether a transform applies, the names before transforms say whose the topic is
CREATE TABLE own.r_t (id text PRIMARY KEY);
CREATE TABLE own."r$t" (id text PRIMARY KEY);
INSERT INTO own.r_t VALUES ('one');
INSERT INTO own."r$t" VALUES ('two');
SELECT data::json->>'topic' AS topic
  FROM pg_logical_slot_get_changes('owners', NULL, NULL, 'topic.prefix', 'p', 'schema.include.list', 'own', 'transforms', 'u', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState', 'transforms.u.route.by.field', 'id');

-- a table that is made anew, or that takes the place of another by two renames, is a younger one
CREATE TABLE own.swapped (id int PRIMARY KEY);
INSERT INTO own.swapped VALUES (1);
CREATE TABLE own."swapped.new" (id int PRIMARY KEY);
BEGIN;
ALTER TABLE own.swapped RENAME TO swapped_old;
ALTER TABLE own."swapped.new" RENAME TO swapped;
INSERT INTO own.swapped VALUES (2);
INSERT INTO own.swapped_old VALUES (3);
COMMIT;
INSERT INTO own.swapped VALUES (4);
DROP TABLE own.swapped;
CREATE TABLE own.swapped (id int PRIMARY KEY);
INSERT INTO own.swapped VALUES (5);
CREATE TABLE own."swapped$old" (id int PRIMARY KEY);
INSERT INTO own."swapped$old" VALUES (6);
DROP TABLE own.swapped_old;
CREATE TABLE own.swapped_old (id int PRIMARY KEY);
INSERT INTO own.swapped_old VALUES (7);
INSERT INTO own."swapped$old" VALUES (8);
SELECT * FROM own.read();
DROP TABLE own.swapped, own.swapped_old, own."swapped$old";

-- who is not captured has no topic: temporary, unlogged and foreign ones, views,
-- partitions that are published as their root
CREATE TABLE own.events (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE own.events_1 PARTITION OF own.events FOR VALUES FROM (0) TO (100);
CREATE UNLOGGED TABLE own.un_logged (id int PRIMARY KEY);
CREATE VIEW own.a_view AS SELECT 1 AS id;
CREATE TABLE own."events$1" (id int PRIMARY KEY);
CREATE TABLE own."un$logged" (id int PRIMARY KEY);
CREATE TABLE own."a$view" (id int PRIMARY KEY);
INSERT INTO own.events VALUES (1);
INSERT INTO own."events$1" VALUES (2);
INSERT INTO own."un$logged" VALUES (3);
INSERT INTO own."a$view" VALUES (4);
CREATE PUBLICATION owners FOR TABLE own.events, own."events$1", own."un$logged", own."a$view" WITH (publish_via_partition_root);
INSERT INTO own.events VALUES (5);
INSERT INTO own."events$1" VALUES (6);
SELECT topic, topic_owner FROM own.tables('table.include.list', '.*(events|logged|view).*');
SELECT topic, topic_owner FROM own.tables('table.include.list', '.*(events|logged|view).*', 'publication.name', 'owners');
SELECT data::json->>'topic' AS topic, data::json->'value'->'after'->>'id' AS id
  FROM pg_logical_slot_peek_changes('owners', NULL, NULL, 'topic.prefix', 'p', 'schema.include.list', 'own', 'publication.name', 'owners', 'publish.via.partition.root', 'true', 'penstock.publication.missing', 'everything');
SELECT * FROM own.read();
-- of two that only a snapshot reads, and of one that is streamed and one that is not
ALTER PUBLICATION owners SET TABLE own."events$1", own."un$logged";
INSERT INTO own.events VALUES (7);
INSERT INTO own."events$1" VALUES (8);
SELECT topic, topic_owner FROM own.tables('table.include.list', '.*(events|logged|view).*', 'publication.name', 'owners');
SELECT topic, id FROM own.read('publication.name', 'owners');
DROP PUBLICATION owners;
CREATE UNLOGGED TABLE own."un#logged" (id int PRIMARY KEY);
SELECT topic, topic_owner FROM own.tables('table.include.list', '.*logged.*');

-- nothing of a table that is left out has a record; a rewrite of it is nobody's business
CREATE TABLE own.c_d (id int PRIMARY KEY, v int);
CREATE TABLE own."c$d" (id int PRIMARY KEY, v int);
ALTER TABLE own."c$d" REPLICA IDENTITY FULL;
INSERT INTO own.c_d VALUES (1, 1);
INSERT INTO own."c$d" VALUES (1, 1), (2, 2);
ALTER TABLE own."c$d" ALTER v TYPE bigint;
UPDATE own."c$d" SET id = id + 10;
DELETE FROM own."c$d";
TRUNCATE own."c$d";
SET client_min_messages = warning;
SELECT * FROM own.read('skipped.operations', 'none');
SET client_min_messages = error;

-- no table has the topic of the connector's own records, where it makes such; a router that renames either sets them apart
CREATE TABLE own.transaction (id int PRIMARY KEY);
CREATE TABLE own.beat (id int PRIMARY KEY);
INSERT INTO own.transaction VALUES (1);
INSERT INTO own.beat VALUES (2);
CREATE FUNCTION own.rows(VARIADIC options text[]) RETURNS TABLE (topic text, op text, id text) LANGUAGE sql AS $$
  SELECT * FROM own.peek(VARIADIC ARRAY['topic.naming.strategy', 'io.debezium.schema.DefaultTopicNamingStrategy', 'table.include.list', 'own\.(transaction|beat)'] || options) WHERE op = 'c'
$$;
SELECT * FROM own.rows('provide.transaction.metadata', 'false');
SELECT * FROM own.rows('provide.transaction.metadata', 'true', 'heartbeat.interval.ms', '1000', 'topic.heartbeat.name', 'p_beat');
SELECT * FROM own.rows('provide.transaction.metadata', 'true', 'topic.transaction', 'other');
SELECT * FROM own.rows('provide.transaction.metadata', 'true', 'transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.r.regex', 'p\.transaction', 'transforms.r.replacement', 'p.routed', 'transforms.r.predicate', 'h', 'transforms.r.negate', 'true',
  'predicates', 'h', 'predicates.h.type', 'HasHeaderKey', 'predicates.h.name', '__debezium.context.taskId');
SELECT * FROM own.tables('topic.naming.strategy', 'io.debezium.schema.DefaultTopicNamingStrategy', 'table.include.list', 'own\.(transaction|beat)', 'provide.transaction.metadata', 'true');
SET client_min_messages = warning;
SELECT * FROM own.rows('provide.transaction.metadata', 'true', 'table.exclude.list', '');
SET client_min_messages = error;

SELECT pg_drop_replication_slot('owners');
DROP SCHEMA own, "own.deep" CASCADE;
