-- A record beyond the producer's max.request.size stops the stream with a code of its own; people see it all the same.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
\pset format unaligned
CREATE TABLE limits_t (id int PRIMARY KEY, v text);
SELECT 'slot' FROM pg_create_logical_replication_slot('limits', 'penstock');
INSERT INTO limits_t VALUES (1, 'small');
BEGIN;
INSERT INTO limits_t VALUES (2, 'small');
INSERT INTO limits_t VALUES (3, repeat('x', 5000));
COMMIT;
SELECT length(data) > 5000 AS long FROM pg_logical_slot_peek_changes('limits', NULL, NULL, 'producer.override.max.request.size', '4000');
DO $$
DECLARE state text; message text; detail text;
BEGIN
  PERFORM * FROM pg_logical_slot_peek_binary_changes('limits', NULL, NULL, 'format', 'frames', 'topic.prefix', 'shop',
    'producer.override.max.request.size', '4000');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  RAISE INFO '%: % %', state, message, regexp_replace(detail, '[0-9A-F]+/[0-9A-F]+', '#');
END $$;
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('limits', NULL, NULL, 'format', 'frames', 'producer.override.max.request.size', '8000');
-- escapes make six bytes of one: 200,000 controls are 1.2 MB, beyond the default of 1 MiB
INSERT INTO limits_t VALUES (4, repeat(E'\u0001', 200000));
\set VERBOSITY terse
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('limits', NULL, NULL, 'format', 'frames', 'topic.prefix', 'shop');
SELECT max(length(data)) > 1200000 AS whole FROM pg_logical_slot_peek_changes('limits', NULL, NULL);
SELECT pg_drop_replication_slot('limits');
DROP TABLE limits_t;
