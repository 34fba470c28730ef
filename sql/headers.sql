-- Headers of our own: where a change stands, which columns are unavailable. Off unless they are set; before the context headers.
SET synchronous_commit = on;
\pset format unaligned
CREATE TABLE public.hd (id int PRIMARY KEY, big text, "odd""name" text);
ALTER TABLE hd ALTER big SET STORAGE EXTERNAL, ALTER "odd""name" SET STORAGE EXTERNAL;
SELECT 'slot' FROM pg_create_logical_replication_slot('headers', 'penstock');
INSERT INTO hd VALUES (1, repeat('x', 3000), repeat('y', 3000)), (2, 'small', NULL);
UPDATE hd SET big = 'new' WHERE id = 1;
BEGIN; UPDATE hd SET id = 3 WHERE id = 1; DELETE FROM hd; COMMIT;
\set peek 'FROM pg_logical_slot_peek_changes(''headers'', NULL, NULL, ''topic.prefix'', ''s'', ''stable'', ''true'''
SELECT data::json->>'key' AS key, data::json->'value'->>'op' AS op, data::json->'headers' AS headers :peek,
  'penstock.position.headers', 'true', 'penstock.unavailable.header', 'true', 'extended.headers.enabled', 'false');
SELECT data::json->>'key' AS key, string_agg(name, ' ') AS headers :peek, 'penstock.position.headers', 'true'), json_object_keys(data::json->'headers') AS name
  WHERE data::json->'value'->>'op' = 'c' GROUP BY 1 ORDER BY 1;
SELECT DISTINCT data::jsonb->'headers' AS headers :peek, 'extended.headers.enabled', 'false');
-- the number that counts changes counts those that are not captured, too
SELECT data::json->>'key' AS key, data::json->'headers' AS headers :peek, 'penstock.position.headers', 'true', 'extended.headers.enabled', 'false',
  'skipped.operations', 'c,u,t');
SELECT pg_drop_replication_slot('headers');
DROP TABLE hd;
