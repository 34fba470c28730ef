-- Options: names, values, and how mistakes are told.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
\pset format unaligned
CREATE TABLE options_t (id int PRIMARY KEY, v numeric(10,2));
SELECT 'slot' FROM pg_create_logical_replication_slot('options', 'penstock');
INSERT INTO options_t VALUES (1, 1.5);
\set VERBOSITY terse
-- a list may be empty, and an empty string means not set
SELECT count(*) FROM pg_logical_slot_peek_changes('options', NULL, NULL);
SELECT count(*) FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'table.include.list', '', 'decimal.handling.mode', ' ');
-- properties of the relay's may stand there, old names are known
SELECT data::json->>'topic' AS topic FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'database.hostname', 'db', 'max.batch.size', 'x',
  'database.server.name', 'old');
-- as one JSON object
SELECT data::json->>'topic' AS topic, data::json->'value'->'after' AS after FROM pg_logical_slot_peek_changes('options', NULL, NULL,
  'config', '{"topic.prefix": "shop", "decimal.handling.mode": "STRING", "table.include.list": "public\\.options_t"}');
-- mistakes
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'tabel.include.list', 'x');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'topic.prefix', 'a b');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'decimal.handling.mode', 'exact');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'tombstones.on.delete', 'maybe');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'heartbeat.interval.ms', '-1');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'skipped.operations', 'c,x');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'format', 'xml');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'wire', '7-9');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'start.end', 'x');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'config', '[]');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'config', '{"topic.prefix": [1]}');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'config', '{"nonsense": "1"}');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'transforms', 'route');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'transforms', 'r', 'transforms.r.type', 'com.example.Mine');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'transforms', 'r', 'transforms.r.type',
  'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', '(.*)', 'transforms.r.replacement', '$2');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'value.converter.schemas.enable', 'yes');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'snapshot.mode.custom.name', 'x');
SELECT data FROM pg_logical_slot_peek_binary_changes('options', NULL, NULL, 'format', 'frames', 'stable', 'true');
SELECT data FROM pg_logical_slot_peek_changes('options', NULL, NULL, 'format', 'frames');
-- what a program sees of a mistake
DO $$
DECLARE state text; hint text;
BEGIN
  PERFORM * FROM penstock.tables('bogus', '1');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
  RAISE INFO '% %', state, left(hint, 40);
END $$;
\set VERBOSITY terse
SELECT * FROM penstock.tables('topic.prefix');
SELECT pg_drop_replication_slot('options');
DROP TABLE options_t;
