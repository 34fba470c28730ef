-- Schemas of keys and values: which parts they have, names adjusted for Avro, and that they are text before a payload that
-- does not change.
SET synchronous_commit = on;
\pset format unaligned
CREATE SCHEMA "schemas-x";
CREATE TYPE "schemas-x".mood AS ENUM ('sad', 'a,b', 'quote"d');
CREATE DOMAIN "schemas-x".price AS numeric(10,2) NOT NULL;
CREATE TABLE "schemas-x"."1 table" ("1st" serial PRIMARY KEY, "the.name" text NOT NULL DEFAULT 'n', price "schemas-x".price, m "schemas-x".mood[],
  v numeric, z timestamptz(0), "_u" varbit(7), p point);
SELECT 'slot' FROM pg_create_logical_replication_slot('schemas', 'penstock');
INSERT INTO "schemas-x"."1 table" (price, m) VALUES (1.5, '{sad,"quote\"d"}');
-- one schema a line, with its members below one another
CREATE FUNCTION "schemas-x".outline(schema json, depth int DEFAULT 0) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT repeat('  ', depth) || concat_ws(' ', schema->>'field', schema->>'type', CASE WHEN schema->>'optional' = 'true' THEN 'optional' END,
    schema->>'name', 'v' || (schema->>'version'), schema->>'doc', schema->>'parameters', 'default ' || (schema->>'default'))
  UNION ALL SELECT "schemas-x".outline(f, depth + 1) FROM json_array_elements(schema->'fields') f
  UNION ALL SELECT "schemas-x".outline(schema->'items', depth + 1) WHERE schema->'items' IS NOT NULL $$;
CREATE VIEW "schemas-x".peek AS SELECT data::json AS r FROM pg_logical_slot_peek_changes('schemas', NULL, NULL, 'stable', 'true', 'topic.prefix', 's',
  'key.converter.schemas.enable', 'true', 'value.converter.schemas.enable', 'true');
SELECT "schemas-x".outline(r->'key'->'schema') FROM "schemas-x".peek;
SELECT "schemas-x".outline(r->'value'->'schema') FROM "schemas-x".peek;
SELECT r->'key'->'payload' AS key, r->'value'->'payload'->'after' AS after FROM "schemas-x".peek;
-- only where they are asked for
SELECT data::json->'key' AS key, json_object_keys(data::json->'value') AS value FROM pg_logical_slot_peek_changes('schemas', NULL, NULL, 'topic.prefix', 's',
  'value.converter.schemas.enable', 'true');
-- Avro's names: fields have no dot, schemas do; the escape of avro_unicode is escaped itself
SELECT data::json->'key'->'schema'->>'name' AS key, data::json->'value'->'schema'->>'name' AS value, data::json->'value'->'payload'->'after' AS after
  FROM pg_logical_slot_peek_changes('schemas', NULL, NULL, 'topic.prefix', 's', 'key.converter.schemas.enable', 'true',
  'value.converter.schemas.enable', 'true', 'schema.name.adjustment.mode', 'avro', 'field.name.adjustment.mode', 'avro');
SELECT data::json->'key'->'schema'->>'name' AS key, data::json->'value'->'schema'->>'name' AS value, data::json->'value'->'payload'->'after' AS after
  FROM pg_logical_slot_peek_changes('schemas', NULL, NULL, 'topic.prefix', 's', 'key.converter.schemas.enable', 'true',
  'value.converter.schemas.enable', 'true', 'schema.name.adjustment.mode', 'avro_unicode', 'field.name.adjustment.mode', 'avro_unicode');
-- messages and transaction markers
SELECT pg_replication_slot_advance('schemas', pg_current_wal_lsn()) IS NOT NULL AS advanced;
SELECT pg_logical_emit_message(true, 'p', 'content') IS NOT NULL AS sent;
SELECT r->>'topic' AS topic, "schemas-x".outline(r->'key'->'schema') FROM "schemas-x".peek;
SELECT "schemas-x".outline(r->'value'->'schema') FROM "schemas-x".peek;
SELECT data::json->'value'->'payload' AS mark FROM pg_logical_slot_peek_changes('schemas', NULL, NULL, 'stable', 'true', 'topic.prefix', 's',
  'value.converter.schemas.enable', 'true', 'provide.transaction.metadata', 'true');
-- the heartbeat is the relay's, from a template
SELECT topic, heartbeat_key, heartbeat_value FROM penstock.tables('topic.prefix', 's', 'heartbeat.interval.ms', '1', 'value.converter.schemas.enable', 'true',
  'table.include.list', 'none') WHERE kind = 'heartbeat';
SELECT pg_drop_replication_slot('schemas');
SET client_min_messages = warning;
DROP SCHEMA "schemas-x" CASCADE;
