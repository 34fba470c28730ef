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
SELECT 'dropped' FROM pg_drop_replication_slot('notices');
DROP SCHEMA notices CASCADE;
