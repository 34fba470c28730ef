-- What is captured: lists of schemas, tables and columns, operations, system tables, publications.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA select_inv;
CREATE SCHEMA select_priv;
CREATE TABLE select_inv.a (id int PRIMARY KEY, keep text, secret text, "Mixed" int);
CREATE TABLE select_inv.b (id int PRIMARY KEY, v text);
CREATE TABLE select_priv.p (id int PRIMARY KEY);
CREATE UNLOGGED TABLE select_inv.unlogged (id int PRIMARY KEY);
CREATE VIEW select_inv.view AS SELECT * FROM select_inv.a;
CREATE MATERIALIZED VIEW select_inv.mat AS SELECT * FROM select_inv.a;
CREATE UNIQUE INDEX ON select_inv.mat (id);
CREATE TABLE select_inv.part (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE select_inv.part_1 PARTITION OF select_inv.part FOR VALUES FROM (0) TO (10);
SELECT 'slot' FROM pg_create_logical_replication_slot('select', 'penstock');

-- the order of the patterns, and inside one the alphabet
SELECT schema, "table" FROM penstock.tables('schema.include.list', 'select_.*') WHERE kind = 'table';
SELECT schema, "table" FROM penstock.tables('table.include.list', 'select_priv.*,SELECT_INV\.(b|a)') WHERE kind = 'table';
SELECT schema, "table" FROM penstock.tables('schema.include.list', 'select_.*', 'table.exclude.list', '.*\.[ab]') WHERE kind = 'table';
SELECT schema, "table" FROM penstock.tables('schema.exclude.list', 'public,select_priv', 'table.include.list', '') WHERE kind = 'table';

INSERT INTO select_inv.a VALUES (1, 'k', 's', 1);
INSERT INTO select_inv.unlogged VALUES (1);
REFRESH MATERIALIZED VIEW select_inv.mat;
UPDATE select_inv.a SET keep = 'l';
REFRESH MATERIALIZED VIEW CONCURRENTLY select_inv.mat;
INSERT INTO select_priv.p VALUES (1);
INSERT INTO select_inv.part VALUES (1);
TRUNCATE select_inv.part;
DELETE FROM select_inv.a;
\set record 'data::json->>''topic'' AS topic, data::json->''value''->>''op'' AS op, data::json->''value''->''after'' AS after'
SELECT :record FROM pg_logical_slot_peek_changes('select', NULL, NULL, 'topic.prefix', 's', 'column.exclude.list', 'select_inv\.a\.secret,.*\.mixed');
SELECT :record FROM pg_logical_slot_peek_changes('select', NULL, NULL, 'topic.prefix', 's', 'table.include.list', 'select_priv[.]p');
SELECT :record FROM pg_logical_slot_peek_changes('select', NULL, NULL, 'topic.prefix', 's', 'skipped.operations', 'c, U,d');
SELECT :record FROM pg_logical_slot_peek_changes('select', NULL, NULL, 'topic.prefix', 's', 'skipped.operations', 'none',
  'table.exclude.list', 'select_inv\.a');
SELECT pg_replication_slot_advance('select', pg_current_wal_lsn()) IS NOT NULL AS advanced;

-- an update that changes the key is a delete and an insert: each half can be skipped
INSERT INTO select_inv.b VALUES (70, 'old');
SELECT pg_replication_slot_advance('select', pg_current_wal_lsn()) IS NOT NULL AS advanced;
UPDATE select_inv.b SET id = 71 WHERE id = 70;
SELECT :record FROM pg_logical_slot_peek_changes('select', NULL, NULL, 'topic.prefix', 's', 'skipped.operations', 'c');
SELECT :record FROM pg_logical_slot_peek_changes('select', NULL, NULL, 'topic.prefix', 's', 'skipped.operations', 'd');
SELECT :record FROM pg_logical_slot_peek_changes('select', NULL, NULL, 'topic.prefix', 's', 'skipped.operations', 'c,d');
SELECT pg_replication_slot_advance('select', pg_current_wal_lsn()) IS NOT NULL AS advanced;

-- a publication restricts what is streamed; if it is not there everything is captured, loudly
SELECT count(*) FROM penstock.tables('publication.name', 'select_pub', 'schema.include.list', 'select_.*') WHERE kind = 'table';
INSERT INTO select_inv.b VALUES (1, 'before');
CREATE PUBLICATION select_pub FOR TABLE select_inv.b, select_inv.part WITH (publish = 'insert');
INSERT INTO select_inv.a VALUES (2);
INSERT INTO select_inv.b VALUES (2, 'after');
UPDATE select_inv.b SET v = 'x';
INSERT INTO select_inv.part VALUES (2);
ALTER PUBLICATION select_pub ADD TABLE select_priv.p;
INSERT INTO select_priv.p VALUES (2);
SELECT :record FROM pg_logical_slot_get_changes('select', NULL, NULL, 'topic.prefix', 's', 'publication.name', 'select_pub');
SELECT schema, "table" FROM penstock.tables('publication.name', 'select_pub') WHERE kind = 'table';
DROP PUBLICATION select_pub;

-- include and exclude of one kind
SELECT :record FROM pg_logical_slot_get_changes('select', NULL, NULL, 'table.include.list', 'a', 'table.exclude.list', 'b');

SELECT pg_drop_replication_slot('select');
DROP SCHEMA select_inv, select_priv CASCADE;
