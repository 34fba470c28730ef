-- Partitioned tables: each partition is a table of its own, or all are published as their root.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE parts (id int, day date, note text, big text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE TABLE parts_2023 PARTITION OF parts FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
-- laid out otherwise than the root: another order, a column less in between
CREATE TABLE parts_2024 (big text, gone int, note text, day date NOT NULL, id int NOT NULL) PARTITION BY LIST (id);
ALTER TABLE parts_2024 DROP COLUMN gone;
CREATE TABLE parts_2024_odd (gone text, day date NOT NULL, id int NOT NULL, big text, note text);
ALTER TABLE parts_2024_odd DROP COLUMN gone;
ALTER TABLE parts_2024 ATTACH PARTITION parts_2024_odd FOR VALUES IN (1, 3, 5);
CREATE TABLE parts_2024_even PARTITION OF parts_2024 DEFAULT;
ALTER TABLE parts ATTACH PARTITION parts_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE parts_2024_odd ALTER COLUMN big SET STORAGE EXTERNAL;
ALTER TABLE parts_2024_odd REPLICA IDENTITY FULL;
SELECT 'slot' FROM pg_create_logical_replication_slot('parts', 'penstock');

-- what is read in a snapshot: each row once, on the topic that the stream uses
SELECT relation::regclass, kind, topic, key, replica_identity FROM penstock.tables('topic.prefix', 's', 'table.include.list', 'public.parts.*') WHERE kind = 'table';
SELECT relation::regclass, kind, topic, key, replica_identity FROM penstock.tables('topic.prefix', 's', 'table.include.list', 'public.parts.*',
  'publish.via.partition.root', 'true') WHERE kind = 'table';

INSERT INTO parts VALUES (1, '2023-05-05', 'a', repeat('x', 10)), (1, '2024-05-05', 'b', repeat('y', 10)), (2, '2024-06-06', 'c', NULL);
UPDATE parts SET big = repeat('z', 3000) WHERE day = '2024-05-05';
UPDATE parts SET note = 'toast' WHERE day = '2024-05-05';
UPDATE parts SET note = 'plain' WHERE day = '2024-06-06';
UPDATE parts SET day = '2024-07-07' WHERE day = '2023-05-05';
DELETE FROM parts WHERE day = '2024-06-06';
DELETE FROM parts WHERE day = '2024-05-05';
TRUNCATE parts;
TRUNCATE parts_2024_even;
\set record 'data::json->>''topic'' AS topic, data::json->>''key'' AS key, data::json->''value''->>''op'' AS op, replace(data::json->''value''->>''before'', repeat(''z'', 3000), ''3000z'') AS before, replace(data::json->''value''->>''after'', repeat(''z'', 3000), ''3000z'') AS after'
-- leaves
SELECT :record FROM pg_logical_slot_peek_changes('parts', NULL, NULL, 'topic.prefix', 's', 'skipped.operations', 'none', 'tombstones.on.delete', 'false');
-- the root: its name, key and order of columns, the replica identity of each leaf, one truncate
SELECT :record FROM pg_logical_slot_peek_changes('parts', NULL, NULL, 'topic.prefix', 's', 'skipped.operations', 'none', 'tombstones.on.delete', 'false',
  'publish.via.partition.root', 'true');
-- lists speak of the root
SELECT data::json->'value'->'source'->>'table' AS "table", count(*) FROM pg_logical_slot_peek_changes('parts', NULL, NULL, 'topic.prefix', 's',
  'publish.via.partition.root', 'true', 'table.include.list', 'public.parts', 'column.exclude.list', 'public\.parts\.big') GROUP BY 1;
SELECT count(*) FROM pg_logical_slot_peek_changes('parts', NULL, NULL, 'publish.via.partition.root', 'true', 'table.include.list', 'public.parts_2.*');
-- two leaves count as one collection
SELECT data::json->'value'->>'data_collections' AS collections FROM pg_logical_slot_peek_changes('parts', NULL, NULL, 'topic.prefix', 's',
  'publish.via.partition.root', 'true', 'provide.transaction.metadata', 'true') WHERE data::json->'value'->>'status' = 'END';
SELECT pg_replication_slot_advance('parts', pg_current_wal_lsn()) IS NOT NULL AS advanced;

-- a publication that exists decides, and its topmost table counts
CREATE PUBLICATION parts_leaves FOR TABLE parts;
CREATE PUBLICATION parts_root FOR TABLE parts_2024 WITH (publish_via_partition_root = true);
INSERT INTO parts VALUES (7, '2023-01-01', 'out', NULL), (8, '2024-01-01', 'in', NULL);
SELECT :record FROM pg_logical_slot_peek_changes('parts', NULL, NULL, 'topic.prefix', 's', 'publication.name', 'parts_root');
SELECT :record FROM pg_logical_slot_peek_changes('parts', NULL, NULL, 'topic.prefix', 's', 'publication.name', 'parts_leaves', 'publish.via.partition.root', 'true');
SELECT "table", topic FROM penstock.tables('topic.prefix', 's', 'publication.name', 'parts_root') WHERE kind = 'table';
SELECT "table", topic FROM penstock.tables('topic.prefix', 's', 'publication.name', 'parts_leaves') WHERE kind = 'table';
SELECT pg_replication_slot_advance('parts', pg_current_wal_lsn()) IS NOT NULL AS advanced;

-- a filtered publication holds partitioned tables too, so that later partitions are published; the topmost that is named counts
SELECT array_agg(t::regclass ORDER BY t::regclass::text) FROM unnest(penstock.selected_tables('table.include.list', 'public.parts_2024.*')) t;
SELECT "table", topic FROM penstock.tables('topic.prefix', 's', 'table.include.list', 'public.parts_2024.*', 'publish.via.partition.root', 'true',
  'publication.autocreate.mode', 'filtered') WHERE kind = 'table';

-- partitions come and go, the root changes its name and its columns
INSERT INTO parts VALUES (1, '2023-02-02', 'before', NULL);
ALTER TABLE parts RENAME TO parts2;
INSERT INTO parts2 VALUES (2, '2023-02-02', 'renamed', NULL);
ALTER TABLE parts2 DROP COLUMN big;
ALTER TABLE parts2 ADD COLUMN extra int DEFAULT 7;
INSERT INTO parts2 VALUES (3, '2024-02-02', 'columns', 8);
ALTER TABLE parts2 DETACH PARTITION parts_2023;
INSERT INTO parts_2023 VALUES (4, '2023-02-02', 'alone', 9);
ALTER TABLE parts2 ATTACH PARTITION parts_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
INSERT INTO parts2 VALUES (5, '2023-02-02', 'again', 10);
UPDATE parts2 SET note = 'old row' WHERE id = 1 AND day = '2023-02-02';
SELECT :record FROM pg_logical_slot_get_changes('parts', NULL, NULL, 'topic.prefix', 's', 'publish.via.partition.root', 'true');

SELECT pg_drop_replication_slot('parts');
DROP PUBLICATION parts_leaves, parts_root;
DROP TABLE parts2;
