-- topic.naming.strategy, and the groups in which topics are made.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset format unaligned
CREATE SCHEMA naming;
CREATE TABLE naming."a_b" (id int PRIMARY KEY);
CREATE TABLE naming."é ā€🐘" (id int PRIMARY KEY);
CREATE TABLE naming."s 1" (id int PRIMARY KEY);
CREATE TABLE naming."s 2" (id int PRIMARY KEY);
CREATE FUNCTION naming.topics(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT "table" || ' -> ' || topic FROM penstock.tables(VARIADIC ARRAY['topic.prefix', 'p_q', 'schema.include.list', 'naming'] || options) WHERE kind = 'table'
$$;
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaTopicNamingStrategy');
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.DefaultTopicNamingStrategy');
-- underscores are written out too; digits are Java's: two become four, three stay three
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaUnicodeTopicNamingStrategy');
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.DefaultUnicodeTopicNamingStrategy', 'topic.delimiter', '-');
-- the regex sees the sanitised name; where it does not match, or leaves nothing, the name stays
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', '(?<all>.*)\.s_\d',
  'topic.replacement', '${all}.s\$all', 'topic.key.enforce.uniqueness', 'false');
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.DefaultRegexTopicNamingStrategy', 'topic.regex', 'p_q\.(?:s_(\d)|a(.*))',
  'topic.replacement', '$1', 'topic.key.enforce.uniqueness', 'false');
-- then come the transforms
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', '.*\.(s)_\d', 'topic.replacement', '$1',
  'topic.key.enforce.uniqueness', 'false', 'transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.r.regex', 's', 'transforms.r.replacement', 'routed');
-- the topics of other records have names of their own
SELECT kind, topic FROM penstock.tables('topic.prefix', 'p_q', 'topic.naming.strategy', 'io.debezium.schema.SchemaUnicodeTopicNamingStrategy',
  'table.include.list', 'none', 'heartbeat.interval.ms', '1', 'provide.transaction.metadata', 'true');
-- keys then name the table, as its topic would be called before sanitising; also keys of tables that have none
SET synchronous_commit = on;
SELECT 'slot' FROM pg_create_logical_replication_slot('naming', 'penstock');
CREATE TABLE naming.bare (v text);
ALTER TABLE naming.bare REPLICA IDENTITY FULL;
INSERT INTO naming."s 1" VALUES (1);
UPDATE naming."s 1" SET id = 2;
INSERT INTO naming."s 2" VALUES (1);
INSERT INTO naming.bare VALUES ('a');
UPDATE naming.bare SET v = 'b';
DELETE FROM naming.bare;
SELECT data::json->>'topic' AS topic, data::json->>'key' AS key, data::json->'value'->>'op' AS op, data::json->'headers'->>'__debezium.newkey' AS new_key,
  data::json->'headers'->>'__debezium.oldkey' AS old_key FROM pg_logical_slot_peek_changes('naming', NULL, NULL, 'topic.prefix', 'p_q',
  'topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', '(.*)\.s_\d', 'topic.replacement', '$1.all');
SELECT data::json->>'key' AS key FROM pg_logical_slot_peek_changes('naming', NULL, NULL, 'topic.prefix', 'p_q', 'table.include.list', 'naming\.(s 1|bare)',
  'topic.naming.strategy', 'io.debezium.schema.DefaultRegexTopicNamingStrategy', 'topic.regex', 'x', 'topic.replacement', 'y',
  'topic.key.field.name', 'from "table"', 'topic.key.field.regex', '.*\.(?<shard>s) (\d)', 'topic.key.field.replacement', '${shard}-$2');
SELECT m[1] AS part FROM (SELECT penstock.snapshot('naming."s 2"', 'SELECT * FROM naming."s 2"', 'topic.prefix', 'p_q', 'topic.naming.strategy',
  'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', 'x', 'topic.replacement', 'y') AS frame) AS f,
  regexp_matches(encode(frame, 'escape'), '(\{"id":1,"__dbz__[^}]*\})', 'g') AS m GROUP BY 1;
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', 'a', 'topic.replacement', 'b', 'topic.key.field.regex', 'a');
-- a key column of the same name gives its place to it, which nobody else's key can have then
SELECT 'advanced' FROM pg_replication_slot_advance('naming', pg_current_wal_lsn());
CREATE TABLE naming.twice ("__dbz__physicalTableIdentifier" text, id int, PRIMARY KEY ("__dbz__physicalTableIdentifier", id));
INSERT INTO naming.twice VALUES ('p_q.naming.a_b', 1);
UPDATE naming.twice SET id = 2;
SELECT data::json->>'key' AS key, data::json->'headers'->>'__debezium.newkey' AS new_key FROM pg_logical_slot_peek_changes('naming', NULL, NULL, 'topic.prefix', 'p_q',
  'topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', 'x', 'topic.replacement', 'y');
SELECT pg_drop_replication_slot('naming');
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.replacement', 'b', 'topic.key.enforce.uniqueness', 'false');
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', 'a', 'topic.replacement', '$1', 'topic.key.enforce.uniqueness', 'false');
SELECT naming.topics('topic.naming.strategy', 'com.example.Mine');

-- the first group that includes and does not exclude; whole names, in their case; a group named default is none
SELECT penstock.topic_groups(ARRAY['p.a.orders', 'p.a.ORDERS', 'p.b.orders', 'p.b.x', 'x.p.b.x', '__debezium-heartbeat.p', NULL], 'topic.creation.groups', 'big, default ,beat,rest',
  'topic.creation.big.include', 'p\.a\..*,.*\.orders', 'topic.creation.big.exclude', '.*\.ORDERS', 'topic.creation.default.include', '.*',
  'topic.creation.beat.include', '__debezium.*', 'topic.creation.rest.include', 'p\..*', 'topic.creation.rest.partitions', '3');
SELECT penstock.topic_groups('{a}', 'topic.creation.groups', 'bare');
SELECT penstock.topic_groups('{}', 'topic.creation.groups', 'g', 'topic.creation.g.include', 'a');
SELECT penstock.topic_groups('{a}');
SELECT penstock.topic_groups('{a}', 'topic.creation.groups', 'g', 'topic.creation.g.include', '(');
DROP SCHEMA naming CASCADE;
