-- TRUNCATE: one record a table, for each table that it reaches; left out unless asked for.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE TABLE truncate_parent (id int PRIMARY KEY);
CREATE TABLE truncate_child (id int PRIMARY KEY, p int REFERENCES truncate_parent);
CREATE TABLE truncate_solo (id serial PRIMARY KEY, v text);
SELECT 'slot' FROM pg_create_logical_replication_slot('truncate', 'penstock');
TRUNCATE truncate_parent CASCADE;
BEGIN;
INSERT INTO truncate_parent VALUES (2);
TRUNCATE truncate_solo, truncate_parent, truncate_child RESTART IDENTITY;
INSERT INTO truncate_parent VALUES (3);
COMMIT;
SELECT data FROM pg_logical_slot_peek_changes('truncate', NULL, NULL, 'topic.prefix', 'shop', 'stable', 'true',
  'skipped.operations', 'none', 'extended.headers.enabled', 'false');
SELECT data::json->'value'->>'op' AS op, data::json->'key' AS key FROM pg_logical_slot_get_changes('truncate', NULL, NULL);
SELECT pg_drop_replication_slot('truncate');
DROP TABLE truncate_parent, truncate_child, truncate_solo;
