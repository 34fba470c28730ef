-- A table of 1,600 columns, as many as PostgreSQL allows: every member is there, in order, in each operation.
SET synchronous_commit = on;
\pset format unaligned
DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE limits_wide (' || string_agg(format('"column é %s" %s', n, CASE n % 4 WHEN 0 THEN 'int' WHEN 1 THEN 'boolean'
  WHEN 2 THEN 'smallint NOT NULL DEFAULT 7' ELSE 'text' END), ', ' ORDER BY n) || ', PRIMARY KEY ("column é 0"))' FROM generate_series(0, 1599) n); END $$;
SELECT 'slot' FROM pg_create_logical_replication_slot('limits', 'penstock');
INSERT INTO limits_wide ("column é 0", "column é 1599") VALUES (1, 'last');
UPDATE limits_wide SET "column é 3" = 'changed', "column é 1599" = NULL;
DELETE FROM limits_wide;
SELECT data::json->'value'->>'op' AS op, count(*) AS members, bool_and(name = format('column é %s', n - 1)) AS in_order, count(value) FILTER (WHERE value = '7') AS sevens,
    count(value) FILTER (WHERE value IN ('last', 'changed')) AS texts
  FROM pg_logical_slot_peek_changes('limits', NULL, NULL, 'tombstones.on.delete', 'false'),
    json_each_text(coalesce(NULLIF(data::json->'value'->>'after', ''), data::json->'value'->>'before')::json) WITH ORDINALITY e(name, value, n)
  GROUP BY data, lsn ORDER BY lsn;
SELECT count(*) AS frames, bool_and(length(data) > 30000) AS whole FROM pg_logical_slot_peek_binary_changes('limits', NULL, NULL, 'format', 'frames');
SELECT pg_drop_replication_slot('limits');
DROP TABLE limits_wide;
