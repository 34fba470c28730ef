-- Which columns are the key.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
CREATE TABLE keys_primary (c text, a int, b int, PRIMARY KEY (b, a));
CREATE TABLE keys_unique (a int NOT NULL, b text NOT NULL, c int, d int NOT NULL);
CREATE UNIQUE INDEX keys_z ON keys_unique (a);
CREATE UNIQUE INDEX keys_a ON keys_unique (d, b);
CREATE TABLE keys_partial (a int, b int);
CREATE UNIQUE INDEX keys_partial_a ON keys_partial (a) INCLUDE (b) WHERE a > 0;
CREATE TABLE keys_expression (a int NOT NULL);
CREATE UNIQUE INDEX keys_expression_a ON keys_expression ((a + 1));
CREATE TABLE keys_message (id int PRIMARY KEY, "Region" text, code text NOT NULL, v int);
CREATE TABLE keys_deferrable (a int, b int, PRIMARY KEY (a) DEFERRABLE);
SELECT "table", key FROM penstock.tables('table.include.list', 'public.keys_.*',
  'message.key.columns', 'public.keys_message:region,code;PUBLIC.KEYS_NOBODY:x');

SELECT 'slot' FROM pg_create_logical_replication_slot('keys', 'penstock');
INSERT INTO keys_message VALUES (1, 'eu', 'x', 1);
UPDATE keys_message SET v = 2;
UPDATE keys_message SET "Region" = 'us';
UPDATE keys_message SET id = 2;
DELETE FROM keys_message;
INSERT INTO keys_partial VALUES (NULL, NULL), (1, 2);
SELECT data::json->'key' AS key, data::json->'value'->>'op' AS op, data::json->'headers'->>'__debezium.newkey' AS newkey,
       data::json->'headers'->>'__debezium.oldkey' AS oldkey
  FROM pg_logical_slot_get_changes('keys', NULL, NULL, 'message.key.columns', 'public.keys_message:region,code');

-- a key column that is left out of the value keeps its value in the key
INSERT INTO keys_primary VALUES ('x', 1, 2);
SELECT data::json->'key' AS key, data::json->'value'->'after' AS after
  FROM pg_logical_slot_get_changes('keys', NULL, NULL, 'column.include.list', 'public.keys_primary.c');

SELECT data FROM pg_logical_slot_peek_changes('keys', NULL, NULL, 'message.key.columns', 'no columns');

SELECT pg_drop_replication_slot('keys');
DROP TABLE keys_primary, keys_unique, keys_partial, keys_expression, keys_message, keys_deferrable;
