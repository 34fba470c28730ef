-- What a snapshot reads, and key columns that are left out of the value.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA capture;
CREATE TABLE capture.a (id int PRIMARY KEY, v text, w text);
CREATE TABLE capture.b (id int PRIMARY KEY);
CREATE TABLE capture."Odd.Name" (id int PRIMARY KEY);
SELECT 'slot' FROM pg_create_logical_replication_slot('capture', 'penstock');

-- snapshot.include.collection.list: the plain or the quoted name, in any case; it takes nothing away from the stream
SELECT "table", in_snapshot FROM penstock.tables('schema.include.list', 'capture', 'snapshot.include.collection.list', 'CAPTURE\.A, "capture"\."odd\.name"');
SELECT "table", in_snapshot FROM penstock.tables('schema.include.list', 'capture') WHERE kind = 'table';
SELECT "table", in_snapshot FROM penstock.tables('schema.include.list', 'capture', 'snapshot.include.collection.list', '.*\.a,other\..*', 'table.exclude.list', '.*\.a');
SELECT penstock.tables('snapshot.include.collection.list', '(');

-- a key column that is not in the value keeps its true value in the key, in the snapshot as in the stream
INSERT INTO capture.a VALUES (7, 'seven', 'w'), (8, 'eight', 'w');
UPDATE capture.a SET v = 'acht' WHERE id = 8;
UPDATE capture.a SET id = 9 WHERE id = 8;
DELETE FROM capture.a WHERE id = 9;
\set record 'data::json->>''key'' AS key, data::json->''value''->>''op'' AS op, data::json->''value''->''before'' AS before, data::json->''value''->''after'' AS after'
SELECT :record FROM pg_logical_slot_get_changes('capture', NULL, NULL, 'topic.prefix', 's', 'table.include.list', 'capture\.a', 'column.include.list', 'capture\.a\.v');
SELECT m[1] AS part FROM (SELECT penstock.snapshot('capture.a', 'SELECT * FROM capture.a', 'column.include.list', 'capture\.a\.v', 'topic.prefix', 's') AS frame) AS f,
  regexp_matches(encode(frame, 'escape'), '(\{"id":\d+\}|"after":\{[^}]*\})', 'g') AS m GROUP BY 1 ORDER BY 1;

SELECT pg_drop_replication_slot('capture');
DROP SCHEMA capture CASCADE;
