-- Whole records of insert, update, delete and a change of the key, byte for byte as Kafka holds them.
SET synchronous_commit = on;
CREATE TABLE dml_customers (id serial PRIMARY KEY, name varchar(255) NOT NULL, note text, active boolean NOT NULL DEFAULT true);
SELECT 'slot' FROM pg_create_logical_replication_slot('dml', 'penstock');

INSERT INTO dml_customers (name, note) VALUES ('Sally', 'first'), (E'quote " backslash \\ tab \t', NULL);
UPDATE dml_customers SET note = NULL WHERE id = 1;
UPDATE dml_customers SET id = 100 WHERE id = 2;
DELETE FROM dml_customers WHERE id = 1;
SELECT data FROM pg_logical_slot_peek_changes('dml', NULL, NULL, 'topic.prefix', 'shop', 'stable', 'true');

-- neither tombstones nor context headers
SELECT data FROM pg_logical_slot_get_changes('dml', NULL, NULL, 'topic.prefix', 'shop', 'stable', 'true',
  'tombstones.on.delete', 'false', 'extended.headers.enabled', 'false', 'skipped.operations', 'c,u');

-- rolled back work is never seen; savepoints are
BEGIN;
INSERT INTO dml_customers (name) VALUES ('kept');
SAVEPOINT a;
INSERT INTO dml_customers (name) VALUES ('lost');
ROLLBACK TO a;
COMMIT;
BEGIN;
INSERT INTO dml_customers (name) VALUES ('lost too');
ROLLBACK;
BEGIN;
INSERT INTO dml_customers (name) VALUES ('prepared');
PREPARE TRANSACTION 'dml';
SELECT count(*) FROM pg_logical_slot_peek_changes('dml', NULL, NULL);
COMMIT PREPARED 'dml';
SELECT data::json->'key' AS key, data::json->'value'->'after'->>'name' AS name
  FROM pg_logical_slot_get_changes('dml', NULL, NULL);

-- without a prefix the database gives it
INSERT INTO dml_customers (name) VALUES ('x');
SELECT data::json->>'topic' AS topic FROM pg_logical_slot_get_changes('dml', NULL, NULL);

SELECT pg_drop_replication_slot('dml');
DROP TABLE dml_customers;
