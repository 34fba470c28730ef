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
-- more tables than a byte counts: each record has a (commit, ordinal, part) of its own
DO $$ BEGIN FOR i IN 1..600 LOOP EXECUTE format('CREATE TABLE truncate_many_%s ()', i); END LOOP; END $$;
BEGIN;
DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg('truncate_many_' || i, ', ') FROM generate_series(1, 600) i); END $$;
INSERT INTO truncate_parent VALUES (4);
COMMIT;
CREATE FUNCTION truncate_records(frame bytea, OUT op text, OUT ordinal int, OUT part int) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE at int := 80;
BEGIN
  WHILE at < length(frame) LOOP
    part := get_byte(frame, at + 1);
    ordinal := get_byte(frame, 40) + get_byte(frame, at + 12);
    IF get_byte(frame, at) = ascii('r') THEN op := chr(get_byte(frame, at + 2)); RETURN NEXT; END IF;
    at := at + 8 + get_byte(frame, at + 4) + (get_byte(frame, at + 5) << 8) + (get_byte(frame, at + 6) << 16);
  END LOOP;
END $$;
SELECT r.op, count(*), count(DISTINCT (r.ordinal, r.part)) AS distinct, min(r.ordinal), max(r.ordinal), max(r.part) FROM
  pg_logical_slot_get_binary_changes('truncate', NULL, NULL, 'format', 'frames', 'skipped.operations', 'none') f, truncate_records(f.data) r GROUP BY r.op ORDER BY 1 DESC;
DO $$ BEGIN FOR i IN 1..600 LOOP EXECUTE format('DROP TABLE truncate_many_%s', i); END LOOP; END $$;
DROP FUNCTION truncate_records;
SELECT pg_drop_replication_slot('truncate');
DROP TABLE truncate_parent, truncate_child, truncate_solo;
