-- topic.naming.strategy, and the groups in which topics are made.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE SCHEMA naming;
CREATE TABLE naming."a_b" (id int PRIMARY KEY);
CREATE TABLE naming."é ā€🐘" (id int PRIMARY KEY);
CREATE TABLE naming."s 1" (id int PRIMARY KEY);
CREATE TABLE naming."s 2" (id int PRIMARY KEY);
CREATE FUNCTION naming.topics(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT "table" || ' → ' || topic FROM penstock.tables(VARIADIC ARRAY['topic.prefix', 'p_q', 'schema.include.list', 'naming'] || options) WHERE kind = 'table'
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
SELECT naming.topics('topic.naming.strategy', 'io.debezium.schema.SchemaRegexTopicNamingStrategy', 'topic.regex', 'a', 'topic.replacement', 'b');
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
