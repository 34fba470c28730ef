-- skip.messages.without.change, source.xmin, table.ignore.builtin, replica identities that are asked for.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE same_full (id int PRIMARY KEY, v text, f float8, n numeric, d int DEFAULT 5, big text, hidden int);
ALTER TABLE same_full REPLICA IDENTITY FULL, ALTER COLUMN big SET STORAGE EXTERNAL;
CREATE TABLE same_default (id int PRIMARY KEY, v text);
CREATE TABLE same_nokey (v text);
ALTER TABLE same_nokey REPLICA IDENTITY FULL;
SELECT 'slot' FROM pg_create_logical_replication_slot('same', 'penstock');
INSERT INTO same_full VALUES (1, 'a', '0', 1.0, NULL, repeat('b', 3000), 1);
INSERT INTO same_default VALUES (1, 'a');
INSERT INTO same_nokey VALUES ('a');
SELECT pg_replication_slot_advance('same', pg_current_wal_lsn()) IS NOT NULL AS advanced;
BEGIN;
UPDATE same_full SET v = 'a';              -- nothing
UPDATE same_full SET hidden = 2;           -- nothing that is shown
UPDATE same_full SET v = 'b';              -- a change
UPDATE same_full SET f = '-0';             -- told apart by Java too
UPDATE same_full SET d = 5;                -- from null to what null prints as
UPDATE same_full SET d = NULL;
UPDATE same_full SET n = 1.00;             -- other digits, and the form in records has them
UPDATE same_full SET big = repeat('b', 3000);
UPDATE same_full SET id = 2;               -- a key
UPDATE same_default SET v = 'a';           -- no old row to compare with
UPDATE same_nokey SET v = 'a';
UPDATE same_nokey SET v = 'b';
COMMIT;
\set record 'data::json->''value''->''source''->>''table'' AS "table", data::json->''value''->>''op'' AS op, replace(data::json->''value''->>''after'', repeat(''b'', 3000), ''3000b'') AS after, data::json->''value''->''transaction''->''total_order'' AS total, data::json->''value''->''event_count'' AS events'
SELECT :record FROM pg_logical_slot_peek_changes('same', NULL, NULL, 'topic.prefix', 's', 'skip.messages.without.change', 'true',
  'column.exclude.list', 'public\.same_full\.hidden', 'provide.transaction.metadata', 'true', 'tombstones.on.delete', 'false', 'decimal.handling.mode', 'string');
-- a key that the value does not show
SELECT :record FROM pg_logical_slot_peek_changes('same', NULL, NULL, 'topic.prefix', 's', 'skip.messages.without.change', 'true', 'tombstones.on.delete', 'false',
  'column.include.list', 'public\.same_full\.v', 'table.include.list', 'public.same_full');
SELECT count(*) FROM pg_logical_slot_peek_changes('same', NULL, NULL, 'tombstones.on.delete', 'false');

-- source.xmin is the slot's catalog_xmin
SELECT DISTINCT data::json->'value'->'source'->>'xmin' = (SELECT catalog_xmin::text FROM pg_replication_slots WHERE slot_name = 'same') AS is_the_slots
FROM pg_logical_slot_peek_changes('same', NULL, NULL, 'xmin.fetch.interval.ms', '1', 'tombstones.on.delete', 'false');
SELECT DISTINCT data::json->'value'->'source'->>'xmin' AS xmin FROM pg_logical_slot_peek_changes('same', NULL, NULL, 'xmin.fetch.interval.ms', '0', 'tombstones.on.delete', 'false');
SELECT pg_drop_replication_slot('same');

-- replica identities
SELECT "table", replica_identity, wanted_identity FROM penstock.tables('table.include.list', 'public.same_.*', 'replica.identity.autoset.values',
  ' public\.SAME_full:full, .*\.same_def.*:Index "Odd" , public.other:NOTHING,') WHERE kind = 'table';
SELECT penstock.tables('table.include.list', 'public.same_.*', 'replica.identity.autoset.values', '.*:FULL,public.same_full:DEFAULT');
SELECT penstock.tables('replica.identity.autoset.values', 'public.a');
SELECT penstock.tables('replica.identity.autoset.values', 'public.a:SOME');
SELECT penstock.tables('replica.identity.autoset.values', 'public.a:INDEX ');

-- spatial_ref_sys is the extension's own table, but anybody may want it; system schemas never have changes to publish
CREATE TABLE spatial_ref_sys (id int PRIMARY KEY);
SELECT count(*) FROM penstock.tables('table.include.list', 'public.spatial_ref_sys') WHERE kind = 'table';
SELECT count(*) FROM penstock.tables('table.include.list', 'public.spatial_ref_sys,pg_catalog.*', 'table.ignore.builtin', 'false') WHERE kind = 'table';
DROP TABLE spatial_ref_sys, same_full, same_default, same_nokey;
