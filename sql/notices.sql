-- What a value that has no form in records is told by: once for each record that is written, and for none that is not.
SET synchronous_commit = on;
CREATE SCHEMA notices;
CREATE TABLE notices.f (id int PRIMARY KEY, n numeric, x text);
ALTER TABLE notices.f REPLICA IDENTITY FULL;
CREATE TABLE notices.g (id int PRIMARY KEY);
INSERT INTO notices.f VALUES (1, 'NaN', 'a');
SELECT 'slot' FROM pg_create_logical_replication_slot('notices', 'penstock');
-- A value is written to be compared; no record has it.
UPDATE notices.f SET x = 'a';
INSERT INTO notices.g VALUES (1);
\set record 'data::json->''value''->''source''->>''table'' AS "table", data::json->''value''->>''op'' AS op, data::json->''value''->''after'' AS after'
SELECT :record FROM pg_logical_slot_get_changes('notices', NULL, NULL, 'skip.messages.without.change', 'true', 'table.include.list', 'notices\..*', 'tombstones.on.delete', 'false');
-- The columns of a table that was altered since are others.
UPDATE notices.f SET x = 'a';
ALTER TABLE notices.f ADD y text;
UPDATE notices.f SET x = 'b';
ALTER TABLE notices.f RENAME n TO m;
UPDATE notices.f SET x = 'b';
ALTER TABLE notices.f ADD z text;
INSERT INTO notices.g VALUES (2);
SELECT :record FROM pg_logical_slot_get_changes('notices', NULL, NULL, 'skip.messages.without.change', 'true', 'table.include.list', 'notices\..*', 'tombstones.on.delete', 'false');
-- A record that a transform drops, and a key that moves while neither half of it is asked for.
UPDATE notices.f SET x = 'c';
UPDATE notices.f SET id = 2;
INSERT INTO notices.g VALUES (3);
SELECT :record FROM pg_logical_slot_peek_changes('notices', NULL, NULL, 'table.include.list', 'notices\..*', 'transforms', 'drop',
  'transforms.drop.type', 'org.apache.kafka.connect.transforms.Filter', 'transforms.drop.predicate', 'f',
  'predicates', 'f', 'predicates.f.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches', 'predicates.f.pattern', '.*\.f');
SELECT :record FROM pg_logical_slot_peek_changes('notices', NULL, NULL, 'table.include.list', 'notices\..*', 'skipped.operations', 'c,u,d,t', 'message.key.columns', 'notices\.f:id,m');
SELECT :record FROM pg_logical_slot_peek_changes('notices', NULL, NULL, 'table.include.list', 'notices\..*', 'skipped.operations', 'u,d', 'message.key.columns', 'notices\.f:id,m');
-- A column that a transform's field takes the place of is told once for a table, whatever topics its rows go to.
SELECT 'moved' FROM pg_replication_slot_advance('notices', pg_current_wal_lsn());
CREATE TABLE notices.routed (id int PRIMARY KEY, topic text, __op text, __table text);
INSERT INTO notices.routed SELECT i, 'topic' || i, '', '' FROM generate_series(1, 5) AS i;
UPDATE notices.routed SET topic = topic || 'x' WHERE id < 3;
SELECT data::json->>'topic' AS topic, data::json->'value' AS value FROM pg_logical_slot_peek_changes('notices', NULL, NULL, 'table.include.list', 'notices\..*', 'transforms', 'u',
  'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState', 'transforms.u.add.fields', 'op,table', 'transforms.u.route.by.field', 'topic');
-- A message that no record can hold has no place in the transaction's counts, however that shows.
SELECT 'moved' FROM pg_replication_slot_advance('notices', pg_current_wal_lsn());
BEGIN;
INSERT INTO notices.g VALUES (10);
SELECT 'sent' FROM pg_logical_emit_message(true, 'nearly', repeat('x', 900000));
SELECT 'sent' FROM pg_logical_emit_message(true, 'large', repeat('x', 2000000));
INSERT INTO notices.g VALUES (11);
SELECT 'sent' FROM pg_logical_emit_message(true, 'small', 'x');
INSERT INTO notices.g VALUES (12);
COMMIT;
CREATE FUNCTION notices.orders(frame bytea) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(m[1], ' ' ORDER BY n) FROM regexp_matches(encode(frame, 'escape'), '"((?:total_order|data_collection_order|data_collection|event_count)":"?[a-z0-9.]+)', 'g') WITH ORDINALITY AS r (m, n)
$$;
SELECT notices.orders(data) FROM pg_logical_slot_peek_binary_changes('notices', NULL, NULL, 'format', 'frames', 'provide.transaction.metadata', 'true', 'table.include.list', 'notices\..*');
SELECT 'dropped' FROM pg_drop_replication_slot('notices');
DROP SCHEMA notices CASCADE;
